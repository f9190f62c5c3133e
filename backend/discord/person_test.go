package discord_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bwmarrin/discordgo"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/backend/backendtest"
	"github.com/go-errbot/errbot/backend/discord"
	"github.com/go-errbot/errbot/bot/secret"
)

// view is what a person sees of the bot.
type view struct {
	messages  chan *discordgo.Message // all, in order
	queues    map[string][]*discordgo.Message
	files     chan *discordgo.MessageAttachment
	cards     chan *discordgo.MessageEmbed
	changes   chan string
	reactions chan reaction
	statuses  chan string
}

type reaction struct {
	emoji   string
	removed bool
}

func newView() view {
	return view{
		messages: make(chan *discordgo.Message, 100_000), queues: map[string][]*discordgo.Message{},
		files: make(chan *discordgo.MessageAttachment, 1000), cards: make(chan *discordgo.MessageEmbed, 1000),
		changes: make(chan string, 1000), reactions: make(chan reaction, 1000), statuses: make(chan string, 1000),
	}
}

func (v *view) message(m *discordgo.Message) {
	v.messages <- m
	for _, a := range m.Attachments {
		v.files <- a
	}
	for _, e := range m.Embeds {
		v.cards <- e
	}
}

// next returns the next message with text in a channel.
func (v *view) next(ctx context.Context, channelID string) (*discordgo.Message, error) {
	for {
		if q := v.queues[channelID]; len(q) > 0 {
			v.queues[channelID] = q[1:]
			return q[0], nil
		}
		m, err := receive(ctx, v.messages)
		if err != nil {
			return nil, err
		}
		if m.Content != "" {
			v.queues[m.ChannelID] = append(v.queues[m.ChannelID], m)
		}
	}
}

func receive[T any](ctx context.Context, from <-chan T) (v T, err error) {
	select {
	case v = <-from:
		return v, nil
	case <-ctx.Done():
		return v, ctx.Err()
	}
}

// shown is a text as Discord's client shows it: without the backslashes before marks.
func shown(text string) string {
	var out strings.Builder
	escaped := false
	for _, r := range strings.ReplaceAll(text, "\u200b", "") {
		mark := r < 0x80 && strings.ContainsRune("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", r)
		if escaped && !mark {
			out.WriteByte('\\')
		}
		if escaped = r == '\\' && !escaped; !escaped {
			out.WriteRune(r)
		}
	}
	return out.String()
}

func (f *fake) channelOf(room string) string {
	switch room {
	case "":
		return f.direct
	case "#empty":
		return f.empty
	}
	return f.ops
}

func (f *fake) say(channelID, text string) *discordgo.Message {
	f.mu.Lock()
	defer f.mu.Unlock()
	m := &discordgo.Message{ChannelID: channelID, Author: f.alice, Content: text}
	m.Mentions, _ = f.mentions(text, nil)
	return f.add(m)
}

// network is the fake as the contract sees it.
func (f *fake) network(t testing.TB, b *discord.Backend) backendtest.Network {
	return backendtest.Network{
		Backend: b, Person: "@alice", Room: "#ops", Unknown: "@nobody", Empty: "#empty",
		Refused: f.newBot(t, func(o *discord.Options) { o.Token = secret.String("wrong") }),
		Say:     func(room, text string) { f.say(f.channelOf(room), text) },
		Heard: func(ctx context.Context, room string) (string, error) {
			m, err := f.seen.next(ctx, f.channelOf(room))
			if err != nil {
				return "", err
			}
			return shown(m.Content), nil
		},
		Cut: f.cut,
		Throttle: func() {
			f.mu.Lock()
			defer f.mu.Unlock()
			f.full = 2
		},
		Echo: func(text string) {
			f.mu.Lock()
			defer f.mu.Unlock()
			f.add(&discordgo.Message{ChannelID: f.ops, Author: f.bot, Content: text})
		},
		SayDelayed: func(text string) {
			f.mu.Lock()
			defer f.mu.Unlock()
			f.add(&discordgo.Message{ID: f.idAt(time.Now().Add(-time.Hour)), ChannelID: f.ops, Author: f.alice, Content: text})
		},
		Change: func(text string) {
			f.mu.Lock()
			defer f.mu.Unlock()
			said := f.messages[f.ops]
			f.change(said[len(said)-1], text)
		},
		HeardChange: func(ctx context.Context) (string, error) { return receive(ctx, f.seen.changes) },
		Answer:      f.answerIn,
		HeardAnswer: func(ctx context.Context, to backend.Ref) (string, error) {
			m, err := f.seen.next(ctx, f.threadOf(to))
			if err != nil {
				return "", err
			}
			return shown(m.Content), nil
		},
		Call: func(text string) { f.say(f.ops, "<@"+f.bot.ID+"> "+text) },
		HeardCall: func(ctx context.Context) (string, bool, error) {
			m, err := f.seen.next(ctx, f.ops)
			if err != nil {
				return "", false, err
			}
			return shown(m.Content), len(m.Mentions) > 0 || m.MentionEveryone, nil
		},
		SayFile: func(name string, content []byte) {
			f.mu.Lock()
			defer f.mu.Unlock()
			f.add(&discordgo.Message{ChannelID: f.ops, Author: f.alice, Attachments: []*discordgo.MessageAttachment{f.keep(name, content)}})
		},
		HeardFile: func(ctx context.Context) (string, []byte, error) {
			a, err := receive(ctx, f.seen.files)
			if err != nil {
				return "", nil, err
			}
			f.mu.Lock()
			defer f.mu.Unlock()
			return a.Filename, f.files[a.ID], nil
		},
		React:         f.reactTo,
		HeardReaction: f.heardReaction,
		Appear: func(status string) {
			if status == "away" {
				status = "idle"
			}
			f.mu.Lock()
			defer f.mu.Unlock()
			f.tell("PRESENCE_UPDATE", map[string]any{"user": map[string]any{"id": f.alice.ID}, "guild_id": f.guild.ID, "status": status}, discordgo.IntentGuildPresences)
		},
		SeenAs: f.seenAs,
		Invited: func(ctx context.Context) error {
			for {
				m, err := f.seen.next(ctx, f.direct)
				if err != nil || strings.Contains(m.Content, "https://discord.gg/abc") {
					return err
				}
			}
		},
		HeardCard: f.heardCard,
		Restart: func() {
			f.cut()
			f.mu.Lock()
			defer f.mu.Unlock()
			f.sessions = map[string]*session{}
		},
		// A channel has no comings and goings: who sees it follows from roles.
		Cannot: []backendtest.Feature{backendtest.RoomChanges},
	}
}

// threadOf returns the thread of a message; of one without an ID, that of what the bot said
// last.
func (f *fake) threadOf(to backend.Ref) string {
	if id := cmp.Or(to.Thread, to.ID); id != "" {
		return id
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, m := range slices.Backward(f.messages[f.ops]) {
		if m.Author.ID == f.bot.ID {
			return m.ID
		}
	}
	return ""
}

func (f *fake) answerIn(to backend.Ref, text string) {
	id := f.threadOf(to)
	f.mu.Lock()
	if f.channels[id] == nil {
		f.addThread(f.ops, id, "a thread")
	}
	f.mu.Unlock()
	f.say(id, text)
}

func (f *fake) reactTo(to backend.Ref, _ string, remove bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	kind, event := "MESSAGE_REACTION_ADD", map[string]any{
		"user_id": f.alice.ID, "channel_id": f.ops, "guild_id": f.guild.ID, "message_id": to.ID, "emoji": map[string]any{"name": "👍"},
	}
	if remove {
		kind = "MESSAGE_REACTION_REMOVE"
	} else {
		event["member"] = f.members[f.alice.ID]
	}
	f.tell(kind, event, discordgo.IntentGuildMessageReactions)
}

func (f *fake) heardReaction(ctx context.Context) (string, bool, error) {
	r, err := receive(ctx, f.seen.reactions)
	if err == nil && r.emoji != "👍" {
		err = errors.New("a reaction that nobody expects: " + r.emoji)
	}
	return "thumbsup", r.removed, err
}

func (f *fake) seenAs(ctx context.Context, status string) error {
	if status == "away" {
		status = "idle"
	}
	for {
		got, err := receive(ctx, f.seen.statuses)
		if err != nil || got == status {
			return err
		}
	}
}

func (f *fake) heardCard(ctx context.Context) (backend.Card, error) {
	e, err := receive(ctx, f.seen.cards)
	if err != nil {
		return backend.Card{}, err
	}
	c := backend.Card{Title: e.Title, Link: e.URL, Body: e.Description, Color: fmt.Sprintf("#%06x", e.Color)}
	for _, field := range e.Fields {
		c.Fields = append(c.Fields, backend.Field{Name: field.Name, Value: field.Value})
	}
	return c, nil
}
