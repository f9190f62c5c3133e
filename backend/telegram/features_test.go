package telegram_test

import (
	"bytes"
	"log/slog"
	"strconv"
	"strings"
	"testing"

	"github.com/go-telegram/bot/models"
	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/backend/telegram"
)

// A forum's topics are threads; where the topic is gone, the answer goes to the group.
func TestTopics(t *testing.T) {
	f := newFake(t)
	f.forum = true
	bot := f.newBot(t, nil)
	h := run(t, bot)
	f.say(group, "in general", func(m *models.Message) { m.ReplyToMessage = &models.Message{ID: 1} })
	require.Empty(t, h.message().Thread)
	f.say(group, "in a topic", func(m *models.Message) { m.MessageThreadID, m.IsTopicMessage = 17, true })
	m := h.message()
	require.Equal(t, "topic:17", m.Thread)
	send(t, bot, &backend.Message{Ref: m.Ref, Body: "there"})
	_, err := f.seen.next(t.Context(), spot(group, 17, 0))
	require.NoError(t, err)
	require.NoError(t, bot.Typing(t.Context(), m.Ref))
	f.mu.Lock()
	f.noTopics = true
	f.mu.Unlock()
	send(t, bot, &backend.Message{Ref: m.Ref, Body: "here"})
	_, err = f.seen.next(t.Context(), spot(group, 0, 0))
	require.NoError(t, err)
}

// A group that becomes a supergroup has another number: messages follow, and the operator is
// told to change the rules.
func TestGroupBecomesSupergroup(t *testing.T) {
	f := newFake(t)
	var logged bytes.Buffer
	bot := f.newBot(t, func(o *telegram.Options) { o.Log = slog.New(slog.NewTextHandler(&logged, nil)) })
	run(t, bot)
	ops := resolve(t, bot, "-1001")
	f.mu.Lock()
	f.movedTo = -100200
	f.mu.Unlock()
	for range 2 {
		sent := send(t, bot, &backend.Message{Ref: ops, Body: "hello"})
		require.Equal(t, "-100200", sent.Room.ID)
	}
	require.Equal(t, "-100200", resolve(t, bot, "-1001").Room.ID)
	require.Equal(t, 1, strings.Count(logged.String(), "access rules"))
}

func TestMigrationIsTold(t *testing.T) {
	f := newFake(t)
	bot := f.newBot(t, nil)
	h := run(t, bot)
	f.say(group, "", func(m *models.Message) { m.MigrateToChatID = -100200 })
	f.say(group, "after", nil)
	require.Equal(t, "after", h.message().Body)
	f.mu.Lock()
	f.movedTo = -100200
	f.mu.Unlock()
	require.Equal(t, "-100200", send(t, bot, &backend.Message{Ref: backend.ToRoom(backend.Room{ID: "-1001"}), Body: "x"}).Room.ID)
}

// Commands name their bot in groups; those for another bot are not ours.
func TestCommands(t *testing.T) {
	f := newFake(t)
	h := run(t, f.newBot(t, nil))
	for _, text := range []string{"/st2@errbot list all", "/st2@ErrBot", "/st2@errbot\nlist", "/st2 a@b", "/st2@another_bot list", "/ a@b.c d", "st2@errbot"} {
		f.say(group, text, nil)
	}
	for _, want := range []string{"/st2 list all", "/st2", "/st2\nlist", "/st2 a@b", "/ a@b.c d", "st2@errbot"} {
		require.Equal(t, want, h.message().Body)
	}
}

// Who hides is nobody, and so is a channel.
func TestWhatIsIgnored(t *testing.T) {
	f := newFake(t)
	h := run(t, f.newBot(t, nil))
	f.say(group, "anonymous", func(m *models.Message) { m.SenderChat = &m.Chat })
	f.say(group, "a post", func(m *models.Message) { m.Chat.Type = models.ChatTypeChannel })
	f.say(group, "nobody", func(m *models.Message) { m.From = nil })
	f.say(group, "", func(m *models.Message) { m.Sticker = &models.Sticker{} })
	f.say(group, "somebody", nil)
	require.Equal(t, "somebody", h.message().Body)
}

// Rules may use the number, and the username beside it.
func TestNames(t *testing.T) {
	f := newFake(t)
	bot := f.newBot(t, nil)
	h := run(t, bot)
	_, err := bot.Resolve(t.Context(), "@alice")
	require.ErrorIs(t, err, backend.ErrUnknown, "Telegram does not tell whose name it is")
	f.say(alice, "hello", nil)
	m := h.message()
	require.Equal(t, []string{"7001", "alice", "Alice Example"}, []string{m.From.ACL, m.From.Nick, m.From.FullName})
	require.Equal(t, []string{"@alice"}, m.Groups)
	require.Equal(t, "7001", resolve(t, bot, "@Alice").Person.ID)
	require.Equal(t, "-1001", resolve(t, bot, "@ops_public").Room.ID)
	require.Equal(t, "9001", resolve(t, bot, "@errbot").Person.ID)
	for _, address := range []string{"alice", "@", "-", "12x", "@../getMe", strings.Repeat("1", 30)} {
		_, err := bot.Resolve(t.Context(), address)
		require.ErrorIs(t, err, backend.ErrUnknown, address)
	}
}

// The text beside a file that is too long for that goes before it.
func TestLongCaption(t *testing.T) {
	f := newFake(t)
	bot := f.newBot(t, nil)
	run(t, bot)
	upload := &backend.Upload{Name: "a.txt", Content: []byte("x")}
	text := strings.Repeat("word ", 300)
	_, err := bot.SendFile(t.Context(), upload, &backend.Message{Ref: resolve(t, bot, "7001"), Body: text})
	require.NoError(t, err)
	m, err := f.seen.next(t.Context(), spot(alice, 0, 0))
	require.NoError(t, err)
	require.Equal(t, strings.TrimSpace(text), m.text)
	require.Equal(t, "a.txt", await(t, f.seen.files).name)
	upload.Content = make([]byte, 51<<20)
	_, err = bot.SendFile(t.Context(), upload, &backend.Message{Ref: resolve(t, bot, "7001")})
	require.ErrorIs(t, err, backend.ErrFileTooLarge)
}

func TestLargeFile(t *testing.T) {
	f := newFake(t)
	f.files["large"] = make([]byte, 21<<20)
	bot := f.newBot(t, nil)
	run(t, bot)
	_, err := bot.OpenFile(t.Context(), backend.File{URL: "telegram:large"})
	require.ErrorIs(t, err, backend.ErrFileTooLarge)
	_, err = bot.OpenFile(t.Context(), backend.File{URL: "https://example.com/x"})
	require.ErrorIs(t, err, backend.ErrUnknown)
}

// Markdown arrives as text and ranges; a name in it mentions nobody, one in code stays whole.
func TestMarkdown(t *testing.T) {
	f := newFake(t)
	bot := f.newBot(t, nil)
	run(t, bot)
	send(t, bot, &backend.Message{Ref: resolve(t, bot, "7001"), Body: "😀 @alice **done**, run `@x` at [home](https://example.com)"})
	m, err := f.seen.next(t.Context(), spot(alice, 0, 0))
	require.NoError(t, err)
	require.Equal(t, "😀 @\u200balice done, run @x at home", m.text)
	require.Equal(t, []models.MessageEntity{
		{Type: "bold", Offset: 11, Length: 4}, {Type: "code", Offset: 21, Length: 2},
		{Type: "text_link", Offset: 27, Length: 4, URL: "https://example.com"},
	}, m.entities)
}

func TestEditAndReact(t *testing.T) {
	f := newFake(t)
	bot := f.newBot(t, nil)
	run(t, bot)
	sent := send(t, bot, &backend.Message{Ref: resolve(t, bot, "7001"), Body: "wait"})
	require.ErrorContains(t, bot.React(t.Context(), sent, "poop"), "REACTION_INVALID")
	require.NoError(t, bot.React(t.Context(), sent, "tada"))
	require.Equal(t, "🎉", await(t, f.seen.reactions).emoji)
	sent.ID = "x"
	require.ErrorIs(t, bot.Edit(t.Context(), &backend.Message{Ref: sent, Body: "y"}), backend.ErrUnknown)
	sent.ID = strconv.Itoa(1 << 20)
	require.ErrorContains(t, bot.Edit(t.Context(), &backend.Message{Ref: sent, Body: "y"}), "not found")
}

func TestOptions(t *testing.T) {
	for name, o := range map[string]telegram.Options{
		"no token": {}, "no number": {Token: "abc"}, "a path": {Token: "1:../x"},
		"an address": {Token: "1:a", Server: "example.com"}, "a poll": {Token: "1:a", Poll: 1},
	} {
		_, err := telegram.New(o)
		require.Error(t, err, name)
	}
}
