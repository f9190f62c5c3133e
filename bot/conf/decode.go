package conf

import (
	"encoding"
	"fmt"
	"reflect"
	"time"

	"gopkg.in/yaml.v3"
)

// Decode fills the struct that into points to, by the yaml tags of its fields.
// A key that is absent, or null, leaves what the struct already holds: defaults are
// set before Decode. A list replaces the one that is there; a map gains the
// configured keys, in place.
//
// It is strict: an unknown key, a value of another type (numbers are taken where
// text is expected, nothing else is converted), or a number out of range is an
// error. All problems are found at once; the error joins one [*Error] for each, at
// most 100, in the order of the file. On error the struct may be partly filled.
//
// A field may be a struct, a struct or map tagged ",inline" (the map takes the keys
// that no field has), a pointer, slice, map with string keys, bool, number, string,
// any, or implement [yaml.Unmarshaler] or [encoding.TextUnmarshaler], whose errors
// get the value's position if they have none. A field of type [*Document],
// yaml.Node or *yaml.Node keeps its value undecoded, for whoever knows what it means.
//
// For a field of type [secret.String] with the key "password", the key
// "password_file" is known too: the path of a file, relative to the configuration
// file, of at most 64 KiB that holds the secret. Its final newline does not count.
func (d *Document) Decode(into any) error {
	out := reflect.ValueOf(into)
	if out.Kind() != reflect.Pointer || out.IsNil() {
		return fmt.Errorf("decode configuration: the target is a %T, not a pointer", into)
	}
	if d == nil {
		return nil
	}
	dec := decoder{doc: d, problems: problems{name: d.name}}
	dec.value(d.Node(), out.Elem(), d.path)
	return dec.err()
}

// decoder fills one target. Every value that it is given can be set and addressed,
// and no node is an alias.
type decoder struct {
	problems
	doc *Document
}

func (d *decoder) value(n *yaml.Node, out reflect.Value, path string) {
	if d.raw(n, out, path) || d.custom(n, out, path) {
		return
	}
	switch out.Kind() {
	case reflect.Pointer:
		d.value(n, allocated(out), path)
	case reflect.Struct:
		d.structure(n, out, path)
	case reflect.Map:
		d.mapping(n, out, path)
	case reflect.Slice:
		d.list(n, out, path)
	case reflect.Interface:
		d.anything(n, out, path)
	default:
		d.scalar(n, out, path)
	}
}

// allocated returns what a pointer points to, new if it is nil.
func allocated(pointer reflect.Value) reflect.Value {
	if pointer.IsNil() {
		pointer.Set(reflect.New(pointer.Type().Elem()))
	}
	return pointer.Elem()
}

// raw keeps the node itself where the target asks for it.
func (d *decoder) raw(n *yaml.Node, out reflect.Value, path string) bool {
	switch target := out.Addr().Interface().(type) {
	case **Document:
		*target = d.doc.sub(n, path)
	case **yaml.Node:
		*target = n
	case *yaml.Node:
		*target = *n
	default:
		return false
	}
	return true
}

// custom lets a type that can read itself do so.
func (d *decoder) custom(n *yaml.Node, out reflect.Value, path string) bool {
	switch target := out.Addr().Interface().(type) {
	case yaml.Unmarshaler:
		d.adopt(n, path, target.UnmarshalYAML(n))
	case encoding.TextUnmarshaler:
		if n.Kind != yaml.ScalarNode || isNull(n) {
			d.wrong(n, path, "text")
			break
		}
		d.adopt(n, path, target.UnmarshalText([]byte(n.Value)))
	default:
		return false
	}
	return true
}

func (d *decoder) mapping(n *yaml.Node, out reflect.Value, path string) {
	if out.Type().Key().Kind() != reflect.String {
		d.unsupported(n, out, path)
		return
	}
	if n.Kind != yaml.MappingNode {
		d.wrong(n, path, "a mapping of keys to values")
		return
	}
	for _, e := range entries(n) {
		d.mapEntry(e, out, member(path, e.key.Value))
	}
}

func (d *decoder) mapEntry(e entry, out reflect.Value, path string) {
	if out.IsNil() {
		out.Set(reflect.MakeMap(out.Type()))
	}
	key := reflect.ValueOf(e.key.Value).Convert(out.Type().Key())
	value := reflect.New(out.Type().Elem()).Elem()
	if held := out.MapIndex(key); held.IsValid() {
		value.Set(held)
	}
	switch {
	case d.raw(e.value, value, path): // also nothing: "plugin:" names a plugin
	case isNull(e.value):
		return
	default:
		d.value(e.value, value, path)
	}
	out.SetMapIndex(key, value)
}

func (d *decoder) list(n *yaml.Node, out reflect.Value, path string) {
	if n.Kind != yaml.SequenceNode {
		d.wrong(n, path, "a list")
		return
	}
	list := reflect.MakeSlice(out.Type(), len(n.Content), len(n.Content))
	for i, value := range n.Content {
		d.value(resolve(value), list.Index(i), item(path, i))
	}
	out.Set(list)
}

// anything decodes what has no type: map[string]any, []any, or a plain value.
func (d *decoder) anything(n *yaml.Node, out reflect.Value, path string) {
	if out.NumMethod() > 0 {
		d.unsupported(n, out, path)
		return
	}
	var value reflect.Value
	switch n.Kind {
	case yaml.MappingNode:
		value = reflect.New(reflect.TypeFor[map[string]any]()).Elem()
		value.Set(reflect.MakeMap(value.Type()))
		d.mapping(n, value, path)
	case yaml.SequenceNode:
		value = reflect.New(reflect.TypeFor[[]any]()).Elem()
		d.list(n, value, path)
	default:
		value = out
		if err := n.Decode(out.Addr().Interface()); err != nil {
			d.wrong(n, path, "a plain value")
		}
	}
	out.Set(value)
}

func (d *decoder) scalar(n *yaml.Node, out reflect.Value, path string) {
	want, tags := expected(out.Type())
	switch {
	case tags == nil || out.Type() == reflect.TypeFor[time.Duration]():
		d.unsupported(n, out, path) // a bare number of nanoseconds is a trap; Seconds is there
	case n.Kind != yaml.ScalarNode || !tags[n.ShortTag()]:
		d.wrong(n, path, want)
	case n.Decode(out.Addr().Interface()) != nil:
		d.add(n, path, about(path, "expected "+want+rangeOf(out.Type())))
	}
}

// wrong reports a value that is not what its key takes.
func (d *decoder) wrong(n *yaml.Node, path, want string) {
	d.add(n, path, about(path, "expected "+want+", not "+kindOf(n)))
}

func (d *decoder) unsupported(n *yaml.Node, out reflect.Value, path string) {
	d.add(n, path, about(path, fmt.Sprintf("the program keeps this key in a Go %s, which cannot be configured", out.Type())))
}
