package telegram_test

import (
	"cmp"
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/go-telegram/bot/models"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/backend/backendtest"
	"github.com/go-errbot/errbot/backend/telegram"
	"github.com/go-errbot/errbot/bot/secret"
)

// view is what a person sees of the bot.
type view struct {
	messages  chan *sent
	queues    map[string][]*sent
	files     chan file
	changes   chan string
	reactions chan reaction
}

type file struct {
	name    string
	content []byte
}

type reaction struct {
	emoji   string
	removed bool
}

func newView() view {
	return view{
		messages: make(chan *sent, 100_000), queues: map[string][]*sent{}, files: make(chan file, 100),
		changes: make(chan string, 100), reactions: make(chan reaction, 100),
	}
}

func (v *view) message(m *sent, name, content string) {
	v.messages <- m
	if name != "" {
		v.files <- file{name, []byte(content)}
	}
}

// spot is where a message is seen: a chat, a topic in it, an answer to another message.
func spot(chat int64, topic, reply int) string { return fmt.Sprint(chat, "/", topic, "/", reply) }

// next returns the next message with text at a spot.
func (v *view) next(ctx context.Context, at string) (*sent, error) {
	for {
		if q := v.queues[at]; len(q) > 0 {
			v.queues[at] = q[1:]
			return q[0], nil
		}
		m, err := receive(ctx, v.messages)
		if err != nil {
			return nil, err
		}
		if key := spot(m.chat, m.topic, m.reply); m.text != "" {
			v.queues[key] = append(v.queues[key], m)
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

// shown is a text as people see it.
func shown(text string) string { return strings.ReplaceAll(text, "\u200b", "") }

var name = regexp.MustCompile(`(?:^|\W)(@\w+)`)

// mentions reports whether a message tells somebody of itself: Telegram looks for names in
// all that is not code.
func (m *sent) mentions() bool {
	units := utf16.Encode([]rune(m.text))
	for _, e := range m.entities {
		switch e.Type {
		case models.MessageEntityTypeTextMention:
			return true
		case models.MessageEntityTypeCode, models.MessageEntityTypePre:
			for i := e.Offset; i < e.Offset+e.Length; i++ {
				units[i] = ' '
			}
		}
	}
	return name.MatchString(string(utf16.Decode(units)))
}

func chatOf(room string) int64 {
	if room == "" {
		return alice
	}
	return group
}

// say makes the person say something.
func (f *fake) say(chat int64, text string, change func(m *models.Message)) *models.Message {
	f.mu.Lock()
	defer f.mu.Unlock()
	m := f.message(chat, text)
	if change != nil {
		change(m)
	}
	f.tell(&models.Update{Message: m})
	return m
}

func (f *fake) message(chat int64, text string) *models.Message {
	m := &models.Message{
		ID: f.next, Date: int(time.Now().Unix()), Text: text,
		From: &models.User{ID: alice, FirstName: "Alice", LastName: "Example", Username: "alice"},
		Chat: models.Chat{ID: chat, Type: models.ChatTypePrivate, FirstName: "Alice", Username: "alice"},
	}
	f.next++
	if chat < 0 {
		m.Chat = models.Chat{ID: chat, Type: models.ChatTypeSupergroup, Title: "ops", IsForum: f.forum}
	}
	for _, at := range name.FindAllStringSubmatchIndex(text, -1) {
		m.Entities = append(m.Entities, models.MessageEntity{
			Type: models.MessageEntityTypeMention, Offset: len(utf16.Encode([]rune(text[:at[2]]))), Length: at[3] - at[2],
		})
	}
	return m
}

// network is the fake as the contract sees it.
func (f *fake) network(t testing.TB, b *telegram.Backend) backendtest.Network {
	var last *models.Message
	return backendtest.Network{
		Backend: b, Person: strconv.Itoa(alice), Room: strconv.Itoa(group), Unknown: "424242",
		Refused: f.newBot(t, func(o *telegram.Options) { o.Token = secret.String("1:wrong") }),
		Say:     func(room, text string) { last = f.say(chatOf(room), text, nil) },
		Heard: func(ctx context.Context, room string) (string, error) {
			m, err := f.seen.next(ctx, spot(chatOf(room), 0, 0))
			if err != nil {
				return "", err
			}
			return shown(m.text), nil
		},
		Cut: f.cut,
		Throttle: func() {
			f.mu.Lock()
			defer f.mu.Unlock()
			f.full = 1
		},
		SayDelayed: func(text string) {
			f.say(group, text, func(m *models.Message) { m.Date -= 3600 })
		},
		Change: func(text string) {
			f.mu.Lock()
			defer f.mu.Unlock()
			changed := *last
			changed.Text, changed.EditDate = text, int(time.Now().Unix())
			f.tell(&models.Update{EditedMessage: &changed})
		},
		HeardChange: func(ctx context.Context) (string, error) { return receive(ctx, f.seen.changes) },
		Answer: func(to backend.Ref, text string) {
			root := f.rootOf(to)
			f.say(group, text, func(m *models.Message) {
				m.MessageThreadID, m.ReplyToMessage = root, &models.Message{ID: root, Chat: m.Chat}
			})
		},
		HeardAnswer: func(ctx context.Context, to backend.Ref) (string, error) {
			m, err := f.seen.next(ctx, spot(group, 0, f.rootOf(to)))
			if err != nil {
				return "", err
			}
			return shown(m.text), nil
		},
		Call: func(text string) { f.say(group, "@errbot "+text, nil) },
		HeardCall: func(ctx context.Context) (string, bool, error) {
			m, err := f.seen.next(ctx, spot(group, 0, 0))
			if err != nil {
				return "", false, err
			}
			return shown(m.text), m.mentions(), nil
		},
		SayFile: func(name string, content []byte) {
			f.mu.Lock()
			f.files["file-1"] = content
			f.mu.Unlock()
			f.say(group, "", func(m *models.Message) {
				m.Document = &models.Document{FileID: "file-1", FileName: name, FileSize: int64(len(content))}
			})
		},
		HeardFile: func(ctx context.Context) (string, []byte, error) {
			x, err := receive(ctx, f.seen.files)
			return x.name, x.content, err
		},
		React: f.react,
		HeardReaction: func(ctx context.Context) (string, bool, error) {
			r, err := receive(ctx, f.seen.reactions)
			return map[string]string{"👍": "thumbsup"}[r.emoji], r.removed, err
		},
		Walk: func(in bool) {
			f.say(group, "", func(m *models.Message) {
				if in {
					m.NewChatMembers = []models.User{*m.From}
				} else {
					m.LeftChatMember = m.From
				}
			})
		},
		Restart: f.cut,
		Cannot: []backendtest.Feature{
			backendtest.Echoes,      // Telegram tells no bot what it said itself
			backendtest.Presence,    // bots are not told who is online
			backendtest.Invitations, // a bot may only make links that let in everybody who has them
		},
	}
}

// rootOf returns what an answer is an answer to: when a Ref has no ID, what the bot said last.
func (f *fake) rootOf(to backend.Ref) int {
	if id := cmp.Or(to.Thread, to.ID); id != "" {
		n, _ := strconv.Atoi(id)
		return n
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	root := 0
	for id, m := range f.messages {
		if m.chat == group && m.reply == 0 {
			root = max(root, id)
		}
	}
	return root
}

func (f *fake) react(to backend.Ref, _ string, remove bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	id, _ := strconv.Atoi(to.ID)
	thumb := []models.ReactionType{{
		Type: models.ReactionTypeTypeEmoji, ReactionTypeEmoji: &models.ReactionTypeEmoji{Type: "emoji", Emoji: "👍"},
	}}
	m := f.message(group, "")
	u := &models.MessageReactionUpdated{Chat: m.Chat, MessageID: id, User: m.From, Date: m.Date, NewReaction: thumb}
	if remove {
		u.OldReaction, u.NewReaction = thumb, nil
	}
	f.tell(&models.Update{MessageReaction: u})
}
