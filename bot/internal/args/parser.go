package args

import (
	"errors"
	"reflect"
	"sync"
)

// Parser reads lines into structs of type T. It may be used by several goroutines at
// once.
type Parser[T any] struct {
	syntax *syntax
	usage  string
	pool   sync.Pool // of *instance[T]
}

// instance is a T with its fields bound to setters, so that reading a line takes no
// reflection.
type instance[T any] struct {
	value T
	set   []setter // by index into syntax.params
}

// New looks over the tags of T, a struct, and returns a parser for it. The error names
// every mistake in the tags.
func New[T any]() (*Parser[T], error) {
	s, err := newSyntax(reflect.TypeFor[T]())
	if err != nil {
		return nil, err
	}
	p := &Parser[T]{syntax: s, usage: s.usage()}
	p.pool.New = func() any { return newInstance[T](s) }
	return p, nil
}

func newInstance[T any](s *syntax) *instance[T] {
	in := &instance[T]{set: make([]setter, len(s.params))}
	v := reflect.ValueOf(&in.value).Elem()
	for i, p := range s.params {
		if i != helpIndex {
			in.set[i] = p.bind(v)
		}
	}
	return in
}

// Parse reads line, all that was typed after the command's name. The command is the name
// to show in usage: "status_plugins". The error is [ErrHelp], a [*QuoteError] or an
// [*Error]; the value is then zero.
func (p *Parser[T]) Parse(command, line string) (T, error) {
	var zero T
	in := p.pool.Get().(*instance[T])
	err := p.syntax.parse(line, in.set)
	value := in.value
	in.value = zero // nothing of one line may be seen, or written to, by the next
	p.pool.Put(in)
	if err == nil {
		return value, nil
	}
	var wrong *Error
	if errors.As(err, &wrong) {
		wrong.Usage = "usage: " + command + " " + p.usage
	}
	return zero, err
}

// Syntax returns what follows the command's name in its usage:
// "[-h] [--repeat-count REPEAT] value".
func (p *Parser[T]) Syntax() string { return p.usage }

// Help returns the complete help as plain text in columns: usage, description and the
// arguments with their explanations. Paragraphs of the description, which empty lines
// separate, are wrapped at 78 characters.
func (p *Parser[T]) Help(command, description string) string {
	return p.syntax.helpText(command, description)
}
