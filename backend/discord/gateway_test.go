package discord_test

import (
	"bytes"
	"log/slog"
	"testing"

	"github.com/bwmarrin/discordgo"
	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/backend/discord"
)

// What somebody has to change first is refused at once, and says what to do.
func TestRefusals(t *testing.T) {
	for name, c := range map[string]struct {
		code   int
		change func(o *discord.Options)
		says   string
	}{
		"token":           {change: func(o *discord.Options) { o.Token = "another" }, says: "does not know the bot's token"},
		"token, later":    {code: 4004, says: "does not know the bot's token"},
		"intents":         {code: 4014, says: "Privileged Gateway Intents"},
		"invalid intents": {code: 4013, says: "does not accept"},
		"too large":       {code: 4011, says: "too many servers"},
		"wrong server":    {change: func(o *discord.Options) { o.Guild = "42" }, says: "not in the server 42"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t)
			f.closeWith = c.code
			err := begin(t, f.newBot(t, c.change)).end()
			require.ErrorIs(t, err, backend.ErrRefused)
			require.ErrorContains(t, err, c.says)
			require.NotContains(t, err.Error(), token)
			require.Len(t, f.requests, 1, "Run must not try again by itself")
		})
	}
}

// Codes that may pass are no refusal.
func TestClosedForNow(t *testing.T) {
	f := newFake(t)
	f.closeWith = 4000
	err := begin(t, f.newBot(t, nil)).end()
	require.ErrorContains(t, err, "code 4000")
	require.NotErrorIs(t, err, backend.ErrRefused)
}

// Only what is configured is asked for; presence survives a new connection.
func TestIdentifies(t *testing.T) {
	f := newFake(t)
	f.forgetful = true
	bot := f.newBot(t, func(o *discord.Options) { o.Members, o.Presences = false, false })
	require.NoError(t, bot.SetPresence(t.Context(), "dnd", "busy"))
	h := run(t, bot)
	privileged := discordgo.IntentGuildMembers | discordgo.IntentGuildPresences | discordgo.IntentMessageContent
	require.Equal(t, discordgo.IntentMessageContent, f.intents&privileged)
	presence := f.identify["presence"].(map[string]any)
	require.Equal(t, "dnd", presence["status"])
	require.Equal(t, "busy", presence["activities"].([]any)[0].(map[string]any)["state"])
	_, err := bot.Occupants(t.Context(), "#ops")
	require.ErrorContains(t, err, "Server Members")
	h.stop()
	require.NoError(t, h.end())
}

// A connection on which heartbeats are not answered is given up.
func TestSilentGateway(t *testing.T) {
	f := newFake(t)
	f.mute, f.every = true, 20
	require.Error(t, run(t, f.newBot(t, nil)).end())
}

// The gateway asks for a new connection: the session goes on, nothing is lost or doubled.
func TestReconnectsWhenAsked(t *testing.T) {
	f := newFake(t)
	bot := f.newBot(t, nil)
	h := run(t, bot)
	f.say(f.ops, "before")
	require.Equal(t, "before", h.message().Body)
	f.mu.Lock()
	for _, s := range f.sessions {
		s.wire.write(packet{Op: 7})
	}
	f.mu.Unlock()
	require.ErrorContains(t, h.end(), "asks for a new connection")
	f.say(f.ops, "meanwhile")
	h = run(t, bot)
	f.say(f.ops, "after")
	require.Equal(t, "meanwhile", h.message().Body)
	require.Equal(t, "after", h.message().Body)
	require.NotContains(t, f.requests, "GET /api/v9/channels/"+f.ops+"/messages")
}

// Discord has lost the session: the history tells what was said in channels, threads and
// private conversations, but for what was said long ago or before the bot existed.
func TestHistory(t *testing.T) {
	f := newFake(t)
	f.forgetful = true
	f.say(f.ops, "before the bot existed")
	bot := f.newBot(t, nil)
	h := run(t, bot)
	root := f.say(f.ops, "hello")
	f.say(f.direct, "hello in private")
	for range 2 {
		h.message()
	}
	f.cut()
	require.Error(t, h.end())
	for range 250 {
		f.say(f.ops, "in the channel")
	}
	f.answerIn(backend.Ref{ID: root.ID}, "in a thread")
	f.say(f.direct, "in private")
	h = run(t, bot)
	for range 250 {
		require.Equal(t, "in the channel", h.message().Body)
	}
	m := h.message()
	require.Equal(t, []string{"in a thread", root.ID, f.ops}, []string{m.Body, m.Thread, m.Room.ID})
	m = h.message()
	require.Equal(t, "in private", m.Body)
	require.True(t, m.IsPrivate())
	require.False(t, m.Delayed)
	require.Equal(t, []string{"role:oncall"}, m.Groups)
	f.say(f.ops, "and on")
	require.Equal(t, "and on", h.message().Body)
}

// Without the privileged intent Discord hides what people say: that is told, once.
func TestMissingContent(t *testing.T) {
	f := newFake(t)
	var logged bytes.Buffer
	bot := f.newBot(t, func(o *discord.Options) {
		o.WithoutContent, o.Log = true, slog.New(slog.NewTextHandler(&logged, nil))
	})
	h := run(t, bot)
	f.say(f.ops, "!help")
	f.say(f.ops, "!help again")
	require.Empty(t, h.message().Body)
	require.Empty(t, h.message().Body)
	f.say(f.ops, "<@"+f.bot.ID+"> !help")
	require.Equal(t, "@errbot#4711 !help", h.message().Body)
	f.say(f.direct, "!help")
	require.Equal(t, "!help", h.message().Body)
	require.Equal(t, 1, bytes.Count(logged.Bytes(), []byte("privileged intent Message Content")))
}
