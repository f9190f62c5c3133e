package st2test

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/go-errbot/errbot/st2/st2test/internal/jinja"
	"github.com/go-errbot/errbot/st2/st2test/internal/pyjson"
)

// cast converts the parameters to the types the schema wants. It keeps their order.
func cast(schema, given *pyjson.Object, fault func(name string, value any, kind string, err error) error) (*pyjson.Object, error) {
	out := pyjson.Of()
	for _, name := range given.Keys() {
		value := given.Get(name)
		kind := schema.Object(name).Text("type")
		converted, err := convert(value, kind)
		if err != nil {
			return nil, fault(name, value, kind, err)
		}
		out.Set(name, converted)
	}
	return out, nil
}

// plainFault is what a failed cast answers for executions created directly.
func plainFault(_ string, _ any, _ string, err error) error { return badRequest("%s", err) }

// aliasFault is what it answers for an alias.
func aliasFault(name string, value any, kind string, err error) error {
	return badRequest("Failed to cast value \"%s\" (type: %s) for parameter \"%s\" of type \"%s\": %s. Perhaps the value is of an invalid type?",
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

// renderParameters renders the texts among the parameters of an execution that was
// created directly. What does not parse stays as it is.
func renderParameters(given *pyjson.Object) (*pyjson.Object, error) {
	out := pyjson.Of()
	for _, name := range given.Keys() {
		value := given.Get(name)
		if s, isText := value.(string); isText && (strings.Contains(s, "{{") || strings.Contains(s, "{%")) {
			rendered, err := jinja.Strict(s, given)
			var undefined *jinja.UndefinedError
			switch {
			case errors.As(err, &undefined):
				return nil, badRequest("Dependency unsatisfied in variable \"%s\"", undefined.Name)
			case err == nil:
				value = rendered
			}
		}
		out.Set(name, value)
	}
	return out, nil
}

// violation is the first way in which parameters break a schema.
type violation struct {
	message  string
	keyword  string
	name     string // of the property; "" is the whole
	property *pyjson.Object
	value    any
}

// validate checks cast parameters. The first violation is in the order of the schema.
func validate(schema, given *pyjson.Object) *violation {
	for _, name := range schema.Keys() {
		property := schema.Object(name)
		value, isGiven := given.Lookup(name)
		required, _ := property.Get("required").(bool)
		if !isGiven {
			if required && property.Get("default") == nil {
				return &violation{message: "'" + name + "' is a required property", keyword: "required", name: name, property: property}
			}
			continue
		}
		if keyword, message := breaks(property, value, required); message != "" {
			return &violation{message: message, keyword: keyword, name: name, property: property, value: value}
		}
	}
	var others []string
	for _, name := range given.Keys() {
		if _, known := schema.Lookup(name); !known {
			others = append(others, name)
		}
	}
	if others != nil {
		return &violation{message: unexpected(others), keyword: "additionalProperties"}
	}
	return nil
}

// breaks checks one value. What is not required and has no default may be null.
func breaks(property *pyjson.Object, value any, required bool) (keyword, message string) {
	kind := property.Text("type")
	types := []string{kind}
	if !required && property.Get("default") == nil {
		types = append(types, "null")
	}
	if kind != "" && !hasType(value, types) {
		return "type", typeFault(value, types)
	}
	if choices, isEnum := property.Get("enum").([]any); isEnum && value != nil && !isChoice(choices, value) {
		return "enum", pyjson.Repr(value) + " is not one of " + pyjson.Repr(choices)
	}
	if s, isText := value.(string); isText {
		if n, limited := property.Get("minLength").(int64); limited && int64(len([]rune(s))) < n {
			return "minLength", pyjson.Repr(s) + " should be non-empty"
		}
		if n, limited := property.Get("maxLength").(int64); limited && int64(len([]rune(s))) > n {
			return "maxLength", pyjson.Repr(s) + " is too long"
		}
	}
	return "", ""
}

func isChoice(choices []any, value any) bool {
	return slices.ContainsFunc(choices, func(c any) bool { return pyjson.Repr(c) == pyjson.Repr(value) })
}

// long is the text of a violation as an alias answers it: several lines, with the schema
// and the value. The server lays them out over more lines than this.
func (v *violation) long() string {
	if v.name == "" {
		return v.message + "\n\nFailed validating '" + v.keyword + "' in schema"
	}
	property := v.property.Clone()
	if kind := property.Text("type"); kind != "" && property.Get("required") != true && property.Get("default") == nil {
		property.Set("type", []any{kind, "null"})
	}
	text := v.message + "\n\nFailed validating '" + v.keyword + "' in schema['properties']['" + v.name + "']:\n    " + pyjson.Repr(property)
	if v.keyword == "required" {
		return text
	}
	return text + "\n\nOn instance['" + v.name + "']:\n    " + pyjson.Repr(v.value)
}

// immutables returns which of the parameters an action does not let anybody set.
func immutables(schema, given *pyjson.Object) []string {
	var names []string
	for _, name := range given.Keys() {
		if schema.Object(name).Get("immutable") == true {
			names = append(names, name)
		}
	}
	return names
}

// maskSecrets hides the parameters that the schema calls secret.
func maskSecrets(schema, given *pyjson.Object) *pyjson.Object {
	var out *pyjson.Object
	for _, name := range given.Keys() {
		if schema.Object(name).Get("secret") == true && pyjson.Truthy(given.Get(name)) {
			if out == nil {
				out = given.Clone()
			}
			out.Set(name, masked)
		}
	}
	if out == nil {
		return given
	}
	return out
}

// withDefaults adds the defaults of what was not given.
func withDefaults(schema, given *pyjson.Object) *pyjson.Object {
	out := given.Clone()
	for _, name := range schema.Keys() {
		if _, isGiven := given.Lookup(name); !isGiven {
			if byDefault, has := schema.Object(name).Lookup("default"); has {
				out.Set(name, byDefault)
			}
		}
	}
	return out
}
