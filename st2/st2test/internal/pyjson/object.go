// Package pyjson holds documents the way StackStorm handles them: JSON objects
// that keep their keys in order, written as its JSON library writes them, and the
// texts Python makes of values (repr, str, type names), which reach the wire in
// fault strings and default result texts.
//
// A document is nil, bool, int64, float64, json.Number (integers beyond 64 bits),
// string, []any or *Object. Documents are shared freely and therefore never
// changed after they were built; [Object.Clone] gives one that may be.
package pyjson

import (
	"encoding/json"
	"fmt"
	"slices"
)

// Object is a JSON object that keeps its keys in the order they were first set.
// A nil *Object reads as an empty one. It is not safe for concurrent changes.
type Object struct {
	keys   []string
	values map[string]any
}

// Of returns an object of alternating keys and values. It panics on an odd count
// or a key that is no string: both are mistakes in the calling code.
func Of(pairs ...any) *Object {
	if len(pairs)%2 != 0 {
		panic("pyjson: odd number of arguments")
	}
	o := &Object{}
	for i := 0; i < len(pairs); i += 2 {
		o.Set(pairs[i].(string), pairs[i+1])
	}
	return o
}

// Len returns the number of keys.
func (o *Object) Len() int {
	if o == nil {
		return 0
	}
	return len(o.keys)
}

// Keys returns the keys in order. The caller must not change the slice.
func (o *Object) Keys() []string {
	if o == nil {
		return nil
	}
	return o.keys
}

// Lookup returns the value of a key and whether the key is there.
func (o *Object) Lookup(key string) (any, bool) {
	if o == nil {
		return nil, false
	}
	v, ok := o.values[key]
	return v, ok
}

// Get returns the value of a key, nil when it is absent.
func (o *Object) Get(key string) any {
	v, _ := o.Lookup(key)
	return v
}

// Text returns the value of a key when it is a string, else "".
func (o *Object) Text(key string) string {
	s, _ := o.Get(key).(string)
	return s
}

// Object returns the value of a key when it is an object, else nil.
func (o *Object) Object(key string) *Object {
	v, _ := o.Get(key).(*Object)
	return v
}

// ObjectOrEmpty returns the value of a key when it is an object, else an empty one.
func (o *Object) ObjectOrEmpty(key string) *Object {
	if v := o.Object(key); v != nil {
		return v
	}
	return &Object{}
}

// Set sets a key, at the end when it is new.
func (o *Object) Set(key string, value any) {
	if o.values == nil {
		o.values = map[string]any{}
	}
	if _, known := o.values[key]; !known {
		o.keys = append(o.keys, key)
	}
	o.values[key] = value
}

// Delete removes a key.
func (o *Object) Delete(key string) {
	if _, known := o.Lookup(key); !known {
		return
	}
	delete(o.values, key)
	o.keys = slices.DeleteFunc(o.keys, func(k string) bool { return k == key })
}

// Clone returns a copy whose keys can be set without changing o. Nested values are shared.
func (o *Object) Clone() *Object {
	c := &Object{}
	for _, k := range o.Keys() {
		c.Set(k, o.values[k])
	}
	return c
}

// MarshalJSON implements [json.Marshaler].
func (o *Object) MarshalJSON() ([]byte, error) { return Append(nil, o), nil }

// From turns any value that encoding/json can write into a document. The fields of
// a struct keep their order; the keys of a map are sorted.
func From(v any) (any, error) {
	switch v.(type) {
	case nil, bool, string, int64, float64, *Object:
		return v, nil
	}
	text, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("making a document of %T: %w", v, err)
	}
	return Decode(text)
}

// Plain returns the document as the types encoding/json decodes into: map[string]any
// and []any, with integers as int64.
func Plain(v any) any {
	switch v := v.(type) {
	case *Object:
		m := make(map[string]any, v.Len())
		for _, k := range v.Keys() {
			m[k] = Plain(v.values[k])
		}
		return m
	case []any:
		list := make([]any, len(v))
		for i := range v {
			list[i] = Plain(v[i])
		}
		return list
	default:
		return v
	}
}
