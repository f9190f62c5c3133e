package discord

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/bwmarrin/discordgo"
	"github.com/kyokomi/emoji/v2"

	"github.com/go-errbot/errbot/backend"
)

// Edit implements [backend.Editor]. The new text must fit into one message; it mentions
// nobody.
func (b *Backend) Edit(ctx context.Context, m *backend.Message) error {
	if err := b.connected(); err != nil {
		return err
	}
	channelID, err := b.channelOf(ctx, m.Ref)
	if err != nil {
		return err
	}
	text := b.render(m)
	_, err = b.rest.ChannelMessageEditComplex(&discordgo.MessageEdit{
		Channel: channelID, ID: m.ID, Content: &text,
		AllowedMentions: &discordgo.MessageAllowedMentions{Parse: []discordgo.AllowedMentionType{}},
	}, discordgo.WithContext(ctx))
	return check(ctx, "edit a message", err)
}

// channelOf returns the channel or thread that a message is in.
func (b *Backend) channelOf(ctx context.Context, at backend.Ref) (string, error) {
	switch {
	case at.Thread != "" && at.Thread != at.ID: // what a thread began with is not in it
		return at.Thread, nil
	case at.Room != nil:
		return at.Room.ID, nil
	case at.Person != nil:
		return b.directChannel(ctx, at.Person.ID)
	}
	return "", unknown("")
}

// React implements [backend.Reactor]. A name is that of an emoji ("thumbsup"), the emoji
// itself, or the name of one of the server's own.
func (b *Backend) React(ctx context.Context, to backend.Ref, name string) error {
	channelID, err := b.channelOf(ctx, to)
	if err != nil {
		return err
	}
	err = b.rest.MessageReactionAdd(channelID, to.ID, b.emoji(name), discordgo.WithContext(ctx))
	return check(ctx, "react with "+name, err)
}

// Unreact implements [backend.Reactor].
func (b *Backend) Unreact(ctx context.Context, to backend.Ref, name string) error {
	channelID, err := b.channelOf(ctx, to)
	if err != nil {
		return err
	}
	err = b.rest.MessageReactionRemove(channelID, to.ID, b.emoji(name), "@me", discordgo.WithContext(ctx))
	if err = check(ctx, "take back "+name, err); codeOf(err) == codeUnknownReaction {
		return nil
	}
	return err
}

// emoji returns an emoji as paths of requests have it.
func (b *Backend) emoji(name string) string {
	if id := b.directory.emoji(name); id != "" {
		return url.PathEscape(name) + ":" + id
	}
	if text, ok := emoji.CodeMap()[":"+name+":"]; ok {
		name = strings.TrimSpace(text)
	}
	return url.PathEscape(name)
}

// emojiName returns the name of an emoji; one without a name stays what it is.
func emojiName(text string) string {
	names := emoji.RevCodeMap()[text]
	i := slices.IndexFunc(names, func(name string) bool { return name[1] >= 'a' && name[1] <= 'z' })
	if i < 0 {
		return text
	}
	return strings.Trim(names[i], ":")
}

// Typing implements [backend.Typer].
func (b *Backend) Typing(ctx context.Context, at backend.Ref) error {
	if err := b.connected(); err != nil {
		return err
	}
	channelID, err := b.channelOf(ctx, at)
	if err != nil {
		return err
	}
	err = check(ctx, "show that the bot is typing", b.rest.ChannelTyping(channelID, discordgo.WithContext(ctx)))
	if status(err) == http.StatusNotFound {
		return nil // the thread is begun with the answer
	}
	return err
}

// SetPresence implements [backend.PresenceSetter]. Discord knows "online", "away", "dnd" and
// "invisible"; the note is the bot's custom status.
func (b *Backend) SetPresence(_ context.Context, status, note string) error {
	if status == "away" {
		status = string(discordgo.StatusIdle)
	}
	p := discordgo.UpdateStatusData{Status: status, Activities: []*discordgo.Activity{}}
	if note != "" {
		// Discord wants a name, and shows the state.
		p.Activities = append(p.Activities, &discordgo.Activity{Name: "status", Type: discordgo.ActivityTypeCustom, State: note})
	}
	b.mu.Lock()
	b.status = p
	b.mu.Unlock()
	g := b.live.Load()
	if g == nil {
		return nil // it is told with the next connection
	}
	return g.write(packet{opPresence, p})
}

func (b *Backend) presence() discordgo.UpdateStatusData {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.status
}
