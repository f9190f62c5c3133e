// Package form turns the JSON schema of a StackStorm inquiry into questions, and what
// people type in a chat into a response that fits it. It knows neither chat nor
// StackStorm's API.
//
// StackStorm converts no types: "3" is no integer to it. So texts are converted here by the
// declared type, and checked before they are sent. What is checked are the properties of
// the schema, not what is inside objects and lists; StackStorm checks all of it.
package form

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// ErrUnanswerable says that StackStorm refuses every response to the inquiry: as st2
// 3.10dev has it, required is a boolean of each property, and a list of names, which
// draft 4 of JSON schema has, makes the schema itself invalid.
var ErrUnanswerable = errors.New("the schema is broken")

// Form is what an inquiry wants to know.
type Form struct {
	Title     string
	Questions []Question // in the order to ask them
	closed    bool       // nothing else may be answered
}

// Question is one property of a response.
type Question struct {
	Name        string
	Description string
	Required    bool
	Secret      bool              // is not to be seen by others
	Choices     []json.RawMessage // the only answers; none allows every one
	Default     json.RawMessage   // nil: none

	types   []string // none allows every one
	limits  limits
	pattern *regexp.Regexp
}

// limits bound an answer; nil ones do not.
type limits struct {
	Minimum          *float64 `json:"minimum"`
	Maximum          *float64 `json:"maximum"`
	ExclusiveMinimum any      `json:"exclusiveMinimum"` // true in draft 4
	ExclusiveMaximum any      `json:"exclusiveMaximum"`
	MinLength        *int     `json:"minLength"`
	MaxLength        *int     `json:"maxLength"`
	MinItems         *int     `json:"minItems"`
	MaxItems         *int     `json:"maxItems"`
}

// Parse reads a schema. The error is ErrUnanswerable for one that no response fits, and
// another one for what is no schema.
func Parse(schema json.RawMessage) (*Form, error) {
	var top struct {
		Title      string          `json:"title"`
		Properties json.RawMessage `json:"properties"`
		Additional any             `json:"additionalProperties"`
	}
	if err := json.Unmarshal(schema, &top); err != nil {
		return nil, fmt.Errorf("read the schema: %w", err)
	}
	var all any
	if err := json.Unmarshal(schema, &all); err != nil || hasRequiredList(all) {
		return nil, ErrUnanswerable
	}
	f := &Form{Title: top.Title, closed: top.Additional == false}
	names, values, err := members(top.Properties)
	if err != nil {
		return nil, fmt.Errorf("read the schema: %w", err)
	}
	places := map[string]int{}
	for i, name := range names {
		q, position := parseQuestion(name, values[i])
		places[name] = i
		if position != nil {
			places[name] = *position
		}
		f.Questions = append(f.Questions, q)
	}
	slices.SortStableFunc(f.Questions, func(a, b Question) int { return cmp.Compare(places[a.Name], places[b.Name]) })
	return f, nil
}

// parseQuestion reads a property. What is not as a schema has it counts as not there:
// StackStorm has the last word.
func parseQuestion(name string, property json.RawMessage) (q Question, position *int) {
	q.Name = name
	var fields map[string]json.RawMessage
	if json.Unmarshal(property, &fields) != nil {
		return q, nil
	}
	read := func(key string, into any) { _ = json.Unmarshal(fields[key], into) }
	var pattern string
	read("description", &q.Description)
	read("required", &q.Required)
	read("secret", &q.Secret)
	read("enum", &q.Choices)
	read("position", &position)
	read("pattern", &pattern)
	if d := fields["default"]; string(d) != "null" {
		q.Default = d
	}
	var one string
	if json.Unmarshal(fields["type"], &one) == nil && one != "" {
		q.types = []string{one}
	} else {
		read("type", &q.types)
	}
	if json.Unmarshal(property, &q.limits) != nil {
		q.limits = limits{}
	}
	if pattern != "" {
		q.pattern, _ = regexp.Compile(pattern) // Python knows patterns that Go does not
	}
	return q, position
}

// hasRequiredList reports whether a schema has a list of required names anywhere.
func hasRequiredList(v any) bool {
	switch v := v.(type) {
	case []any:
		return slices.ContainsFunc(v, hasRequiredList)
	case map[string]any:
		if _, isList := v["required"].([]any); isList {
			return true
		}
		for key, inner := range v {
			if key != "default" && key != "enum" && hasRequiredList(inner) {
				return true
			}
		}
	}
	return false
}

// members returns the members of a JSON object in their order; none of null.
func members(object json.RawMessage) (names []string, values []json.RawMessage, err error) {
	if len(object) == 0 || string(object) == "null" {
		return nil, nil, nil
	}
	dec := json.NewDecoder(bytes.NewReader(object))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return nil, nil, errors.New("expected an object")
	}
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return nil, nil, err
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return nil, nil, err
		}
		names, values = append(names, name.(string)), append(values, value)
	}
	return names, values, nil
}

// HasSecret reports whether any answer is not to be seen by others.
func (f *Form) HasSecret() bool {
	return slices.ContainsFunc(f.Questions, func(q Question) bool { return q.Secret })
}

// find returns the question with a name, nil when there is none.
func (f *Form) find(name string) *Question {
	for i := range f.Questions {
		if f.Questions[i].Name == name {
			return &f.Questions[i]
		}
	}
	return nil
}

// names returns the names of the questions, for messages.
func (f *Form) names() string {
	var names []string
	for _, q := range f.Questions {
		names = append(names, q.Name)
	}
	return strings.Join(names, ", ")
}
