package conf

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"

	"gopkg.in/yaml.v3"
)

// maxSecret is the largest file of a secret, in bytes.
const maxSecret = 64 << 10

// secretFile fills a secret from the file that n names.
func (d *decoder) secretFile(n *yaml.Node, out reflect.Value, path string) {
	if n.Kind != yaml.ScalarNode || n.ShortTag() != tagText {
		d.wrong(n, path, "the path of a file")
		return
	}
	text, err := readSecret(d.doc.dir, n.Value)
	if err != nil {
		d.record(&Error{
			Name: d.name, Line: n.Line, Column: n.Column, Key: path,
			Message: about(path, err.Error()), Err: err,
		})
		return
	}
	if out.Kind() == reflect.Pointer {
		out = allocated(out)
	}
	out.SetString(text)
}

// readSecret returns a file's text without its final newline.
func readSecret(dir, path string) (string, error) {
	if path == "" {
		return "", errors.New("expected the path of a file, not empty text")
	}
	if !filepath.IsAbs(path) {
		path = filepath.Join(dir, path)
	}
	file, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("read the secret: %w", err)
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, maxSecret+1))
	if err != nil {
		return "", fmt.Errorf("read the secret: %w", err)
	}
	if len(data) > maxSecret {
		return "", fmt.Errorf("read the secret: %s is larger than %d bytes", path, maxSecret)
	}
	text, newline := strings.CutSuffix(string(data), "\n")
	if newline {
		text = strings.TrimSuffix(text, "\r")
	}
	if text == "" {
		return "", fmt.Errorf("read the secret: %s is empty", path)
	}
	return text, nil
}
