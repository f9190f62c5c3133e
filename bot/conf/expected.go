package conf

import (
	"fmt"
	"reflect"
)

// expected returns what a plain Go type takes, for people, and the YAML types that
// count as it; no YAML types when it takes none.
func expected(t reflect.Type) (want string, tags map[string]bool) {
	switch t.Kind() {
	case reflect.Bool:
		return "true or false", map[string]bool{tagBool: true}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return "a whole number", map[string]bool{tagInt: true}
	case reflect.Float32, reflect.Float64:
		return "a number", map[string]bool{tagInt: true, tagFloat: true}
	case reflect.String:
		return "text", map[string]bool{tagText: true, tagInt: true, tagFloat: true, tagTimestamp: true}
	}
	return "", nil
}

// rangeOf returns the range of a type of whole numbers, as the end of a sentence.
func rangeOf(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		least := int64(-1) << (t.Bits() - 1)
		return fmt.Sprintf(" from %d to %d", least, -(least + 1))
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return fmt.Sprintf(" from 0 to %d", ^uint64(0)>>(64-t.Bits()))
	}
	return ""
}
