package st2test

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/go-errbot/errbot/st2/st2test/internal/aliases"
	"github.com/go-errbot/errbot/st2/st2test/internal/fault"
	"github.com/go-errbot/errbot/st2/st2test/internal/jinja"
	"github.com/go-errbot/errbot/st2/st2test/internal/pyjson"
	"github.com/go-errbot/errbot/st2/st2test/internal/schema"
)

var (
	matchAndExecuteShape = schema.Shape{Closed: true, Fields: []schema.Field{
		schema.RequiredText("command"), schema.RequiredText("user"), schema.RequiredText("source_channel"), schema.Text("notification_channel"), schema.Text("notification_route"),
	}}
	aliasExecutionShape = schema.Shape{Closed: true, Fields: []schema.Field{
		schema.RequiredText("name"), schema.RequiredText("format"), schema.RequiredText("command"), schema.RequiredText("source_channel"), schema.TextOrNull("user"),
		schema.ObjectOrNull("source_context"), schema.TextOrNull("notification_channel"), schema.TextOrNull("notification_route"),
	}}
)

// chatCommand is a command on its way to an execution.
type chatCommand struct {
	alias   *aliases.Alias
	body    *pyjson.Object
	asker   string // StackStorm user
	chat    string // chat user
	secrets bool
	matched bool // by us, not by the client
}

// matchAndExecute matches by the command, and then finds the alias again by its name
// alone: so it may get one of another pack.
func (s *Server) matchAndExecute(r *request) (*reply, error) {
	if err := matchAndExecuteShape.Check(r.body); err != nil {
		return nil, err
	}
	text := r.object().Text("command")
	m, err := s.aliases.Match(text)
	if err != nil {
		return nil, err
	}
	if m.Bare {
		return nil, errors.New("StackStorm asks a display without a representation whether it matches multiple")
	}
	c, p, err := s.prepare(r, m.Alias.Name, m.Representation, r.object().Text("user"))
	if err != nil {
		return nil, err
	}
	c.matched = true
	found, err := p.Extract(text)
	if err != nil {
		return nil, err
	}
	results := []any{}
	for _, parameters := range found {
		result, err := s.execute(c, parameters)
		if err != nil {
			return nil, err
		}
		results = append(results, result)
	}
	return created(pyjson.Of("results", results)), nil
}

// executeAlias runs one alias that the client has matched; a format that matches
// multiple runs for the first place only.
func (s *Server) executeAlias(r *request) (*reply, error) {
	if err := aliasExecutionShape.Check(r.body); err != nil {
		return nil, err
	}
	body := r.object()
	if body.Text("name") == "" {
		return nil, fault.BadRequest("Alias execution \"name\" is required")
	}
	chat := "channel" // the default there, meant for another key
	if name, given := body.Get("user").(string); given {
		chat = name
	}
	c, p, err := s.prepare(r, body.Text("name"), body.Text("format"), chat)
	if err != nil {
		return nil, err
	}
	p.Multiple = false
	found, err := p.Extract(body.Text("command"))
	if err != nil {
		return nil, err
	}
	result, err := s.execute(c, found[0])
	if err != nil {
		return nil, err
	}
	return created(result), nil
}

func (s *Server) prepare(r *request, name, format, chat string) (chatCommand, aliases.Pattern, error) {
	secrets, err := r.secrets()
	if err != nil {
		return chatCommand{}, aliases.Pattern{}, err
	}
	a := s.aliases.Named(name)
	if a == nil {
		return chatCommand{}, aliases.Pattern{}, fault.NotFound("Unable to find the ActionAliasDB instance. {'name': '%s'}", name)
	}
	if !a.Enabled {
		return chatCommand{}, aliases.Pattern{}, fault.BadRequest("Action alias with name \"%s\" is disabled.", name)
	}
	i := slices.IndexFunc(a.Formats, func(p aliases.Pattern) bool { return p.Representation == format && !p.Bare })
	if i < 0 {
		return chatCommand{}, aliases.Pattern{}, fault.BadRequest("Format string \"%s\" is not available on the alias \"%s\"", format, name)
	}
	return chatCommand{alias: a, body: r.object(), asker: r.who.User, chat: chat, secrets: secrets}, a.Formats[i], nil
}

// execute starts one execution of a command, and answers with the acknowledgement.
func (s *Server) execute(c chatCommand, given *pyjson.Object) (*pyjson.Object, error) {
	ref := pyjson.Of("id", c.alias.ID, "name", c.alias.Name)
	given, err := c.withImmutable(given, ref)
	if err != nil {
		return nil, err
	}
	a := s.actions.find(c.alias.Action)
	if a == nil {
		return nil, fault.NotFound("Action with ref \"%s\" not found ", c.alias.Action)
	}
	if err := s.mayExecute(c.asker, a); err != nil {
		return nil, err
	}
	parameters, err := schema.Cast(a.schema, given, schema.AliasFault)
	if err != nil {
		return nil, err
	}
	if err := s.admit(a, parameters, (*schema.Violation).Long); err != nil {
		return nil, err
	}
	channel := c.body.Get("source_channel")
	e := s.request(order{
		action: a, parameters: parameters, links: pyjson.Of(), origin: pyjson.Of(),
		notify: pyjson.Of("on-complete", pyjson.Of(
			"data", pyjson.Of("user", c.chat, "source_channel", channel, "source_context", c.body.Get("source_context")),
			"routes", []any{c.route()})),
		context: pyjson.Of("action_alias_ref", ref, "api_user", c.chat, "user", c.asker, "source_channel", channel),
	})
	fresh := e.document(view{fresh: true, secrets: c.secrets})
	if err := s.begin(e); err != nil {
		return nil, err
	}
	return c.acknowledge(fresh)
}

// route is where the result is told: null when the client named no route.
func (c chatCommand) route() any {
	for _, key := range []string{"notification_route", "notification_channel"} {
		if name := c.body.Text(key); name != "" {
			return name
		}
	}
	return nil
}

// withImmutable adds the parameters that the alias fixes. An undefined name in one is
// an uncaught exception there.
func (c chatCommand) withImmutable(given, ref *pyjson.Object) (*pyjson.Object, error) {
	fixed := c.alias.Document.Object("immutable_parameters")
	var overridden []string
	for _, name := range fixed.Keys() {
		if _, isGiven := given.Lookup(name); isGiven {
			overridden = append(overridden, name)
		}
	}
	if overridden != nil {
		return nil, fault.BadRequest("Immutable arguments cannot be overriden: %s", strings.Join(overridden, ","))
	}
	values := pyjson.Of("user", c.asker, "api_user", c.chat, "source_channel", c.body.Get("source_channel"), "action_alias_ref", ref)
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

// acknowledge renders the alias's acknowledgement, whether it is enabled or not. What is
// undefined is told in its place; any other fault is a 500 though the execution runs.
func (c chatCommand) acknowledge(e *pyjson.Object) (*pyjson.Object, error) {
	shown := c.alias.Document
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
	if c.matched {
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
