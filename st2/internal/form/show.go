package form

import (
	"fmt"
	"strconv"
	"strings"
)

// maxChoices is how many choices are shown.
const maxChoices = 30

// Kind says what may be answered: "yes or no", "a whole number from 1 to 5", "one of: a, b".
func (q *Question) Kind() string {
	if len(q.Choices) > 0 {
		return "one of: " + q.choices()
	}
	return q.kind()
}

// Notes says what else there is to know: "required", "secret", "a when left out".
func (q *Question) Notes() string {
	var notes []string
	if q.Required && q.Default == nil {
		notes = append(notes, "required")
	}
	if q.Secret {
		notes = append(notes, "secret")
	}
	if q.Default != nil && !q.Secret {
		notes = append(notes, clip(Show(q.Default))+" when left out")
	}
	return strings.Join(notes, ", ")
}

func (q *Question) choices() string {
	var shown []string
	for i, c := range q.Choices {
		if i == maxChoices {
			shown = append(shown, "…")
			break
		}
		shown = append(shown, clip(Show(c)))
	}
	return strings.Join(shown, ", ")
}

// kind names the types.
func (q *Question) kind() string {
	var kinds []string
	for _, t := range q.types {
		switch t {
		case "boolean":
			kinds = append(kinds, "yes or no")
		case "integer":
			kinds = append(kinds, "a whole number"+q.numbers())
		case "number":
			kinds = append(kinds, "a number"+q.numbers())
		case "object":
			kinds = append(kinds, "a JSON object")
		case "array":
			kinds = append(kinds, "a list (JSON, or with commas)")
		case "string":
			kinds = append(kinds, "text")
		}
	}
	if len(kinds) == 0 {
		return "text or JSON"
	}
	return strings.Join(kinds, ", or ")
}

// numbers says in which range a number has to be.
func (q *Question) numbers() string {
	l := &q.limits
	var parts []string
	switch {
	case l.Minimum != nil && l.ExclusiveMinimum == true:
		parts = append(parts, " above "+number(*l.Minimum))
	case l.Minimum != nil:
		parts = append(parts, " from "+number(*l.Minimum))
	}
	switch {
	case l.Maximum != nil && l.ExclusiveMaximum == true:
		parts = append(parts, " below "+number(*l.Maximum))
	case l.Maximum != nil:
		parts = append(parts, " to "+number(*l.Maximum))
	}
	return strings.Join(parts, "")
}

func number(n float64) string { return strconv.FormatFloat(n, 'f', -1, 64) }

// Line is a question in one line, for lists.
func (q *Question) Line() string {
	line := fmt.Sprintf("%s (%s", q.Name, q.Kind())
	if notes := q.Notes(); notes != "" {
		line += "; " + notes
	}
	line += ")"
	if q.Description != "" {
		line += ": " + strings.Join(strings.Fields(q.Description), " ")
	}
	return line
}
