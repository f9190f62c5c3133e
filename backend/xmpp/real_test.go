package xmpp_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/backend/xmpp"
)

func TestEncryption(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		o := s.options(t, fresh("bot"))
		host, _, err := net.SplitHostPort(s.address())
		require.NoError(t, err)
		direct := o
		direct.Encryption, direct.Server = xmpp.DirectTLS, net.JoinHostPort(host, strconv.Itoa(s.direct))
		stranger, strangers := o, direct
		stranger.TLS, strangers.TLS = &tls.Config{RootCAs: x509.NewCertPool()}, &tls.Config{RootCAs: x509.NewCertPool()}
		elsewhere := o
		elsewhere.TLS = &tls.Config{RootCAs: s.roots, ServerName: "elsewhere.test.local"}

		for _, mechanism := range []string{"", "SCRAM-SHA-1", "PLAIN"} {
			for _, o := range []xmpp.Options{o, direct} {
				if mechanism != "" {
					o.Mechanisms = []string{mechanism}
				}
				h := run(t, newBot(t, o))
				h.cancel()
				require.NoError(t, h.end())
			}
		}
		for _, o := range []xmpp.Options{stranger, strangers, elsewhere} {
			err := begin(t, newBot(t, o)).end()
			require.ErrorContains(t, err, "certificate")
		}
	})
}

func TestWrongPassword(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		for _, mechanism := range []string{"SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN"} {
			o := s.options(t, fresh("bot"))
			o.Password, o.Mechanisms = "wr0ng", []string{mechanism}
			err := begin(t, newBot(t, o)).end()
			require.ErrorIs(t, err, backend.ErrRefused, mechanism)
			require.NotContains(t, err.Error(), "wr0ng")
		}
		o := s.options(t, fresh("bot"))
		o.Mechanisms = []string{"SCRAM-SHA-256-PLUS"}
		o.Encryption = xmpp.PlainText
		err := begin(t, newBot(t, o)).end()
		require.ErrorIs(t, err, backend.ErrRefused, "nothing that both know")
		require.ErrorContains(t, err, "mechanisms")
	})
}

func TestRoomWithPassword(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		alice := dialWitness(t, s, fresh("alice"))
		room := fresh("secret") + "@" + s.rooms()
		alice.create(room, "muc#roomconfig_passwordprotectedroom=1", "muc#roomconfig_roomsecret=key", "muc#roomconfig_whois=anyone")
		o := s.options(t, fresh("bot"))
		o.RejoinDelay = 50 * time.Millisecond
		bot := newBot(t, o)
		h := run(t, bot)
		ctx := t.Context()
		require.ErrorContains(t, bot.Join(ctx, room, alice.name, ""), "not authorized")
		rooms, err := bot.Rooms(ctx)
		require.NoError(t, err)
		require.Empty(t, rooms)

		// The nick is alice's: another one is taken.
		require.NoError(t, bot.Join(ctx, room, alice.name, "key"))
		require.NoError(t, bot.Join(ctx, strings.ToUpper(room), alice.name, "key"), "twice is no error")
		people, err := bot.Occupants(ctx, room)
		require.NoError(t, err)
		require.Len(t, people, 2)
		require.Equal(t, []string{alice.name, alice.name + "_"}, []string{people[0].Nick, people[1].Nick})
		require.Equal(t, bot.Self().ID, people[1].ID)
		require.Equal(t, alice.bare(), people[0].ACL)

		// Who is thrown out comes back, and what is said meanwhile waits.
		alice.ask("set", room, "<query xmlns='http://jabber.org/protocol/muc#admin'><item nick='"+alice.name+"_' role='none'/></query>")
		event(h, func(e backend.RoomChange) bool {
			return e.Kind == backend.Left && e.Person.ID == bot.Self().ID && e.By.ID == alice.bare()
		})
		event(h, func(e backend.RoomChange) bool { return e.Kind == backend.Joined && e.Person.ID == bot.Self().ID })
		require.NoError(t, say(t, bot, resolve(t, bot, room), "back again"))
		alice.until(said(room + "/" + alice.name + "_"))

		// Somebody under another nick is the same person.
		alice.raw("<presence to='" + room + "/queen'/>")
		alice.say(room, "it is me")
		m := h.message()
		require.Equal(t, alice.bare(), m.From.ACL)
		require.Equal(t, "queen", m.From.Nick)

		require.NoError(t, bot.Leave(ctx, room, "enough"))
		require.Error(t, bot.Leave(ctx, room, ""))
	})
}

// Where a room hides who people are, access rules see the address in the room, and never an
// account.
func TestHiddenOccupants(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		alice := dialWitness(t, s, fresh("alice"))
		room := fresh("hidden") + "@" + s.rooms()
		alice.create(room, "muc#roomconfig_whois=moderators")
		bot := newBot(t, s.options(t, fresh("bot")))
		h := run(t, bot)
		require.NoError(t, bot.Join(t.Context(), room, "robot", ""))
		alice.say(room, "who am I?")
		m := h.message()
		require.Equal(t, room+"/"+alice.name, m.From.ACL)
		again := resolve(t, bot, m.From.Address)
		require.True(t, again.IsPrivate())
		require.Equal(t, m.From.ID, again.Person.ID)

		// In private inside the room, too; the answer is seen there.
		alice.say(room+"/robot", "psst")
		m = h.message()
		require.True(t, m.IsPrivate())
		require.Equal(t, room+"/"+alice.name, m.From.ACL)
		require.NoError(t, say(t, bot, m.Ref, "yes?"))
		require.Equal(t, "chat", alice.until(said(room+"/robot")).attr("type"))
		_, err := bot.Resolve(t.Context(), room+"/nobody")
		require.ErrorIs(t, err, backend.ErrUnknown)
	})
}

// A room service of another domain could name anybody: it is not believed unless the operator
// says so.
func TestForeignRoomsAreNotBelieved(t *testing.T) {
	s := theServer(t, "prosody")
	alice := dialWitness(t, s, fresh("alice"))
	room := fresh("ops") + "@" + s.rooms()
	alice.create(room)
	other := *s
	other.domain = "other.test.local"
	for trusted, acl := range map[string]string{s.rooms(): alice.bare(), "nowhere.test.local": room + "/" + alice.name} {
		o := other.options(t, fresh("bot"))
		o.Encryption, o.RoomServices = xmpp.PlainText, []string{trusted}
		bot := newBot(t, o)
		h := run(t, bot)
		require.NoError(t, bot.Join(t.Context(), room, "", ""))
		alice.say(room, "who am I?")
		require.Equal(t, acl, h.message().From.ACL)
		require.NoError(t, bot.Leave(t.Context(), room, ""))
		people, err := bot.Resolve(t.Context(), room)
		require.NoError(t, err)
		require.True(t, people.IsRoom())
	}
}

// A session that the server has lost is not resumed: what was not confirmed is in doubt, and
// the bot goes back into its rooms.
func TestServerRestart(t *testing.T) {
	for name, start := range starters {
		t.Run(name, func(t *testing.T) {
			s := start(t)
			t.Cleanup(func() {
				s.stop()
				_ = os.RemoveAll(s.dir)
			})
			alice := dialWitness(t, s, fresh("alice"))
			room := fresh("ops") + "@" + s.rooms()
			alice.create(room, "muc#roomconfig_persistentroom=1", "muc#roomconfig_whois=anyone")
			bot := newBot(t, s.options(t, fresh("bot")))
			h := run(t, bot)
			require.NoError(t, bot.Join(t.Context(), room, "", ""))
			ops := resolve(t, bot, room)
			s.quit(t)
			require.Error(t, h.end())
			requireRetryable(t, say(t, bot, ops, "x"))
			s.start(t)
			alice = login(t, s, alice.name, "phone")
			alice.join(room)
			h = run(t, bot)
			require.NoError(t, say(t, bot, ops, "the bot is in its room again"))
			require.Equal(t, "the bot is in its room again", alice.until(said(room+"/")).text("body"))
			alice.say(room, "welcome")
			for m := h.message(); m.Body != "welcome"; m = h.message() {
				require.True(t, m.Delayed)
			}
		})
	}
}

// Offline messages are of the past.
func TestOfflineMessages(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		alice := dialWitness(t, s, fresh("alice"))
		name := fresh("bot")
		bot := newBot(t, s.options(t, name))
		alice.say(name+"@"+s.domain, "are you there?")
		alice.sync()
		h := run(t, bot)
		m := h.message()
		require.Equal(t, "are you there?", m.Body)
		require.True(t, m.Delayed)
		alice.say(name+"@"+s.domain, "now")
		require.False(t, h.message().Delayed)
	})
}

func TestSubscriptionsAndQuestions(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		alice := dialWitness(t, s, fresh("alice"))
		name := fresh("bot")
		o := s.options(t, name)
		o.Version = "st2bot 1.0"
		bot := newBot(t, o)
		h := run(t, bot)
		alice.raw("<presence type='subscribe' to='" + name + "@" + s.domain + "'/>")
		online := alice.until(func(e element) bool {
			return e.XMLName.Local == "presence" && e.attr("type") == "" && strings.HasPrefix(e.attr("from"), name+"@")
		})
		alice.raw("<presence type='subscribed' to='" + name + "@" + s.domain + "'/>")
		alice.raw("<presence><show>away</show><status>lunch</status></presence>")
		e := event(h, func(e backend.Presence) bool { return e.Status == "away" })
		require.Equal(t, []string{alice.bare(), "lunch"}, []string{e.Person.ID, e.Note})

		full := online.attr("from")
		require.Equal(t, "result", alice.ask("get", full, "<ping xmlns='urn:xmpp:ping'/>").attr("type"))
		v, _ := alice.ask("get", full, "<query xmlns='jabber:iq:version'/>").child("query")
		require.Equal(t, []string{"st2bot", "1.0"}, []string{v.text("name"), v.text("version")})
		info, _ := alice.ask("get", full, "<query xmlns='http://jabber.org/protocol/disco#info'/>").child("query")
		identity, _ := info.child("identity")
		require.Equal(t, "bot", identity.attr("type"))
		require.Equal(t, "error", alice.ask("set", full, "<x xmlns='urn:nobody:knows'/>").attr("type"))

		require.NoError(t, bot.Typing(t.Context(), resolve(t, bot, alice.bare())))
		alice.until(func(e element) bool { _, ok := e.child("composing"); return ok })

		nobody := resolve(t, bot, "nobody@"+s.domain)
		if err := say(t, bot, nobody, "x"); err != nil { // ejabberd tells later
			require.Contains(t, err.Error(), "service unavailable")
			var again *backend.RetryableError
			require.False(t, errors.As(err, &again))
		}
	})
}

func TestFileTooLarge(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		bot := newBot(t, s.options(t, fresh("bot")))
		run(t, bot)
		_, err := bot.SendFile(t.Context(), &backend.Upload{Name: "big", Content: make([]byte, 2<<20)},
			&backend.Message{Ref: resolve(t, bot, bot.Self().Address)})
		require.ErrorIs(t, err, backend.ErrFileTooLarge)
	})
}

func TestInvitations(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		alice := dialWitness(t, s, fresh("alice"))
		room := fresh("party") + "@" + s.rooms()
		alice.create(room)
		name := fresh("bot")
		o := s.options(t, name)
		o.AcceptInvites = true
		h := run(t, newBot(t, o))
		alice.raw("<message to='" + room + "'><x xmlns='http://jabber.org/protocol/muc#user'><invite to='" + name + "@" + s.domain + "'/></x></message>")
		event(h, func(e backend.RoomChange) bool { return e.Kind == backend.Joined && e.Room.ID == room })
	})
}

// With XHTML, formatting reaches those whose clients know it, and the plain text everybody.
func TestFormattedText(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		alice := dialWitness(t, s, fresh("alice"))
		o := s.options(t, fresh("bot"))
		o.XHTML = true
		bot := newBot(t, o)
		run(t, bot)
		to := resolve(t, bot, alice.bare())
		_, err := bot.Send(t.Context(), &backend.Message{Ref: to, Body: "it is **up** & <b>well</b>"})
		require.NoError(t, err)
		e := alice.until(said(bot.Self().ID))
		require.Equal(t, "it is up & <b>well</b>", e.text("body"))
		page, _ := e.child("html")
		body, _ := page.child("body")
		paragraph, _ := body.child("p")
		require.Equal(t, "up", paragraph.text("strong"))
		require.Len(t, paragraph.Children, 1, "HTML in Markdown is text")

		require.NoError(t, say(t, bot, to, "*typed*"))
		e = alice.until(said(bot.Self().ID))
		_, formatted := e.child("html")
		require.False(t, formatted)
		_, unstyled := e.child("unstyled")
		require.True(t, unstyled, "clients are not to style what is shown as it is")
	})
}
