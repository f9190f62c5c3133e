package irc_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/backend/irc"
)

// pong answers the bot's next PING.
func (f *fake) pong(t testing.TB) {
	t.Helper()
	f.put(t, ":s PONG s "+f.expect(t, "PING ")[len("PING "):])
}

func TestMarkdown(t *testing.T) {
	f := newFake(t)
	bot := f.bot(t, irc.Options{})
	f.admit(t, bot)
	for body, want := range map[string][]string{
		"all **good** or *not*":               {"all \x02good\x0f or \x1fnot\x0f"},
		"# title\n\ntext":                     {"\x02TITLE\x0f", "text"},
		"[page](https://example.com)":         {"page (https://example.com)"},
		"- a\n- b":                            {"• a", "• b"},
		"up{:color='green'}":                  {"\x0303,99up\x0f"},
		"**up**{:color='green'}, 2":           {"\x02\x0303,99up\x0f, 2"},
		"**up**{:color='red' bgcolor='blue'}": {"\x02\x0304,02up\x0f"},
		"```\n  two\n\nx*y*\n```":             {"  two", "x*y*"},
		"**two\nlines**":                      {"\x02two\x0f", "\x02lines\x0f"},
		"\x01VERSION\x01":                     {"*VERSION*"},
		"a\r\nQUIT :x\rJOIN #y\x00\x02b":      {"a", "QUIT :x", "JOIN #yb"},
		"":                                    {" "},
		"::x":                                 {"::x"},
	} {
		_, err := bot.Send(t.Context(), &backend.Message{Ref: toAlice(), Body: body})
		require.NoError(t, err)
		var got []string
		for range want {
			_, text := text(":bot " + f.expect(t, "PRIVMSG alice"))
			got = append(got, text)
		}
		require.Equal(t, want, got, "%q", body)
	}
	require.Empty(t, f.lines)
}

// A line is never longer than 512 bytes when it arrives, and never cut inside a character.
func TestLongLines(t *testing.T) {
	f := newFake(t)
	bot := f.bot(t, irc.Options{})
	f.admit(t, bot)
	for name, body := range map[string]string{
		"words":     strings.Repeat("word ", 500),
		"one word":  strings.Repeat("x", 3000),
		"umlauts":   "x" + strings.Repeat("ü", 2000),
		"emoji":     strings.Repeat("👩‍👩‍👧", 300),
		"bold":      "**" + strings.Repeat("bold ", 300) + "end**",
		"indented":  "   " + strings.Repeat("y", 900),
		"backticks": "```\n" + strings.Repeat("z ", 900) + "\n```",
	} {
		t.Run(name, func(t *testing.T) {
			m := &backend.Message{Ref: toAlice(), Body: body, Plain: name != "bold" && name != "backticks"}
			_, err := bot.Send(t.Context(), m)
			require.NoError(t, err)
			var all strings.Builder
			for len(f.lines) > 0 {
				line := f.expect(t, "PRIVMSG alice")
				require.LessOrEqual(t, len(":bot!~longestuse@ "+strings.Repeat("h", 63)+line+"\r\n"), 512)
				require.True(t, utf8.ValidString(line))
				_, part := text(":bot " + line)
				if name == "bold" {
					require.True(t, strings.HasPrefix(part, "\x02") && strings.HasSuffix(part, "\x0f"), "%q", part)
				}
				all.WriteString(part)
			}
			strip := strings.NewReplacer(" ", "", "\x02", "", "\x0f", "", "*", "", "`", "", "\n", "").Replace
			require.Equal(t, strip(body), strip(all.String()), "nothing is lost")
		})
	}
}

// What a place is called cannot say more to the server than that.
func TestTargets(t *testing.T) {
	f := newFake(t)
	bot := f.bot(t, irc.Options{})
	f.admit(t, bot)
	for _, name := range []string{"", "a b", "a,b", "a\r\nQUIT", "#a b", "#a,#b", "#", ":x", "*", "a@b", "irc.test.local", "$*", "0", strings.Repeat("x", 300)} {
		_, err := bot.Resolve(t.Context(), name)
		require.ErrorIs(t, err, backend.ErrUnknown, "%q", name)
		require.ErrorIs(t, say(t, bot, backend.ToPerson(backend.Person{Address: name}), "x"), backend.ErrUnknown)
		require.ErrorIs(t, say(t, bot, backend.ToRoom(backend.Room{Address: name}), "x"), backend.ErrUnknown)
		require.ErrorIs(t, bot.Join(t.Context(), name, "", ""), backend.ErrUnknown)
	}
	require.Error(t, bot.Join(t.Context(), "#a", "", "key #b"))
	ref, err := bot.Resolve(t.Context(), "zoe!z@h")
	require.NoError(t, err, "a mask is nobody's to know")
	require.Equal(t, "zoe!z@h", ref.Person.Address)
	require.Empty(t, f.lines, "nothing of it reached the server")
}

func TestRefusedMessages(t *testing.T) {
	f, bot, _ := inRoom(t, irc.Options{})
	f.takeOver()
	sent := make(chan error, 1)
	try := func(ref backend.Ref, numeric string) error {
		go func() { sent <- say(t, bot, ref, "x") }()
		f.expect(t, "PRIVMSG")
		if numeric != "" {
			f.put(t, numeric)
		}
		f.pong(t)
		return receive(t, sent)
	}
	ops, err := bot.Resolve(t.Context(), "#ops")
	require.NoError(t, err)
	other, err := bot.Resolve(t.Context(), "#other")
	require.NoError(t, err)

	require.ErrorIs(t, try(toAlice(), ":s 401 bot alice :No such nick/channel"), backend.ErrUnknown)
	err = try(ops, ":s 404 bot #ops :Cannot send to channel (+m)")
	require.ErrorContains(t, err, "Cannot send to channel (+m) (404)")
	requireRetryable(t, try(other, ":s 404 bot #other :Cannot send to channel")) // the host may be about to join
	require.NoError(t, try(toAlice(), ":s 301 bot alice :I am away"), "no error")

	f.put(t, ":alice!ali@home QUIT :hub.test.local leaf.test.local")
	requireRetryable(t, try(toAlice(), ":s 401 bot alice :No such nick/channel")) // comes back when the split heals
	f.put(t, ":alice!ali@home JOIN #ops")
	require.ErrorIs(t, try(toAlice(), ":s 401 bot alice :No such nick/channel"), backend.ErrUnknown)
}

// A message that the server has not confirmed is neither lost in silence nor said twice, and
// what stands behind it in the same message still arrives.
func TestCutInTheMiddle(t *testing.T) {
	f := newFake(t)
	bot := f.bot(t, irc.Options{})
	h := f.admit(t, bot)
	f.takeOver()
	sent := make(chan error, 1)
	go func() { sent <- say(t, bot, toAlice(), "one\ntwo\nthree") }()
	f.expect(t, "PRIVMSG alice one")
	f.pong(t)
	f.expect(t, "PRIVMSG alice two")
	require.NoError(t, f.wire.Close())
	require.ErrorContains(t, h.end(), "the connection has ended")

	h = begin(t, bot)
	f.accept(t)
	f.expect(t, "USER ")
	f.welcome(t)
	h.awaitConnected()
	f.expect(t, "PRIVMSG alice three")
	err := receive(t, sent)
	require.ErrorContains(t, err, "line 2 of 3")
	require.ErrorContains(t, err, "may have arrived")
	var again *backend.RetryableError
	require.NotErrorAs(t, err, &again, "trying again would double it")
	require.Empty(t, f.lines)
}

func TestContextEndsInTheMiddle(t *testing.T) {
	f := newFake(t)
	bot := f.bot(t, irc.Options{})
	f.admit(t, bot)
	f.takeOver()
	ctx, cancel := context.WithCancel(t.Context())
	sent := make(chan error, 1)
	go func() {
		_, err := bot.Send(ctx, &backend.Message{Ref: toAlice(), Body: "one\ntwo"})
		sent <- err
	}()
	f.expect(t, "PRIVMSG alice one")
	f.pong(t)
	f.expect(t, "PRIVMSG alice two")
	cancel()
	require.ErrorIs(t, receive(t, sent), context.Canceled)
}

func TestRatesAndSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		bot := f.bot(t, irc.Options{ChannelRate: 2 * time.Second, PrivateRate: time.Second})
		h := f.admit(t, bot)
		require.NoError(t, bot.Join(t.Context(), "#ops", "", ""))
		took := func(ref backend.Ref) time.Duration {
			start := time.Now()
			require.NoError(t, say(t, bot, ref, "1\n2\n3"))
			return time.Since(start)
		}
		ops, err := bot.Resolve(t.Context(), "#ops")
		require.NoError(t, err)
		require.Equal(t, 4*time.Second, took(ops), "three lines, two pauses")
		require.Equal(t, 2*time.Second, took(toAlice()))

		time.Sleep(10 * time.Minute) // synctest's clock
		require.Empty(t, h.ended, "a server that answers is there")
		f.takeOver()
		time.Sleep(3 * time.Minute)
		err = h.end()
		require.ErrorContains(t, err, "silent")
	})
}

func TestPresence(t *testing.T) {
	f := newFake(t)
	bot := f.bot(t, irc.Options{})
	require.NoError(t, bot.SetPresence(t.Context(), "dnd", "releasing\r\nQUIT"), "it is said when there is a connection")
	h := begin(t, bot)
	f.accept(t)
	f.expect(t, "USER ")
	f.welcome(t)
	require.Equal(t, "AWAY :[dnd] releasing QUIT", f.expect(t, "AWAY"))
	h.awaitConnected()
	require.NoError(t, bot.SetPresence(t.Context(), "online", ""))
	require.Equal(t, "AWAY", f.expect(t, "AWAY"))
}

// The connection can end at every step of its beginning. Each time Run returns, says that
// it is no refusal, and the next one works.
func TestCutWhileConnecting(t *testing.T) {
	for step, hear := range []string{"", "CAP LS", "NICK", "USER", "CAP REQ", "CAP END", "PING"} {
		t.Run(fmt.Sprintf("%d %s", step, hear), func(t *testing.T) {
			f := newFake(t)
			bot := f.bot(t, irc.Options{NickServPassword: "x"})
			h := begin(t, bot)
			f.accept(t)
			f.takeOver()
			if hear == "CAP REQ" || hear == "CAP END" {
				f.put(t, ":s CAP * LS :batch")
			}
			if hear == "CAP END" {
				f.put(t, ":s CAP bot ACK :batch")
			}
			if hear == "PING" {
				f.admitted(t, "bot")
			}
			f.expect(t, hear)
			require.NoError(t, f.wire.Close())
			err := h.end()
			require.Error(t, err)
			require.NotErrorIs(t, err, backend.ErrRefused)
			requireRetryable(t, say(t, bot, toAlice(), "x"))
		})
	}
}

// Without a server the error says which one it was.
func TestNoServer(t *testing.T) {
	bot := newBot(t, irc.Options{Server: "127.0.0.1", Port: freePort(t), Nick: "bot"})
	require.ErrorContains(t, begin(t, bot).end(), "connect")
}

func TestStopWhileConnecting(t *testing.T) {
	f := newFake(t)
	h := begin(t, f.bot(t, irc.Options{}))
	f.accept(t)
	f.expect(t, "NICK")
	h.cancel()
	require.NoError(t, h.end())
}

// FuzzText: whatever is said, each line is whole, fits, and is nothing but text to alice.
func FuzzText(f *testing.F) {
	for _, body := range []string{"a **b** c", "\x01x\x01", "a\r\nQUIT", "| a | b |\n|---|---|\n| `c` | d |", strings.Repeat("ü", 400), "{:color='red'}\n**x"} {
		f.Add(body, true)
		f.Add(body, false)
	}
	f.Fuzz(func(t *testing.T, body string, plain bool) {
		if len(body) > 4000 {
			return
		}
		fake := newFake(t)
		bot := fake.bot(t, irc.Options{})
		fake.admit(t, bot)
		_, err := bot.Send(t.Context(), &backend.Message{Ref: toAlice(), Body: body, Plain: plain})
		require.NoError(t, err)
		require.NotEmpty(t, fake.lines, "the server refuses a message without text")
		for len(fake.lines) > 0 {
			line := fake.expect(t, "")
			require.True(t, strings.HasPrefix(line, "PRIVMSG alice "), "%q", line)
			require.True(t, utf8.ValidString(line))
			require.LessOrEqual(t, len(line), 512-len(":bot!~longestuse@ \r\n")-63)
			require.NotContains(t, line, "\x01")
		}
	})
}
