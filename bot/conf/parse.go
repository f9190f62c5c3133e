package conf

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"gopkg.in/yaml.v3"
)

// maxSize is the largest document, in bytes, and the most text that environment
// variables may add to it.
const maxSize = 1 << 20

// Parse reads one YAML document of at most 1 MiB, whose root is a mapping; no
// document at all is an empty mapping. The name is that of the file, for error texts
// and, by its folder, for relative paths in the document.
//
// Every ${NAME} in a value (not in a key) is replaced by what lookup says, which is
// [os.LookupEnv] in a program; what it says is taken as it is. An unset variable is
// an error. Unquoted, a value that is a number, true or false after replacement
// counts as one, as in "port: ${PORT}"; quoted it stays text. $${ stands for a
// literal ${. With a nil lookup nothing is replaced.
//
// The error joins one [*Error] for each problem. When the YAML itself is sound, as
// with an unset variable or a duplicate key, the document is returned together with
// the error, so that the caller can join what Decode has to say: a value with an
// unset variable then counts as absent, and the first of two equal keys counts.
func Parse(name string, data []byte, lookup func(string) (string, bool)) (*Document, error) {
	doc := &Document{name: name, dir: filepath.Dir(name)}
	root, err := readYAML(data)
	if err != nil {
		found := problems{name: name}
		found.adopt(&yaml.Node{}, "", err)
		return nil, found.err()
	}
	doc.node = root
	p := preparer{problems: problems{name: name}, lookup: lookup, room: maxSize}
	p.visit(root, "")
	return doc, p.err()
}

// readYAML returns the one document's root mapping.
func readYAML(data []byte) (*yaml.Node, error) {
	if len(data) > maxSize {
		return nil, fmt.Errorf("larger than %d bytes", maxSize)
	}
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	var first, second yaml.Node
	switch err := decoder.Decode(&first); {
	case errors.Is(err, io.EOF):
		return emptyMapping(1, 1), nil
	case err != nil:
		return nil, syntaxError(err)
	}
	switch err := decoder.Decode(&second); {
	case err == nil:
		return nil, at(&second, "expected one document, not several")
	case !errors.Is(err, io.EOF):
		return nil, syntaxError(err)
	}
	root := first.Content[0]
	if isNull(root) {
		return emptyMapping(root.Line, root.Column), nil
	}
	if root.Kind != yaml.MappingNode {
		return nil, at(root, "expected a mapping of keys to values, not "+kindOf(root))
	}
	return root, measure(root)
}

// syntaxError makes the library's words ours. The name of an unknown anchor is left
// out: it may be a password that begins with an asterisk.
func syntaxError(err error) error {
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	if strings.HasPrefix(text, "unknown anchor") {
		text = "an unquoted value begins with * but no anchor (&) has its name; quote it if the * belongs to it"
	}
	return errors.New(text)
}

func at(n *yaml.Node, message string) *Error {
	return &Error{Line: n.Line, Column: n.Column, Message: message}
}
