package irc_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/backend/irc"
)

func TestWrongServerPassword(t *testing.T) {
	for name, s := range map[string]*ircd{
		"ngircd":   startNgircd(t, "Password = right"),
		"inspircd": startInspIRCd(t, connectBlock(`password="right"`)),
	} {
		t.Run(name, func(t *testing.T) {
			bot := newBot(t, irc.Options{Server: "127.0.0.1", Port: s.port, Nick: "bot", Password: "wr0ng"})
			err := begin(t, bot).end()
			require.ErrorIs(t, err, backend.ErrRefused)
			require.NotContains(t, err.Error(), "wr0ng")
			run(t, newBot(t, irc.Options{Server: "127.0.0.1", Port: s.port, Nick: "bot", Password: "right"}))
		})
	}
}

func TestRooms(t *testing.T) {
	eachServer(t, func(t *testing.T, s *ircd) {
		alice := dialWitness(t, s.address(), "alice")
		bob := dialWitness(t, s.address(), "bob")
		alice.join("#ops")
		alice.raw("MODE #ops +tk key")
		alice.raw("TOPIC #ops :the \x02war\x02 room")
		alice.sync()
		bot := newBot(t, irc.Options{Server: "127.0.0.1", Port: s.port, Nick: "bot", RejoinDelay: 50 * time.Millisecond})
		h := run(t, bot)
		ctx := t.Context()

		require.ErrorContains(t, bot.Join(ctx, "#ops", "", ""), "(475)", "a wrong key")
		require.NoError(t, bot.Join(ctx, "#ops", "", "key"))
		require.NoError(t, bot.Join(ctx, "#OPS", "", "key"), "twice is no error")
		rooms, err := bot.Rooms(ctx)
		require.NoError(t, err)
		require.Equal(t, []backend.Room{{ID: "#ops", Name: "#ops", ACL: "#ops", Address: "#ops"}}, rooms)
		people, err := bot.Occupants(ctx, "#ops")
		require.NoError(t, err)
		var nicks []string
		for _, p := range people {
			ref, err := bot.Resolve(ctx, p.Nick)
			require.NoError(t, err)
			require.Equal(t, p, *ref.Person, "everything says the same of a person")
			nicks = append(nicks, p.Nick)
		}
		require.ElementsMatch(t, []string{"alice", "bot"}, nicks)
		require.Contains(t, people, bot.Self())

		topic, err := bot.Topic(ctx, "#ops")
		require.NoError(t, err)
		require.Equal(t, "the war room", topic)
		require.Error(t, bot.SetTopic(ctx, "#ops", "no operator"))
		alice.raw("MODE #ops +o bot")
		alice.sync()
		require.NoError(t, bot.SetTopic(ctx, "#ops", "set\r\nby the bot"))
		require.Contains(t, alice.until(" TOPIC #ops "), ":set by the bot")
		require.NoError(t, bot.SetTopic(ctx, "#ops", ""))
		topic, err = bot.Topic(ctx, "#ops")
		require.NoError(t, err)
		require.Empty(t, topic)

		require.NoError(t, bot.Invite(ctx, "#ops", "bob"))
		bob.until(" INVITE bob ")
		require.ErrorIs(t, bot.Invite(ctx, "#ops", "nobody"), backend.ErrUnknown)

		alice.raw("KICK #ops bot :out")
		event(h, func(e backend.RoomChange) bool {
			return e.Kind == backend.Left && e.Person.ID == bot.Self().ID && e.By.Nick == "alice"
		})
		event(h, func(e backend.RoomChange) bool { return e.Kind == backend.Joined && e.Person.ID == bot.Self().ID })

		require.NoError(t, bot.Leave(ctx, "#ops", "enough"))
		alice.until("PART #ops")
		require.Error(t, bot.Leave(ctx, "#ops", ""))
		rooms, err = bot.Rooms(ctx)
		require.NoError(t, err)
		require.Empty(t, rooms)
	})
}

// A line of the bot's arrives whole, however long the text is: the server cuts none.
func TestLongTextArrives(t *testing.T) {
	eachServer(t, func(t *testing.T, s *ircd) {
		alice := dialWitness(t, s.address(), "alice")
		bot := newBot(t, irc.Options{Server: "127.0.0.1", Port: s.port, Nick: "bot"})
		run(t, bot)
		ref, err := bot.Resolve(t.Context(), "alice")
		require.NoError(t, err)
		body := strings.Repeat("größer 世界 👩‍👩‍👧 ", 3000) // 100 kB
		require.NoError(t, say(t, bot, ref, body))
		alice.raw("PING :end")
		var got strings.Builder
		for line := alice.until(""); !strings.HasSuffix(line, "end"); line = alice.until("") {
			_, part := text(line)
			got.WriteString(strings.ReplaceAll(part, " ", ""))
		}
		require.Equal(t, strings.ReplaceAll(body, " ", ""), got.String())
	})
}

func TestNickTakenOnRealServers(t *testing.T) {
	eachServer(t, func(t *testing.T, s *ircd) {
		other := dialWitness(t, s.address(), "bot")
		other.join("#ops")
		bot := newBot(t, irc.Options{Server: "127.0.0.1", Port: s.port, Nick: "bot"})
		h := run(t, bot)
		require.Equal(t, "bot_", bot.Self().Nick)
		require.NoError(t, bot.Join(t.Context(), "#ops", "", ""))
		other.raw("QUIT :bye")
		event(h, func(p backend.Presence) bool { return p.Status == "offline" })
		alice := dialWitness(t, s.address(), "alice")
		require.Eventually(t, func() bool { return bot.Self().Nick == "bot" }, patience, 5*time.Millisecond)
		alice.say("bot", "hello")
		require.Equal(t, "hello", h.message().Body)
	})
}

// Somebody who is lost in a netsplit is waited for.
func TestNetsplit(t *testing.T) {
	const hubName, leafName = "irc.test.local", "leaf.test.local"
	t.Run("ngircd", func(t *testing.T) {
		const link = "[Server]\nName = %s\nHost = 127.0.0.1\nMyPassword = a-secret\nPeerPassword = a-secret\n"
		leaf := startNgircdAs(t, leafName, fmt.Sprintf(link+"Passive = yes\n", hubName))
		hub := startNgircdAs(t, hubName, fmt.Sprintf(link+"Port = %d\n", leafName, leaf.port))
		netsplit(t, hub, leaf)
	})
	t.Run("inspircd", func(t *testing.T) {
		const link = `<module name="spanningtree"><bind address="127.0.0.1" port="%[2]d" type="servers">` +
			`<link name="%[1]s" ipaddr="127.0.0.1" port="%[3]d" allowmask="127.0.0.1" sendpass="a-secret" recvpass="a-secret">`
		here, there := freePort(t), freePort(t)
		leaf := startInspIRCdAs(t, leafName, fmt.Sprintf(link, hubName, there, here))
		hub := startInspIRCdAs(t, hubName, fmt.Sprintf(link+`<autoconnect period="1s" server="%[1]s">`, leafName, here, there))
		netsplit(t, hub, leaf)
	})
}

func netsplit(t *testing.T, hub, leaf *ircd) {
	bot := newBot(t, irc.Options{Server: "127.0.0.1", Port: hub.port, Nick: "bot"})
	h := run(t, bot)
	require.NoError(t, bot.Join(t.Context(), "#ops", "", ""))
	dialWitness(t, leaf.address(), "alice").join("#ops")
	event(h, func(e backend.RoomChange) bool { return e.Kind == backend.Joined && e.Person.Nick == "alice" })
	ref, err := bot.Resolve(t.Context(), "alice")
	require.NoError(t, err)

	leaf.stop()
	event(h, func(e backend.RoomChange) bool { return e.Kind == backend.Left && e.Person.Nick == "alice" })
	requireRetryable(t, say(t, bot, ref, "lost"))
	alice := dialWitness(t, hub.address(), "alice")
	alice.join("#ops")
	event(h, func(e backend.RoomChange) bool { return e.Kind == backend.Joined && e.Person.Nick == "alice" })
	require.NoError(t, say(t, bot, ref, "found"))
	require.Contains(t, alice.until(" PRIVMSG alice "), "found")
}

// What was said before is history and no command.
func TestHistory(t *testing.T) {
	s := startInspIRCd(t, "")
	alice := dialWitness(t, s.address(), "alice")
	alice.join("#ops")
	alice.raw("MODE #ops +H 10:1h")
	alice.say("#ops", "before")
	alice.sync()
	bot := newBot(t, irc.Options{Server: "127.0.0.1", Port: s.port, Nick: "bot"})
	h := run(t, bot)
	require.NoError(t, bot.Join(t.Context(), "#ops", "", ""))
	m := h.message()
	require.Equal(t, "before", m.Body)
	require.True(t, m.Delayed)
	alice.say("#ops", "now")
	require.False(t, h.message().Delayed)
}

func TestServerRestart(t *testing.T) {
	eachServer(t, func(t *testing.T, s *ircd) {
		bot := newBot(t, irc.Options{Server: "127.0.0.1", Port: s.port, Nick: "bot"})
		h := run(t, bot)
		require.NoError(t, bot.Join(t.Context(), "#ops", "", ""))
		ops, err := bot.Resolve(t.Context(), "#ops")
		require.NoError(t, err)
		s.stop()
		require.Error(t, h.end())
		requireRetryable(t, say(t, bot, ops, "x"))
		s.start()
		run(t, bot)
		alice := dialWitness(t, s.address(), "alice")
		require.NoError(t, say(t, bot, ops, "the bot is in its room again"))
		alice.join("#ops")
		require.NoError(t, say(t, bot, ops, "hello alice"))
		require.Contains(t, alice.until(" PRIVMSG #ops "), "hello alice")
	})
}
