package pyjson

import (
	"fmt"
	"unicode/utf16"
)

// Dumps returns the JSON of a document as Python's json.dumps writes it by default: a space
// after commas and colons, and everything beyond ASCII escaped.
func Dumps(v any) string { return string(appendDumped(nil, v)) }

func appendDumped(b []byte, v any) []byte {
	switch v := v.(type) {
	case string:
		return appendASCII(b, v)
	case []any:
		b = append(b, '[')
		for i := range v {
			if i > 0 {
				b = append(b, ", "...)
			}
			b = appendDumped(b, v[i])
		}
		return append(b, ']')
	case *Object:
		b = append(b, '{')
		for i, k := range v.Keys() {
			if i > 0 {
				b = append(b, ", "...)
			}
			b = append(appendASCII(b, k), ": "...)
			b = appendDumped(b, v.Get(k))
		}
		return append(b, '}')
	default:
		return Append(b, v)
	}
}

func appendASCII(b []byte, s string) []byte {
	for _, r := range string(appendString(nil, s)) {
		switch {
		case r < 0x7f:
			b = append(b, byte(r))
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			b = fmt.Appendf(b, `\u%04x\u%04x`, high, low)
		default:
			b = fmt.Appendf(b, `\u%04x`, r)
		}
	}
	return b
}
