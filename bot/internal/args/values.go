package args

import (
	"encoding"
	"reflect"
	"strconv"
	"time"
)

// setter stores a word in the field that it is bound to, or appends it if the field is a
// slice.
type setter func(word string) error

// kind is how fields of one type are read.
type kind struct {
	name string // as messages name it; "" when the type words its own errors
	typ  reflect.Type
	bind func(pointer any) setter // takes *typ, and *[]typ if slices are supported
}

// kinds returns the supported types, apart from those that unmarshal themselves.
func kinds() []kind {
	return []kind{
		kindOf("duration", time.ParseDuration),
		kindOf("str", func(s string) (string, error) { return s, nil }),
		kindOf("bool", strconv.ParseBool),
		intKind[int](), intKind[int8](), intKind[int16](), intKind[int32](), intKind[int64](),
		uintKind[uint](), uintKind[uint8](), uintKind[uint16](), uintKind[uint32](), uintKind[uint64](),
		floatKind[float32](), floatKind[float64](),
	}
}

func intKind[K int | int8 | int16 | int32 | int64]() kind {
	bits := reflect.TypeFor[K]().Bits()
	return kindOf("int", func(s string) (K, error) {
		n, err := strconv.ParseInt(s, 10, bits)
		return K(n), err
	})
}

func uintKind[K uint | uint8 | uint16 | uint32 | uint64]() kind {
	bits := reflect.TypeFor[K]().Bits()
	return kindOf("non-negative int", func(s string) (K, error) {
		n, err := strconv.ParseUint(s, 10, bits)
		return K(n), err
	})
}

func floatKind[K float32 | float64]() kind {
	bits := reflect.TypeFor[K]().Bits()
	return kindOf("float", func(s string) (K, error) {
		n, err := strconv.ParseFloat(s, bits)
		return K(n), err
	})
}

func kindOf[K any](name string, parse func(string) (K, error)) kind {
	bind := func(pointer any) setter {
		store := func(v K) { *pointer.(*K) = v }
		if list, ok := pointer.(*[]K); ok {
			store = func(v K) { *list = append(*list, v) }
		}
		return func(word string) error {
			v, err := parse(word)
			if err == nil {
				store(v)
			}
			return err
		}
	}
	return kind{name: name, typ: reflect.TypeFor[K](), bind: bind}
}

func textKind(t reflect.Type) kind {
	return kind{typ: t, bind: func(pointer any) setter {
		u := pointer.(encoding.TextUnmarshaler)
		return func(word string) error { return u.UnmarshalText([]byte(word)) }
	}}
}

// kindFor finds out how a field of type t is read. It returns the pointer type that the
// field's address is converted to for binding, and whether the field is a slice.
func kindFor(t reflect.Type) (k kind, pointer reflect.Type, many, ok bool) {
	if reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]()) {
		return textKind(t), reflect.PointerTo(t), false, true
	}
	for _, k := range kinds() {
		switch {
		case t == k.typ, t.Kind() == k.typ.Kind() && k.typ.PkgPath() == "":
			return k, reflect.PointerTo(k.typ), false, true
		case t.Kind() == reflect.Slice && t.Elem() == k.typ:
			return k, reflect.PointerTo(reflect.SliceOf(k.typ)), true, true
		}
	}
	return kind{}, nil, false, false
}
