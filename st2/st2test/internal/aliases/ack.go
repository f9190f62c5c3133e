package aliases

import (
	"fmt"
	"strings"

	"github.com/go-errbot/errbot/st2/st2test/internal/fault"
	"github.com/go-errbot/errbot/st2/st2test/internal/jinja"
	"github.com/go-errbot/errbot/st2/st2test/internal/pyjson"
)

// WithImmutable adds the parameters that the alias fixes, rendered with the values. An undefined name in one is
// an uncaught exception there.
func (a *Alias) WithImmutable(given, values *pyjson.Object) (*pyjson.Object, error) {
	fixed := a.Document.Object("immutable_parameters")
	var overridden []string
	for _, name := range fixed.Keys() {
		if _, isGiven := given.Lookup(name); isGiven {
			overridden = append(overridden, name)
		}
	}
	if overridden != nil {
		return nil, fault.BadRequest("Immutable arguments cannot be overriden: %s", strings.Join(overridden, ","))
	}
	out := given.Clone()
	for _, name := range fixed.Keys() {
		value, err := jinja.Values(fixed.Get(name), values)
		if err != nil {
			return nil, fmt.Errorf("rendering immutable parameter %s: %w", name, err)
		}
		out.Set(name, value)
	}
	return out, nil
}

// Acknowledge renders the alias's acknowledgement, whether it is enabled or not. What is
// undefined is told in its place; any other fault is a 500 though the execution
// runs. matched says that the server itself has matched the command.
func (a *Alias) Acknowledge(e *pyjson.Object, matched bool) (*pyjson.Object, error) {
	shown := a.Document
	ack := shown.Object("ack")
	values := pyjson.Of("execution", e, "actionalias", shown)
	rendered := ack.Clone()
	answer := pyjson.Of("execution", e, "actionalias", shown)
	if format, given := ack.Get("format").(string); given {
		message, err := jinja.Strict(format, values)
		if message, err = told("format", message, err); err != nil {
			return nil, err
		}
		answer.Set("message", message)
		values.Set("message", message)
		rendered.Set("format", message)
	}
	extra, given := ack.Lookup("extra")
	if !given {
		return answer, nil
	}
	value, err := jinja.Values(extra, values)
	if err != nil {
		text, err := told("extra", "", err)
		answer.Set("extra", text)
		return answer, err
	}
	answer.Set("extra", value)
	if matched {
		// The real one renders the extras in place: the alias it answers with is no template any more.
		rendered.Set("extra", value)
		shown = shown.Clone()
		shown.Set("ack", rendered)
		answer.Set("actionalias", shown)
	}
	return answer, nil
}

// told turns an undefined name into the text that StackStorm answers instead.
func told(field, text string, err error) (string, error) {
	if jinja.IsUndefined(err) {
		return fmt.Sprintf("Cannot render \"%s\" in field \"ack\" for alias. %s", field, err), nil
	}
	return text, err
}
