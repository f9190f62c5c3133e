package schema

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/go-errbot/errbot/st2/st2test/internal/fault"
	"github.com/go-errbot/errbot/st2/st2test/internal/jinja"
	"github.com/go-errbot/errbot/st2/st2test/internal/pyjson"
)

// Cast converts the parameters to the types the schema wants. It keeps their order. say
// words the error of a value that cannot be converted: [PlainFault] or [AliasFault].
func Cast(schema, given *pyjson.Object, say func(name string, value any, kind string, err error) error) (*pyjson.Object, error) {
	out := pyjson.Of()
	for _, name := range given.Keys() {
		value := given.Get(name)
		kind := schema.Object(name).Text("type")
		converted, err := convert(value, kind)
		if err != nil {
			return nil, say(name, value, kind, err)
		}
		out.Set(name, converted)
	}
	return out, nil
}

// PlainFault is what a failed cast answers for executions created directly.
func PlainFault(_ string, _ any, _ string, err error) error { return fault.BadRequest("%s", err) }

// AliasFault is what it answers for an alias.
func AliasFault(name string, value any, kind string, err error) error {
	return fault.BadRequest("Failed to cast value \"%s\" (type: %s) for parameter \"%s\" of type \"%s\": %s. Perhaps the value is of an invalid type?",
		pyjson.Str(value), pyjson.TypeName(value), name, kind, err)
}

// castError is an error in the server's words, which are no Go error text.
type castError struct{ text string }

func (e *castError) Error() string { return e.text }

func convert(v any, kind string) (any, error) {
	s, isText := v.(string)
	switch {
	case v == nil:
		return nil, nil
	case kind == "string" && !isText:
		return nil, &castError{"Value \"" + pyjson.Str(v) + "\" must either be a string or None. Got \"" + pyjson.TypeName(v) + "\"."}
	case kind == "integer":
		return toInteger(v)
	case kind == "number":
		return toNumber(v)
	case kind == "boolean" && isText:
		return literal(strings.ToUpper(s[:min(1, len(s))]) + strings.ToLower(s[min(1, len(s)):]))
	case kind == "array" && isText:
		return splitList(s), nil
	case kind == "object" && isText:
		if o, err := pyjson.Decode([]byte(s)); err == nil {
			return o, nil
		}
		return literal(s)
	default:
		return v, nil
	}
}

func splitList(s string) []any {
	list := []any{}
	for part := range strings.SplitSeq(s, ",") {
		list = append(list, strings.TrimSpace(part))
	}
	return list
}

func toInteger(v any) (any, error) {
	switch v := v.(type) {
	case bool:
		if v {
			return int64(1), nil
		}
		return int64(0), nil
	case float64:
		return int64(math.Trunc(v)), nil
	case string:
		n, err := strconv.ParseInt(strings.ReplaceAll(strings.TrimSpace(v), "_", ""), 10, 64)
		if err != nil {
			return nil, fmt.Errorf("invalid literal for int() with base 10: %s", pyjson.Repr(v))
		}
		return n, nil
	case *pyjson.Object, []any:
		return nil, fmt.Errorf("int() argument must be a string, a bytes-like object or a real number, not '%s'", pyjson.TypeName(v))
	default:
		return v, nil
	}
}

func toNumber(v any) (any, error) {
	switch v := v.(type) {
	case int64:
		return float64(v), nil
	case string:
		f, err := strconv.ParseFloat(strings.TrimSpace(v), 64)
		if err != nil {
			return nil, fmt.Errorf("could not convert string to float: %s", pyjson.Repr(v))
		}
		return f, nil
	case *pyjson.Object, []any:
		return nil, fmt.Errorf("float() argument must be a string or a real number, not '%s'", pyjson.TypeName(v))
	default:
		return v, nil
	}
}

// literal reads the simplest Python literals. The error has the form of the server's,
// which ends in the address of an object.
func literal(s string) (any, error) {
	switch s {
	case "True":
		return true, nil
	case "False":
		return false, nil
	case "None":
		return nil, nil
	}
	if v, err := pyjson.Decode([]byte(strings.ReplaceAll(s, "'", `"`))); err == nil {
		return v, nil
	}
	return nil, fmt.Errorf("malformed node or string on line 1: <ast.Name object at 0x7f0000000000>")
}

// Render renders the texts among the parameters of an execution that was
// created directly. What does not parse stays as it is.
func Render(given *pyjson.Object) (*pyjson.Object, error) {
	out := pyjson.Of()
	for _, name := range given.Keys() {
		value := given.Get(name)
		if s, isText := value.(string); isText && (strings.Contains(s, "{{") || strings.Contains(s, "{%")) {
			rendered, err := jinja.Strict(s, given)
			var undefined *jinja.UndefinedError
			switch {
			case errors.As(err, &undefined):
				return nil, fault.BadRequest("Dependency unsatisfied in variable \"%s\"", undefined.Name)
			case err == nil:
				value = rendered
			}
		}
		out.Set(name, value)
	}
	return out, nil
}
