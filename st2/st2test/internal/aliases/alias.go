// Package aliases keeps the action aliases of a StackStorm and matches commands against them.
package aliases

import (
	"errors"
	"slices"
	"strings"

	"github.com/go-errbot/errbot/st2/st2test/internal/aliasformat"
	"github.com/go-errbot/errbot/st2/st2test/internal/fault"
	"github.com/go-errbot/errbot/st2/st2test/internal/pyjson"
)

// Alias is a registered alias: its document and what matching needs of it. It does not change.
type Alias struct {
	ID       string
	Pack     string
	Name     string
	Action   string // reference
	Enabled  bool
	Demo     bool // gives way to one like it
	Document *pyjson.Object
	Formats  []Pattern
}

// Pattern is one representation of a format.
type Pattern struct {
	Display        any // string or nil
	Representation string
	Multiple       bool
	Bare           bool // a display without a representation
	compiled       *aliasformat.Format
	broken         error // instead of compiled
}

// New makes an alias of a body that was checked.
func New(id string, body *pyjson.Object) *Alias {
	a := &Alias{ID: id, Pack: body.Text("pack"), Name: body.Text("name"), Action: body.Text("action_ref"), Enabled: true}
	if enabled, given := body.Get("enabled").(bool); given {
		a.Enabled = enabled
	}
	formats, _ := body.Get("formats").([]any)
	a.Document = pyjson.Of("uid", "action_alias:"+a.Pack+":"+a.Name, "metadata_file", body.Text("metadata_file"),
		"name", a.Name, "ref", a.Ref())
	if description, given := body.Get("description").(string); given {
		a.Document.Set("description", description)
	}
	for _, pair := range []struct {
		key   string
		value any
	}{
		{"pack", a.Pack}, {"enabled", a.Enabled}, {"action_ref", a.Action}, {"formats", formats},
		{"ack", body.ObjectOrEmpty("ack")}, {"result", body.ObjectOrEmpty("result")}, {"extra", body.ObjectOrEmpty("extra")},
		{"immutable_parameters", body.ObjectOrEmpty("immutable_parameters")}, {"id", id},
	} {
		a.Document.Set(pair.key, pair.value)
	}
	a.Formats = patterns(formats)
	return a
}

func patterns(formats []any) []Pattern {
	var list []Pattern
	add := func(p Pattern) {
		p.compiled, p.broken = aliasformat.Compile(p.Representation)
		list = append(list, p)
	}
	for _, f := range formats {
		switch f := f.(type) {
		case string:
			add(Pattern{Display: f, Representation: f})
		case *pyjson.Object:
			multiple, _ := f.Get("match_multiple").(bool)
			representations, _ := f.Get("representation").([]any)
			for _, r := range representations {
				add(Pattern{Display: f.Get("display"), Representation: pyjson.Str(r), Multiple: multiple})
			}
			if len(representations) == 0 && f.Get("display") != nil {
				add(Pattern{Display: f.Get("display"), Multiple: multiple, Bare: true})
			}
		}
	}
	return list
}

// Ref is "pack.name".
func (a *Alias) Ref() string { return a.Pack + "." + a.Name }

// multiple reports whether the alias belongs to the second pass of matching.
func (a *Alias) multiple() bool {
	return slices.ContainsFunc(a.Formats, func(p Pattern) bool { return p.Multiple })
}

// looksLike reports whether two aliases have a representation in common.
func (a *Alias) looksLike(other *Alias) bool {
	return slices.ContainsFunc(a.Formats, func(p Pattern) bool {
		return slices.ContainsFunc(other.Formats, func(q Pattern) bool { return p.shape() == q.shape() })
	})
}

// shape is the representation without the names of its parameters.
func (p Pattern) shape() string {
	var shape strings.Builder
	rest := p.Representation
	for {
		before, parameter, found := strings.Cut(rest, "{{")
		shape.WriteString(before)
		if !found {
			return shape.String()
		}
		_, rest, _ = strings.Cut(parameter, "}}")
		shape.WriteString("{{}}")
	}
}

// Extract reads the parameters out of a command: several times where the format matches multiple.
func (p Pattern) Extract(text string) ([]*pyjson.Object, error) {
	if p.broken != nil {
		return nil, p.broken
	}
	command := aliasformat.ParseCommand(text)
	if p.Multiple {
		return p.compiled.ExtractAll(command)
	}
	parameters, err := p.compiled.Extract(command)
	var mismatch *aliasformat.ParseError
	if errors.As(err, &mismatch) {
		return nil, fault.BadRequest("%s", mismatch)
	}
	return []*pyjson.Object{parameters}, err
}
