package pyjson

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode"
)

// Repr returns what Python's repr prints for a document.
func Repr(v any) string {
	switch v := v.(type) {
	case nil:
		return "None"
	case bool:
		if v {
			return "True"
		}
		return "False"
	case string:
		return reprString(v)
	case float64:
		return floatText(v)
	case []any:
		items := make([]string, len(v))
		for i := range v {
			items[i] = Repr(v[i])
		}
		return "[" + strings.Join(items, ", ") + "]"
	case *Object:
		items := make([]string, 0, v.Len())
		for _, k := range v.Keys() {
			items = append(items, reprString(k)+": "+Repr(v.Get(k)))
		}
		return "{" + strings.Join(items, ", ") + "}"
	default:
		return fmt.Sprint(v)
	}
}

// Str returns what Python's str prints for a document: [Repr], except that a string is itself.
func Str(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	return Repr(v)
}

// TypeName returns the name of the document's Python type.
func TypeName(v any) string {
	switch v.(type) {
	case nil:
		return "NoneType"
	case bool:
		return "bool"
	case int, int64, json.Number:
		return "int"
	case float64:
		return "float"
	case string:
		return "str"
	case []any:
		return "list"
	default:
		return "dict"
	}
}

// Truthy reports whether Python takes the document for true.
func Truthy(v any) bool {
	switch v := v.(type) {
	case nil:
		return false
	case bool:
		return v
	case int64:
		return v != 0
	case int:
		return v != 0
	case float64:
		return v != 0
	case string:
		return v != ""
	case []any:
		return len(v) > 0
	case *Object:
		return v.Len() > 0
	default:
		return true
	}
}

func reprString(s string) string {
	quote := '\''
	if strings.ContainsRune(s, '\'') && !strings.ContainsRune(s, '"') {
		quote = '"'
	}
	var b strings.Builder
	b.WriteRune(quote)
	for _, r := range s {
		switch {
		case r == quote || r == '\\':
			b.WriteRune('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case unicode.IsPrint(r):
			b.WriteRune(r)
		default:
			b.WriteString(escapedRune(r))
		}
	}
	b.WriteRune(quote)
	return b.String()
}

func escapedRune(r rune) string {
	digits := strconv.FormatInt(int64(r), 16)
	switch {
	case r < 0x100:
		return `\x` + strings.Repeat("0", 2-len(digits)) + digits
	case r < 0x10000:
		return `\u` + strings.Repeat("0", 4-len(digits)) + digits
	default:
		return `\U` + strings.Repeat("0", 8-len(digits)) + digits
	}
}
