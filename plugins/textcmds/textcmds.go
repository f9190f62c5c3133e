// Package textcmds is the plugin TextCmds: commands that change who talks to a bot at a
// terminal, and where, for trying out access rules.
//
// It belongs to the text backend, where one person plays everybody. On a network with real
// people it must not be registered: whoever may run asadmin is an administrator.
package textcmds

import (
	"context"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/bot"
)

// Chat is a conversation whose side and place can be changed; the text backend is one. The
// methods do not block and may be called from several goroutines.
type Chat interface {
	// AsUser makes the person at the terminal talk as name, with or without "@"; an
	// empty name is "@luser".
	AsUser(name string) backend.Person
	// AsAdmin makes the person talk as the administrator again.
	AsAdmin() backend.Person
	// InRoom moves the conversation to a room, with or without "#"; an empty name is
	// "#testroom".
	InRoom(name string) backend.Room
	// InPerson moves the conversation back to private.
	InPerson()
	// ToggleMultiline switches between one and several lines a message and reports
	// whether a message now has several.
	ToggleMultiline() bool
}

// Plugin has the commands asuser, asadmin, inroom, inperson and ml. It has no configuration;
// its state is the chat's.
type Plugin struct{ chat Chat }

var _ bot.Plugin = (*Plugin)(nil)

// New returns the plugin for a chat.
func New(chat Chat) *Plugin { return &Plugin{chat} }

// Name implements [bot.Plugin].
func (*Plugin) Name() string { return "TextCmds" }

// Register implements [bot.Plugin].
func (p *Plugin) Register(r *bot.Registry) error {
	r.Doc("Changes who talks to the bot at this terminal, and where, to try out access rules.")
	for _, c := range []bot.Command{
		{Name: "asuser", Syntax: "[name]", Doc: "Makes you somebody else; `@luser` without a name.", Run: p.asUser},
		{Name: "asadmin", Doc: "Makes you the bot's administrator again.", Run: p.asAdmin},
		{Name: "inroom", Syntax: "[room]", Doc: "Takes you to a room; `#testroom` without a name.", Run: p.inRoom},
		{Name: "inperson", Doc: "Takes you back to the private conversation with the bot.", Run: p.inPerson},
		{Name: "ml", Doc: "Switches between one line a message and several, with an empty line at the end.", Run: p.multiline},
	} {
		r.Command(c)
	}
	return nil
}

func (p *Plugin) asUser(ctx context.Context, r *bot.Request) error {
	person := p.chat.AsUser(r.Args)
	return say(ctx, r, here(r, person), "You are now: "+person.Address+".")
}

func (p *Plugin) asAdmin(ctx context.Context, r *bot.Request) error {
	person := p.chat.AsAdmin()
	return say(ctx, r, here(r, person), "You are now an admin: "+person.Address+".")
}

func (p *Plugin) inRoom(ctx context.Context, r *bot.Request) error {
	room := p.chat.InRoom(r.Args)
	return say(ctx, r, backend.ToRoom(room), "Joined Room "+room.Address+".")
}

func (p *Plugin) inPerson(ctx context.Context, r *bot.Request) error {
	p.chat.InPerson()
	return say(ctx, r, backend.ToPerson(r.From()), "Now in one-on-one with the bot.")
}

func (p *Plugin) multiline(ctx context.Context, r *bot.Request) error {
	text := "Multiline mode is off."
	if p.chat.ToggleMultiline() {
		text = "Multiline mode is on: an empty line ends a message."
	}
	return say(ctx, r, r.Target(), text)
}

// here returns the place of the conversation once it is that of person.
func here(r *bot.Request, person backend.Person) backend.Ref {
	if room := r.Message.Room; room != nil {
		return backend.ToRoom(*room)
	}
	return backend.ToPerson(person)
}

// say answers where the conversation is now, which need not be where the command was given.
// Names are people's own, and no markup.
func say(ctx context.Context, r *bot.Request, to backend.Ref, text string) error {
	_, err := r.Host().SendMessage(ctx, &backend.Message{Ref: to, Body: text, Plain: true})
	return err
}
