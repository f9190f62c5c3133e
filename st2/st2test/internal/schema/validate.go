package schema

import (
	"slices"

	"github.com/go-errbot/errbot/st2/st2test/internal/pyjson"
)

// Violation is the first way in which parameters break a schema.
type Violation struct {
	Message  string
	keyword  string
	name     string // of the property; "" is the whole
	property *pyjson.Object
	value    any
}

// Validate checks cast parameters. The first violation is in the order of the schema.
func Validate(schema, given *pyjson.Object) *Violation {
	for _, name := range schema.Keys() {
		property := schema.Object(name)
		value, isGiven := given.Lookup(name)
		required, _ := property.Get("required").(bool)
		if !isGiven {
			if required && property.Get("default") == nil {
				return &Violation{Message: "'" + name + "' is a required property", keyword: "required", name: name, property: property}
			}
			continue
		}
		if keyword, message := breaks(property, value, required); message != "" {
			return &Violation{Message: message, keyword: keyword, name: name, property: property, value: value}
		}
	}
	var others []string
	for _, name := range given.Keys() {
		if _, known := schema.Lookup(name); !known {
			others = append(others, name)
		}
	}
	if others != nil {
		return &Violation{Message: unexpected(others), keyword: "additionalProperties"}
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
	if keyword, message := outOfRange(property, value); message != "" {
		return keyword, message
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

// outOfRange checks a number.
func outOfRange(property *pyjson.Object, value any) (keyword, message string) {
	n, isNumber := number(value)
	if low, limited := number(property.Get("minimum")); isNumber && limited && n < low {
		return "minimum", pyjson.Repr(value) + " is less than the minimum of " + pyjson.Repr(property.Get("minimum"))
	}
	if high, limited := number(property.Get("maximum")); isNumber && limited && n > high {
		return "maximum", pyjson.Repr(value) + " is greater than the maximum of " + pyjson.Repr(property.Get("maximum"))
	}
	return "", ""
}

func number(v any) (float64, bool) {
	switch v := v.(type) {
	case int64:
		return float64(v), true
	case float64:
		return v, true
	}
	return 0, false
}

func isChoice(choices []any, value any) bool {
	return slices.ContainsFunc(choices, func(c any) bool { return pyjson.Repr(c) == pyjson.Repr(value) })
}

// Long is the text of a violation as an alias answers it: several lines, with the schema
// and the value. The server lays them out over more lines than this.
func (v *Violation) Long() string {
	if v.name == "" {
		return v.Message + "\n\nFailed validating '" + v.keyword + "' in schema"
	}
	property := v.property.Clone()
	if kind := property.Text("type"); kind != "" && property.Get("required") != true && property.Get("default") == nil {
		property.Set("type", []any{kind, "null"})
	}
	text := v.Message + "\n\nFailed validating '" + v.keyword + "' in schema['properties']['" + v.name + "']:\n    " + pyjson.Repr(property)
	if v.keyword == "required" {
		return text
	}
	return text + "\n\nOn instance['" + v.name + "']:\n    " + pyjson.Repr(v.value)
}

// Immutables returns which of the parameters an action does not let anybody set.
func Immutables(schema, given *pyjson.Object) []string {
	var names []string
	for _, name := range given.Keys() {
		if schema.Object(name).Get("immutable") == true {
			names = append(names, name)
		}
	}
	return names
}

// Masked is what stands in the place of a secret.
const Masked = "********"

// MaskSecrets hides the parameters that the schema calls secret.
func MaskSecrets(schema, given *pyjson.Object) *pyjson.Object {
	var out *pyjson.Object
	for _, name := range given.Keys() {
		if schema.Object(name).Get("secret") == true && pyjson.Truthy(given.Get(name)) {
			if out == nil {
				out = given.Clone()
			}
			out.Set(name, Masked)
		}
	}
	if out == nil {
		return given
	}
	return out
}
