package conf

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// maxProblems is how many problems of one document are reported; who has more
// mends these first.
const maxProblems = 100

// Error is one problem of a configuration and where it stands.
// Since any value may be a secret, this package never puts one into the text; types
// that read themselves may.
type Error struct {
	Name    string // of the file, as it was given to Parse; may be empty
	Line    int    // from 1; 0 when not known
	Column  int    // from 1, in characters; 0 when not known
	Key     string // the path of keys from the document's root, as in "web.listen[1]"; may be empty
	Message string // what is wrong, for people
	Err     error  // the cause, where there is one
}

// Error returns "NAME: line L, column C: MESSAGE", without the parts that are not known.
func (e *Error) Error() string {
	var text strings.Builder
	if e.Name != "" {
		text.WriteString(e.Name + ": ")
	}
	switch {
	case e.Line > 0 && e.Column > 0:
		fmt.Fprintf(&text, "line %d, column %d: ", e.Line, e.Column)
	case e.Line > 0:
		fmt.Fprintf(&text, "line %d: ", e.Line)
	}
	text.WriteString(e.Message)
	return text.String()
}

// Unwrap returns the cause, or nil.
func (e *Error) Unwrap() error { return e.Err }

// problems collects what is wrong with one document.
type problems struct {
	name string
	list []*Error
	seen map[string]bool // an anchor that is used twice has its faults once
}

func (p *problems) full() bool { return len(p.list) >= maxProblems }

// add records a problem at a node. The message stands alone: it names the key.
func (p *problems) add(n *yaml.Node, key, message string) {
	p.record(&Error{Name: p.name, Line: n.Line, Column: n.Column, Key: key, Message: message})
}

func (p *problems) record(e *Error) {
	text := e.Error()
	if p.full() || p.seen[text] {
		return
	}
	if p.seen == nil {
		p.seen = map[string]bool{}
	}
	p.seen[text] = true
	p.list = append(p.list, e)
}

// adopt records what foreign code said about a node, and keeps the position that
// it gave, if any.
func (p *problems) adopt(n *yaml.Node, key string, err error) {
	switch e := err.(type) { //nolint:errorlint // what is wrapped keeps its wrapping
	case nil:
	case interface{ Unwrap() []error }:
		for _, one := range e.Unwrap() {
			p.adopt(n, key, one)
		}
	case *yaml.TypeError:
		for _, text := range e.Errors {
			p.adopt(n, key, errors.New(text))
		}
	case *Error:
		own := *e
		own.Name = cmp.Or(own.Name, p.name)
		own.Key = cmp.Or(own.Key, key)
		if own.Line == 0 {
			own.Line, own.Column = n.Line, n.Column
		}
		p.record(&own)
	default:
		line, column, text := cutPosition(err.Error())
		if line == 0 {
			line, column = n.Line, n.Column
		}
		p.record(&Error{Name: p.name, Line: line, Column: column, Key: key, Message: about(key, text), Err: err})
	}
}

// err returns every problem, in the order of the file, or nil.
func (p *problems) err() error {
	slices.SortStableFunc(p.list, func(a, b *Error) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	all := make([]error, len(p.list))
	for i, e := range p.list {
		all[i] = e
	}
	return errors.Join(all...)
}

// about puts the key that a message is about before it.
func about(key, message string) string {
	if key == "" {
		return message
	}
	return clip(key) + ": " + message
}

// cutPosition splits "line 3: text" and "line 3, column 5: text".
func cutPosition(message string) (line, column int, text string) {
	where, text, found := strings.Cut(message, ": ")
	if found {
		if n, _ := fmt.Sscanf(where, "line %d, column %d", &line, &column); n > 0 {
			return line, column, text
		}
	}
	return 0, 0, message
}

// clip shortens what the file says to what a line of an error can hold.
func clip(text string) string {
	const most = 80
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "..."
	}
	return text
}
