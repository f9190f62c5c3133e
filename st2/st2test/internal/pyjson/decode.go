package pyjson

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// SyntaxError says why a text is no JSON, in the words of StackStorm's decoder.
type SyntaxError struct {
	Reason string // "unexpected character", "unexpected end of data" or "invalid literal"
	Offset int    // in bytes, from 0
}

// Error implements error.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("%s: line 1 column %d (char %d)", e.Reason, e.Offset+1, e.Offset)
}

// Decode reads exactly one JSON value. The error is a [*SyntaxError].
func Decode(text []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	v, err := value(d)
	if err == nil {
		if _, err = d.Token(); err == nil {
			return nil, &SyntaxError{Reason: "unexpected content after document", Offset: int(d.InputOffset())}
		}
		if errors.Is(err, io.EOF) {
			return v, nil
		}
	}
	return nil, syntaxError(text, err)
}

func syntaxError(text []byte, err error) *SyntaxError {
	var syntax *json.SyntaxError
	if !errors.As(err, &syntax) || errors.Is(err, io.ErrUnexpectedEOF) || int(syntax.Offset) >= len(text) && strings.Contains(err.Error(), "unexpected end") {
		return &SyntaxError{Reason: "unexpected end of data", Offset: len(text)}
	}
	at := max(int(syntax.Offset)-1, 0)
	if strings.Contains(err.Error(), "in literal") {
		return &SyntaxError{Reason: "invalid literal", Offset: max(at-1, 0)}
	}
	return &SyntaxError{Reason: "unexpected character", Offset: at}
}

func value(d *json.Decoder) (any, error) {
	t, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch t := t.(type) {
	case json.Number:
		return number(t), nil
	case json.Delim:
		if t == '{' {
			return object(d)
		}
		return array(d)
	default:
		return t, nil
	}
}

func object(d *json.Decoder) (*Object, error) {
	o := &Object{}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, err
		}
		v, err := value(d)
		if err != nil {
			return nil, err
		}
		o.Set(key.(string), v)
	}
	_, err := d.Token()
	return o, err
}

func array(d *json.Decoder) ([]any, error) {
	list := []any{}
	for d.More() {
		v, err := value(d)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	_, err := d.Token()
	return list, err
}

func number(n json.Number) any {
	if i, err := strconv.ParseInt(n.String(), 10, 64); err == nil {
		return i
	}
	if strings.ContainsAny(n.String(), ".eE") {
		if f, err := n.Float64(); err == nil {
			return f
		}
	}
	return n
}
