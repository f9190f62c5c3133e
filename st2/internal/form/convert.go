package form

import (
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"
)

// maxNumber is how many characters a number may have.
const maxNumber = 100

// Convert makes an answer of what somebody typed, by the question's type, and checks it.
// The error is a plain sentence; it does not repeat a secret.
func (q *Question) Convert(text string) (json.RawMessage, error) {
	text = strings.TrimSpace(text)
	if len(q.Choices) > 0 {
		return q.choose(text)
	}
	types := q.types
	if len(types) == 0 {
		return q.checked(anything(text))
	}
	// What is less general comes first: a text is everything.
	for _, kind := range []string{"null", "boolean", "integer", "number", "object", "array", "string"} {
		if !slices.Contains(types, kind) {
			continue
		}
		if value := convert(kind, text); value != nil {
			return q.checked(value)
		}
	}
	return nil, wrong("%s has to be %s%s.", q.Name, q.kind(), q.butWas(text))
}

func (q *Question) checked(value json.RawMessage) (json.RawMessage, error) {
	if err := q.check(value); err != nil {
		return nil, err
	}
	return value, nil
}

// choose finds the choice that was meant: as it is written, or in any case if that is one.
func (q *Question) choose(text string) (json.RawMessage, error) {
	var folded []json.RawMessage
	for _, c := range q.Choices {
		switch shown := Show(c); {
		case shown == text:
			return c, nil
		case strings.EqualFold(shown, text):
			folded = append(folded, c)
		}
	}
	if len(folded) == 1 {
		return folded[0], nil
	}
	return nil, q.notChosen(text)
}

func (q *Question) butWas(text string) string {
	if q.Secret {
		return ""
	}
	return fmt.Sprintf(", not %q", clip(text))
}

// clip keeps a message from repeating a whole page.
func clip(text string) string {
	if runes := []rune(text); len(runes) > 40 {
		return string(runes[:39]) + "…"
	}
	return text
}

// convert returns the JSON of a text, nil for one that is not of the type.
func convert(kind, text string) json.RawMessage {
	switch kind {
	case "null":
		return toNull(text)
	case "boolean":
		return toBoolean(text)
	case "integer":
		return toInteger(text)
	case "number":
		return toNumber(text)
	case "object":
		return toObject(text)
	case "array":
		return toArray(text)
	}
	return toString(text)
}

func toNull(text string) json.RawMessage {
	if text == "null" {
		return json.RawMessage("null")
	}
	return nil
}

func toBoolean(text string) json.RawMessage {
	switch strings.ToLower(text) {
	case "yes", "y", "true", "on", "1":
		return json.RawMessage("true")
	case "no", "n", "false", "off", "0":
		return json.RawMessage("false")
	}
	return nil
}

func toInteger(text string) json.RawMessage {
	if len(text) > maxNumber {
		return nil
	}
	n, ok := new(big.Int).SetString(text, 10)
	if !ok {
		return nil
	}
	return json.RawMessage(n.String())
}

func toNumber(text string) json.RawMessage {
	if n := toInteger(text); n != nil {
		return n
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsInf(n, 0) || math.IsNaN(n) || len(text) > maxNumber {
		return nil
	}
	return marshal(n)
}

func toObject(text string) json.RawMessage {
	if !strings.HasPrefix(text, "{") || !json.Valid([]byte(text)) {
		return nil
	}
	return json.RawMessage(text)
}

// toArray takes JSON, or texts with commas between them.
func toArray(text string) json.RawMessage {
	if strings.HasPrefix(text, "[") {
		if !json.Valid([]byte(text)) {
			return nil
		}
		return json.RawMessage(text)
	}
	list := []string{}
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part != "" {
			list = append(list, part)
		}
	}
	return marshal(list)
}

func toString(text string) json.RawMessage { return marshal(text) }

// anything takes JSON for what it is, and everything else for a text.
func anything(text string) json.RawMessage {
	if json.Valid([]byte(text)) {
		return json.RawMessage(text)
	}
	return toString(text)
}

func marshal(v any) json.RawMessage {
	text, _ := json.Marshal(v) // numbers and texts can always be written
	return text
}

// Show returns a value as people type it: a text without its quotes.
func Show(value json.RawMessage) string {
	var text string
	if json.Unmarshal(value, &text) == nil && string(value) != "null" {
		return text
	}
	return string(value)
}
