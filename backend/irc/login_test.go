package irc_test

import (
	"crypto/tls"
	"encoding/base64"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/backend/irc"
)

const offer = ":irc.test.local CAP * LS :sasl=PLAIN,EXTERNAL server-time"

func TestSASLPlain(t *testing.T) {
	f := newFake(t)
	h := begin(t, f.bot(t, irc.Options{SASL: "plain", SASLUser: "account", SASLPassword: "s3cret"}))
	f.accept(t)
	f.put(t, ":irc.test.local CAP * LS * :multi-prefix", offer)
	require.Equal(t, "CAP REQ :server-time multi-prefix sasl", f.expect(t, "CAP REQ"))
	f.put(t, ":irc.test.local CAP bot ACK :server-time multi-prefix sasl")
	require.Equal(t, "AUTHENTICATE PLAIN", f.expect(t, "AUTHENTICATE"))
	f.put(t, "AUTHENTICATE +")
	answer, err := base64.StdEncoding.DecodeString(f.expect(t, "AUTHENTICATE")[len("AUTHENTICATE "):])
	require.NoError(t, err)
	require.Equal(t, "account\x00account\x00s3cret", string(answer))
	f.put(t, ":irc.test.local 903 bot :SASL authentication successful")
	f.expect(t, "CAP END")
	f.admitted(t, "bot")
	h.awaitConnected()
}

func TestSASLExternal(t *testing.T) {
	bot, err := irc.New(irc.Options{Server: "irc.test.local", Nick: "bot", SASL: "EXTERNAL"})
	require.ErrorContains(t, err, "certificate")
	require.Nil(t, bot)

	f := newFake(t)
	server, certificate := certificate(t)
	h := begin(t, f.bot(t, irc.Options{SASL: "EXTERNAL", TLS: &tls.Config{
		RootCAs: server, Certificates: []tls.Certificate{certificate},
	}}))
	f.acceptTLS(t, certificate)
	f.put(t, offer)
	f.expect(t, "CAP REQ")
	f.put(t, ":irc.test.local CAP bot ACK :server-time sasl")
	require.Equal(t, "AUTHENTICATE EXTERNAL", f.expect(t, "AUTHENTICATE"))
	f.put(t, "AUTHENTICATE +")
	require.Equal(t, "AUTHENTICATE +", f.expect(t, "AUTHENTICATE"))
	f.put(t, ":irc.test.local 903 bot :SASL authentication successful")
	f.expect(t, "CAP END")
	f.admitted(t, "bot")
	h.awaitConnected()
}

// What the server refuses is not tried again, and no error shows a secret.
func TestRefused(t *testing.T) {
	withSASL := irc.Options{SASL: "PLAIN", SASLPassword: "s3cret", Password: "s3cret"}
	for name, c := range map[string]struct {
		options irc.Options
		says    []string
		want    string
	}{
		"SASL password":        {withSASL, []string{offer, ":s CAP bot ACK :server-time sasl", "AUTHENTICATE +", ":s 904 bot :SASL authentication failed"}, "SASL"},
		"account locked":       {withSASL, []string{offer, ":s CAP bot ACK :server-time sasl", "AUTHENTICATE +", ":s 902 bot :You must use a nick assigned to you"}, "nick assigned"},
		"mechanism":            {withSASL, []string{offer, ":s CAP bot ACK :server-time sasl", ":s 908 bot EXTERNAL :are available SASL mechanisms"}, "mechanisms"},
		"SASL not offered":     {withSASL, []string{":s CAP * LS :server-time"}, "offers no SASL"},
		"SASL denied":          {withSASL, []string{offer, ":s CAP bot NAK :server-time sasl"}, "SASL"},
		"no capabilities":      {withSASL, []string{":s 001 bot :Welcome", ":s 376 bot :End"}, "knows no SASL"},
		"server password":      {irc.Options{Password: "s3cret"}, []string{":s 464 bot :Password incorrect"}, "Password incorrect"},
		"banned":               {irc.Options{}, []string{":s 465 bot :You are banned from this server"}, "banned"},
		"nick":                 {irc.Options{}, []string{":s 432 * bot :Erroneous nickname"}, "Erroneous"},
		"denied without words": {irc.Options{}, []string{"ERROR :Closing link: (bot@h) [Access denied by configuration]"}, "denied"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t)
			h := begin(t, f.bot(t, c.options))
			f.accept(t)
			f.expect(t, "USER ")
			f.put(t, c.says...)
			err := h.end()
			require.ErrorIs(t, err, backend.ErrRefused)
			require.ErrorContains(t, err, c.want)
			require.NotContains(t, err.Error(), "s3cret")
		})
	}
}

// An ERROR that says nothing of the account is no refusal: it may pass.
func TestTurnedAwayForNow(t *testing.T) {
	f := newFake(t)
	h := begin(t, f.bot(t, irc.Options{}))
	f.accept(t)
	f.put(t, "ERROR :Server is full, try again later")
	err := h.end()
	require.ErrorContains(t, err, "Server is full")
	require.NotErrorIs(t, err, backend.ErrRefused)
}

func TestServerPasswordComesFirst(t *testing.T) {
	f := newFake(t)
	begin(t, f.bot(t, irc.Options{Password: "open sesame", Username: "user", RealName: "A Bot"}))
	f.accept(t)
	require.Equal(t, "PASS :open sesame", f.expect(t, ""))
	f.expect(t, "CAP LS")
	require.Equal(t, "NICK bot", f.expect(t, ""))
	require.Equal(t, "USER user 0 * :A Bot", f.expect(t, ""))
}

func TestNickTaken(t *testing.T) {
	f := newFake(t)
	bot := f.bot(t, irc.Options{AltNick: "robot"})
	h := begin(t, bot)
	f.accept(t)
	f.expect(t, "USER ")
	f.put(t, ":irc.test.local 433 * bot :Nickname is already in use")
	require.Equal(t, "NICK robot", f.expect(t, "NICK"))
	f.put(t, ":irc.test.local 433 * robot :Nickname is already in use")
	require.Equal(t, "NICK robot2", f.expect(t, "NICK"))
	f.admitted(t, "robot2")
	h.awaitConnected()
	require.Equal(t, "robot2", bot.Self().Nick)

	f.put(t, ":bot!x@y QUIT :gone")
	require.Equal(t, "NICK bot", f.expect(t, "NICK"), "the bot takes its nick back")
	f.put(t, ":robot2!rob@home NICK :bot")
	f.put(t, ":alice!ali@home PRIVMSG bot :hello")
	require.True(t, h.message().IsPrivate())
	require.Equal(t, "bot", bot.Self().Nick)
}

func TestAllNicksTaken(t *testing.T) {
	f := newFake(t)
	h := begin(t, f.bot(t, irc.Options{}))
	f.accept(t)
	f.expect(t, "USER ")
	for range 6 {
		f.put(t, ":irc.test.local 433 * x :Nickname is already in use")
	}
	err := h.end()
	require.ErrorContains(t, err, "taken")
	require.NotErrorIs(t, err, backend.ErrRefused, "somebody may give one up")
}

func TestNickServ(t *testing.T) {
	f := newFake(t)
	bot := f.bot(t, irc.Options{NickServPassword: "s3cret"})
	h := begin(t, bot)
	f.accept(t)
	f.expect(t, "USER ")
	f.put(t, ":irc.test.local 433 * bot :Nickname is already in use")
	f.admitted(t, "bot_")
	require.Equal(t, "PRIVMSG NickServ :GHOST bot s3cret", f.expect(t, "PRIVMSG"))
	require.Equal(t, "PRIVMSG NickServ :IDENTIFY s3cret", f.expect(t, "PRIVMSG"))
	f.put(t, ":NickServ!services@services. NOTICE bot_ :You are now identified")
	require.Equal(t, "NICK bot", f.expect(t, "NICK"))
	h.awaitConnected()
	require.Empty(t, h.messages, "what NickServ says is not for the host")
}

func TestWithoutNickServ(t *testing.T) {
	f := newFake(t)
	bot := f.bot(t, irc.Options{NickServPassword: "s3cret"})
	h := begin(t, bot)
	f.accept(t)
	f.expect(t, "USER ")
	f.takeOver()
	f.admitted(t, "bot")
	f.expect(t, "PING")
	f.put(t, ":irc.test.local 302 bot :bot=+bot@home", ":irc.test.local PONG irc.test.local :errbot1")
	f.expect(t, "PRIVMSG NickServ")
	f.expect(t, "PING")
	f.put(t, ":irc.test.local 401 bot NickServ :No such nick", ":irc.test.local PONG irc.test.local :errbot2")
	h.awaitConnected()
}

func TestOptionsAreChecked(t *testing.T) {
	_, err := irc.New(irc.Options{
		Port: 70000, Nick: "a b", Username: "x y", RealName: "a\nb", Password: "a\r\nQUIT", SASL: "SCRAM",
		BindAddress: "here", ACLPattern: "{nick}!{host}{account}",
	})
	for _, part := range []string{"server", "70000", `"a b"`, `"x y"`, "real name", "password", "SCRAM", "here", "{account}"} {
		require.ErrorContains(t, err, part)
	}
	_, err = irc.New(irc.Options{Server: "irc.test.local", Nick: "bot", SASL: "PLAIN"})
	require.ErrorContains(t, err, "needs a password")
	_, err = irc.New(irc.Options{Server: "irc.test.local", Nick: "bot"})
	require.NoError(t, err)
}
