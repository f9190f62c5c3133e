package conf

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/go-errbot/errbot/bot/secret"
	"gopkg.in/yaml.v3"
)

// fileSuffix makes of a secret's key the key of the file that holds the secret.
const fileSuffix = "_file"

// fields are the keys that a struct takes.
type fields struct {
	known   []string                 // in the struct's order
	targets map[string]reflect.Value // by key
	secrets map[string]string        // the secret's key, by its file's key
	rest    reflect.Value            // the inline map; not valid when there is none
}

func fieldsOf(structure reflect.Value) *fields {
	f := &fields{targets: map[string]reflect.Value{}, secrets: map[string]string{}}
	f.scan(structure)
	for _, key := range slices.Clone(f.known) {
		fileKey := key + fileSuffix
		if _, taken := f.targets[fileKey]; !taken && isSecret(f.targets[key].Type()) {
			f.secrets[fileKey] = key
			f.known = append(f.known, fileKey)
		}
	}
	return f
}

func (f *fields) scan(structure reflect.Value) {
	for field, value := range structure.Fields() {
		key, options, _ := strings.Cut(field.Tag.Get("yaml"), ",")
		switch {
		case key == "-":
		case slices.Contains(strings.Split(options, ","), "inline"):
			f.inline(value)
		case value.CanSet():
			key = cmp.Or(key, strings.ToLower(field.Name))
			f.known = append(f.known, key)
			f.targets[key] = value
		}
	}
}

func (f *fields) inline(value reflect.Value) {
	if value.Kind() == reflect.Pointer {
		value = allocated(value)
	}
	if value.Kind() == reflect.Map {
		f.rest = value
		return
	}
	f.scan(value)
}

func isSecret(t reflect.Type) bool {
	return t == reflect.TypeFor[secret.String]() || t == reflect.TypeFor[*secret.String]()
}

func (d *decoder) structure(n *yaml.Node, out reflect.Value, path string) {
	if n.Kind != yaml.MappingNode {
		d.wrong(n, path, "a mapping of keys to values")
		return
	}
	f := fieldsOf(out)
	all := entries(n)
	for _, e := range all {
		key := e.key.Value
		target, known := f.targets[key]
		switch secretKey, isFile := f.secrets[key]; {
		case f.rest.IsValid() && !known && !isFile:
			d.mapEntry(e, f.rest, member(path, key))
		case !known && !isFile:
			d.unknown(e.key, f, path)
		case isNull(e.value):
		case known:
			d.value(e.value, target, member(path, key))
		case given(all, secretKey):
			d.add(e.key, member(path, key), fmt.Sprintf("give either %q or %q, not both", secretKey, key))
		default:
			d.secretFile(e.value, f.targets[secretKey], member(path, key))
		}
	}
}

// given reports whether a key is there and not null.
func given(all []entry, key string) bool {
	for _, e := range all {
		if e.key.Value == key {
			return !isNull(e.value)
		}
	}
	return false
}

func (d *decoder) unknown(key *yaml.Node, f *fields, path string) {
	if d.full() {
		return
	}
	message := fmt.Sprintf("unknown key %q", clip(key.Value))
	if near := Nearest(key.Value, f.known); near != "" {
		message += fmt.Sprintf("; did you mean %q?", near)
	}
	d.add(key, member(path, key.Value), message)
}
