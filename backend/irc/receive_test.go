package irc_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/backend/irc"
)

// inRoom is a bot in #ops with alice and bob.
func inRoom(t testing.TB, options irc.Options) (*fake, *irc.Backend, *host) {
	f := newFake(t)
	bot := f.bot(t, options)
	h := f.admit(t, bot)
	require.NoError(t, bot.Join(t.Context(), "#ops", "", "key"))
	f.expect(t, "WHO #ops")
	f.put(t, ":alice!ali@home JOIN #ops")
	return f, bot, h
}

func TestWhoSpeaks(t *testing.T) {
	f, _, h := inRoom(t, irc.Options{ACLPattern: "{nick}@{host}"})
	f.put(t, ":Alice!ali@home PRIVMSG #OPS :hello alice, and bob")
	m := h.message()
	require.Equal(t, backend.Person{ID: "alice!ali@home", Nick: "Alice", ACL: "Alice@home", Address: "Alice!ali@home"}, m.From)
	require.Equal(t, backend.Room{ID: "#ops", Name: "#ops", ACL: "#ops", Address: "#ops"}, *m.Room, "a room has one spelling")
	require.Len(t, m.Mentions, 1, "the mask of bob is not known")
	require.Equal(t, "alice!ali@home", m.Mentions[0].Address)
	require.False(t, m.Delayed)

	f.put(t, ":alice!ali@home PRIVMSG @#ops :to operators")
	require.Equal(t, "#ops", h.message().Room.ID)
}

// Whatever a person is called, the rules see their names and nothing that they made up.
func TestNamesInAccessRules(t *testing.T) {
	for pattern, want := range map[string]string{
		"":                      "{host}!ali@home",
		"{nick}":                "{host}",
		"{host}":                "home",
		"irc/{user}@{host}/end": "irc/ali@home/end",
		"{user}{user}{nick}":    "aliali{host}",
	} {
		f := newFake(t)
		h := f.admit(t, f.bot(t, irc.Options{ACLPattern: pattern}))
		f.put(t, ":{host}!ali@home PRIVMSG bot :hello")
		require.Equal(t, want, h.message().From.ACL, pattern)
	}
}

func TestKindsOfMessages(t *testing.T) {
	f, _, h := inRoom(t, irc.Options{})
	f.put(t, ":alice!ali@home NOTICE bot :by the way")
	require.Equal(t, map[string]any{irc.ExtraNotice: true}, h.message().Extras)
	f.put(t, ":alice!ali@home PRIVMSG #ops :\x01ACTION waves\x01")
	m := h.message()
	require.Equal(t, "waves", m.Body)
	require.Equal(t, map[string]any{irc.ExtraAction: true}, m.Extras)
	f.put(t, ":alice!ali@home PRIVMSG #ops :\x02bold\x02 \x0304,01red\x03 \x1funder\x0f\x07")
	require.Equal(t, "bold red under", h.message().Body, "formatting is not text")
	f.put(t, ":alice!ali@home PRIVMSG #ops :caf\xe9 \x80")
	require.Equal(t, "café €", h.message().Body, "a client without UTF-8")
}

func TestWhatIsIgnored(t *testing.T) {
	f, _, h := inRoom(t, irc.Options{})
	for _, line := range []string{
		":bot!bot@home PRIVMSG #ops :said by the bot",
		":BOT!bot@home PRIVMSG #ops :said by the bot",
		":irc.test.local NOTICE bot :*** a server's notice",
		"NOTICE bot :*** no source",
		":oper!o@h PRIVMSG $*.local :to everybody",
		":alice!ali@home PRIVMSG bot",
		":alice!ali@home PRIVMSG #ops :\x01DCC SEND x 1 2 3\x01",
		":alice!ali@home NOTICE bot :\x01VERSION a client\x01",
		"", ":", ":x", "@a=b", "  ", "PRIVMSG", "JOIN", ":a!b@c KICK", "353", "005", "BATCH", ":a!b@c MODE",
	} {
		f.put(t, line)
	}
	f.put(t, ":alice!ali@home PRIVMSG #ops :last")
	require.Equal(t, "last", h.message().Body)
}

func TestDelayed(t *testing.T) {
	f, _, h := inRoom(t, irc.Options{})
	f.put(t, "@time=2020-01-01T00:00:00.000Z :alice!ali@home PRIVMSG #ops :long ago")
	require.True(t, h.message().Delayed)
	f.put(t, "BATCH +1 chathistory #ops", "@batch=1 :alice!ali@home PRIVMSG #ops :history", "BATCH -1")
	require.True(t, h.message().Delayed)
	now := time.Now().UTC().Format("2006-01-02T15:04:05.000Z")
	f.put(t, "@time="+now+";batch=1 :alice!ali@home PRIVMSG #ops :now")
	require.False(t, h.message().Delayed)
}

func TestCTCP(t *testing.T) {
	f, _, _ := inRoom(t, irc.Options{Version: "errbot 1"})
	f.put(t, ":alice!ali@home PRIVMSG bot :\x01VERSION\x01")
	require.Equal(t, "NOTICE alice :\x01VERSION errbot 1\x01", f.expect(t, "NOTICE"))
	f.put(t, ":alice!ali@home PRIVMSG bot :\x01PING 12345\x01")
	require.Equal(t, "NOTICE alice :\x01PING 12345\x01", f.expect(t, "NOTICE"))
	for range 50 {
		f.put(t, ":alice!ali@home PRIVMSG bot :\x01CLIENTINFO\x01")
	}
	f.put(t, "PING :end")
	answers := 0
	for line := f.expect(t, ""); line != "PONG end"; line = f.expect(t, "") {
		answers++
	}
	require.LessOrEqual(t, answers, 3, "a flood of requests is not answered")
}

func TestRoomEvents(t *testing.T) {
	f, _, h := inRoom(t, irc.Options{})
	by := func(kind backend.RoomChangeKind, id string) func(backend.RoomChange) bool {
		return func(e backend.RoomChange) bool { return e.Kind == kind && e.Person.ID == id }
	}
	f.put(t, ":carol!c@h JOIN #ops")
	event(h, by(backend.Joined, "carol!c@h"))
	f.put(t, ":carol!c@h NICK Carola")
	f.put(t, ":alice!ali@home TOPIC #ops :\x02war\x02 room")
	topic := event(h, func(e backend.RoomChange) bool { return e.Kind == backend.TopicChanged })
	require.Equal(t, "war room", topic.Topic)
	require.Equal(t, "alice!ali@home", topic.By.Address)
	f.put(t, ":alice!ali@home KICK #ops Carola :out")
	require.Equal(t, "alice!ali@home", event(h, by(backend.Left, "carola!c@h")).By.Address)
	f.put(t, ":alice!ali@home AWAY :lunch")
	require.Equal(t, "lunch", event(h, func(p backend.Presence) bool { return p.Status == "away" }).Note)
	f.put(t, ":alice!ali@home AWAY")
	event(h, func(p backend.Presence) bool { return p.Status == "online" })
	f.put(t, ":alice!ali@home PART #ops :bye")
	event(h, by(backend.Left, "alice!ali@home"))
	f.put(t, ":dave!d@h JOIN #ops", ":dave!d@h QUIT :Quit: gone")
	event(h, by(backend.Left, "dave!d@h"))
	require.Equal(t, "Quit: gone", event(h, func(p backend.Presence) bool { return p.Status == "offline" }).Note)
}

func TestKickAndRejoin(t *testing.T) {
	f, bot, h := inRoom(t, irc.Options{RejoinDelay: time.Millisecond})
	f.takeOver()
	f.put(t, ":alice!ali@home KICK #ops bot :out")
	require.Equal(t, "JOIN #ops key", f.expect(t, "JOIN"))
	token := f.expect(t, "PING ")[len("PING "):]
	sent := make(chan error, 1)
	ref, err := bot.Resolve(t.Context(), "#ops")
	require.NoError(t, err)
	go func() { sent <- say(t, bot, ref, "back") }()
	f.put(t, ":bot!bot@home JOIN #ops", ":s PONG s "+token)
	require.Equal(t, "PRIVMSG #ops back", f.expect(t, "PRIVMSG"), "what is said meanwhile waits")
	f.put(t, ":s PONG s "+f.expect(t, "PING ")[len("PING "):])
	require.NoError(t, receive(t, sent))
	event(h, func(e backend.RoomChange) bool { return e.Kind == backend.Left && e.Person.Nick == "bot" })
}

func TestKickForGood(t *testing.T) {
	f, bot, h := inRoom(t, irc.Options{RejoinDelay: -1})
	f.put(t, ":alice!ali@home KICK #ops bot :out")
	event(h, func(e backend.RoomChange) bool { return e.Kind == backend.Left })
	rooms, err := bot.Rooms(t.Context())
	require.NoError(t, err)
	require.Empty(t, rooms)
}

func FuzzServerLine(f *testing.F) {
	for _, line := range []string{
		":a!b@c PRIVMSG #ops :x", "BATCH +1 chathistory", ":a KICK #ops bot", ":irc 353 bot = #ops :@a b!c@d", "@time=x PING",
		":irc 005 bot CHANTYPES= STATUSMSG= CASEMAPPING=ascii :x", ":bot!b@c NICK", ":a!b@c PRIVMSG bot :\x01VERSION\x01", ":irc 001",
	} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		fake, _, h := inRoom(t, irc.Options{})
		fake.put(t, line)
		select {
		case <-h.ended: // by an ERROR in line
		case <-handled(t, fake):
		}
	})
}

// handled is told when the bot has handled what f has said, or has hung up.
func handled(t testing.TB, f *fake) <-chan struct{} {
	done := make(chan struct{})
	_, err := f.wire.Write([]byte("PING :fuzz\r\n"))
	go func() {
		defer close(done)
		for err == nil {
			line, ok := <-f.lines
			if !ok || line == "PONG fuzz" {
				return
			}
		}
	}()
	t.Cleanup(func() { <-done })
	return done
}
