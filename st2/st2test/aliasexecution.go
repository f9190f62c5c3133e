package st2test

import (
	"errors"
	"slices"

	"github.com/go-errbot/errbot/st2/st2test/internal/aliases"
	"github.com/go-errbot/errbot/st2/st2test/internal/fault"
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
	given, err := c.alias.WithImmutable(given, pyjson.Of("user", c.asker, "api_user", c.chat,
		"source_channel", c.body.Get("source_channel"), "action_alias_ref", ref))
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
	return c.alias.Acknowledge(fresh, c.matched)
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
