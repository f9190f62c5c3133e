package matrix_test

import (
	"io"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/backend/matrix"
)

func TestCredentials(t *testing.T) {
	for name, c := range map[string]struct {
		change  func(o *matrix.Options, user string)
		refused string
	}{
		"password":       {change: func(o *matrix.Options, user string) { o.Token, o.User, o.Password = "", user, password }},
		"name alone":     {change: func(o *matrix.Options, user string) { o.Token, o.User, o.Password = "", local(user), password }},
		"wrong password": {change: func(o *matrix.Options, user string) { o.Token, o.User, o.Password = "", user, "wrong-Secret-1" }, refused: "log in to"},
		"wrong token":    {change: func(o *matrix.Options, _ string) { o.Token = "wrong-Secret-1" }, refused: "M_UNKNOWN_TOKEN"},
		"another's":      {change: func(o *matrix.Options, _ string) { o.User = "@other:" + serverName }, refused: "not @other"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			s.bot = s.another(func(o *matrix.Options) { c.change(o, s.twin.user) })
			if c.refused != "" {
				err := s.bot.Run(t.Context(), nil)
				require.ErrorIs(t, err, backend.ErrRefused)
				require.ErrorContains(t, err, c.refused)
				require.NotContains(t, err.Error(), "Secret")
				return
			}
			h := s.connect()
			require.Equal(t, s.twin.user, s.bot.Self().ID)
			require.Len(t, s.twin.devices(), 2)
			h.cancel()
			require.NoError(t, h.end())
			require.Len(t, s.twin.devices(), 1, "the session ends with the bot")
		})
	}
}

func local(user string) string {
	name, _, _ := strings.Cut(strings.TrimPrefix(user, "@"), ":")
	return name
}

// A token that is taken away ends the connection; with a password there is a new one.
func TestSessionEnds(t *testing.T) {
	s := newScene(t)
	h := s.connect()
	s.twin.must("POST", "logout", object{}, nil)
	require.ErrorIs(t, h.end(), backend.ErrRefused)

	s.bot = s.another(func(o *matrix.Options) { o.Token, o.User, o.Password = "", s.twin.user, password })
	h = s.connect()
	again := &client{TB: t, server: s.url, http: oneShot}
	var session struct {
		Token string `json:"access_token"`
	}
	again.must("POST", "login", object{"type": "m.login.password", "identifier": object{"type": "m.id.user", "user": s.twin.user}, "password": password}, &session)
	again.token = session.Token
	again.must("POST", "logout/all", object{}, nil)
	require.NotErrorIs(t, h.end(), backend.ErrRefused)
	h = s.connect()
	s.alice.say(s.room, "still there?")
	require.Equal(t, "still there?", next[*backend.Message](h).Body)
}

func (c *client) devices() []any {
	var list struct {
		Devices []any `json:"devices"`
	}
	c.must("GET", "devices", nil, &list)
	return list.Devices
}

func TestInvitations(t *testing.T) {
	for name, c := range map[string]struct {
		rule  []string
		taken bool
	}{
		"own server":     {nil, true},
		"everybody":      {[]string{"*"}, true},
		"a server":       {[]string{"example.org", serverName}, true},
		"another server": {[]string{"example.org"}, false},
		"nobody":         {[]string{}, false},
		"somebody else":  {[]string{"@x:" + serverName}, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t, func(o *matrix.Options) { o.Invites = c.rule })
			h := s.connect()
			room := s.alice.createRoom(object{"preset": "private_chat", "invite": []string{s.twin.user}})
			s.alice.say(room, "you there!")
			if !c.taken {
				s.alice.say(s.room, "not there")
				require.Equal(t, "not there", next[*backend.Message](h).Body)
				require.NotContains(t, s.twin.joined(), room)
				return
			}
			m := next[*backend.Message](h) // said after the invitation, before the bot came
			require.Equal(t, "you there!", m.Body)
			require.Equal(t, room, m.Room.ID)
			require.Equal(t, room, m.Room.ACL, "a room without an alias goes by its ID")
		})
	}
}

func (c *client) joined() []string {
	var list struct {
		Rooms []string `json:"joined_rooms"`
	}
	c.must("GET", "joined_rooms", nil, &list)
	return list.Rooms
}

// An invitation that came while the bot was away waits for it.
func TestInvitationBeforeTheStart(t *testing.T) {
	s := newScene(t)
	room := s.alice.createRoom(object{"preset": "private_chat", "invite": []string{s.twin.user}})
	h := s.connect()
	s.alice.see("member", room)
	s.alice.say(room, "welcome")
	require.Equal(t, "welcome", next[*backend.Message](h).Body)
}

// What was said before the bot was asked in is not meant for it.
func TestNothingOfBefore(t *testing.T) {
	s := newScene(t)
	h := s.connect()
	room := s.alice.createRoom(object{"preset": "public_chat"})
	s.alice.say(room, "!before")
	s.alice.invite(room, s.twin.user)
	s.alice.say(room, "after")
	require.Equal(t, "after", next[*backend.Message](h).Body)

	s.alice.say(s.room, "the last of this run")
	require.Equal(t, "the last of this run", next[*backend.Message](h).Body)
	h.cancel()
	require.NoError(t, h.end())
	s.alice.say(s.room, "!while there was no process")
	s.bot = s.another()
	h = s.connect()
	s.alice.say(s.room, "now")
	require.Equal(t, "now", next[*backend.Message](h).Body)
}

func TestPrivateConversations(t *testing.T) {
	s := newScene(t)
	h := s.connect()
	bob := s.person("bob")
	ref := s.resolve(bob.user)
	require.True(t, ref.IsPrivate())
	s.send(&backend.Message{Ref: ref, Body: "hello", Plain: true})
	s.send(&backend.Message{Ref: ref, Body: "again", Plain: true})
	rooms := bob.invitations()
	require.Len(t, rooms, 1, "one conversation")
	bob.join(rooms[0])
	s.send(&backend.Message{Ref: ref, Body: "and again", Plain: true})
	for _, want := range []string{"hello", "again", "and again"} {
		require.Equal(t, want, bob.see("message", rooms[0]).shown())
	}
	bob.say(rooms[0], "hi")
	m := next[*backend.Message](h)
	require.True(t, m.IsPrivate())
	require.Equal(t, bob.user, m.Person.ID)

	begun := bob.createRoom(object{"preset": "trusted_private_chat", "is_direct": true, "invite": []string{s.twin.user}})
	bob.say(begun, "in private")
	m = next[*backend.Message](h)
	require.Equal(t, "in private", m.Body)
	require.True(t, m.IsPrivate(), "a conversation that somebody begins is private")

	// With a third person it is private no more: what is for one must not be seen by two.
	bob.invite(begun, s.alice.user)
	bob.say(begun, "in company")
	m = next[*backend.Message](h)
	require.Equal(t, "in company", m.Body)
	require.True(t, m.IsRoom())
	s.send(&backend.Message{Ref: ref, Body: "for you only", Plain: true})
	require.Equal(t, "for you only", bob.see("message", rooms[0]).shown())
}

func (w *watcher) invitations() (rooms []string) {
	w.Helper()
	var n news
	w.must("GET", "sync?timeout=0", nil, &n)
	for room := range n.Rooms.Invite {
		rooms = append(rooms, room)
	}
	return rooms
}

// A room can say that it has any alias; it gets no rights by that.
func TestBorrowedAlias(t *testing.T) {
	s := newScene(t)
	h := s.connect()
	s.front.lie(s.alias)
	room := s.alice.createRoom(object{"preset": "private_chat", "name": "ops", "invite": []string{s.twin.user}, "initial_state": []object{
		{"type": "m.room.canonical_alias", "state_key": "", "content": object{"alias": "#free:" + serverName}},
	}})
	s.alice.say(room, "!deploy")
	m := next[*backend.Message](h)
	require.Equal(t, "!deploy", m.Body)
	require.Equal(t, room, m.Room.ACL)
}

func TestEncryptedRooms(t *testing.T) {
	s := newScene(t)
	h := s.connect()
	room := s.alice.createRoom(object{"preset": "public_chat", "invite": []string{s.twin.user}, "initial_state": []object{
		{"type": "m.room.encryption", "state_key": "", "content": object{"algorithm": "m.megolm.v1.aes-sha2"}},
	}})
	require.Equal(t, "join", s.alice.see("member", room).Content.Membership)
	for range 3 {
		s.alice.event(room, "m.room.encrypted", object{"algorithm": "m.megolm.v1.aes-sha2", "ciphertext": "x", "device_id": "D", "sender_key": "k", "session_id": "s"})
	}
	require.Contains(t, s.alice.see("message", room).shown(), "cannot read encrypted messages")
	_, err := s.bot.Send(t.Context(), &backend.Message{Ref: backend.ToRoom(backend.Room{ID: room}), Body: "secret"})
	require.ErrorContains(t, err, "encrypted")
	s.alice.say(s.room, "done")
	require.Equal(t, "done", next[*backend.Message](h).Body)
	require.Empty(t, s.alice.queue("message", room), "it is said once")
}

// Nobody changes what somebody else said, and no bot answers notices.
func TestWhatIsNotTaken(t *testing.T) {
	s := newScene(t)
	h := s.connect()
	bob := s.person("bob")
	bob.join(s.room)
	id := s.alice.say(s.room, "!status")
	require.Equal(t, "!status", next[*backend.Message](h).Body)
	bob.event(s.room, "m.room.message", object{
		"msgtype": "m.text", "body": "* !deploy", "m.new_content": object{"msgtype": "m.text", "body": "!deploy"},
		"m.relates_to": object{"rel_type": "m.replace", "event_id": id},
	})
	bob.event(s.room, "m.room.message", object{"msgtype": "m.notice", "body": "!from a bot"})
	bob.event(s.room, "m.room.message", object{"msgtype": 5, "body": []string{"broken"}})
	bob.say(s.room, "the end")
	require.Equal(t, "the end", next[*backend.Message](h).Body)
}

func TestAnswersWithoutTheQuotation(t *testing.T) {
	s := newScene(t)
	h := s.connect()
	id := s.alice.say(s.room, "what now?")
	next[*backend.Message](h)
	s.alice.event(s.room, "m.room.message", object{
		"msgtype": "m.text", "body": "> <@x:y> what now?\n\n!status", "format": "org.matrix.custom.html",
		"formatted_body": "<mx-reply><blockquote>what now?</blockquote></mx-reply>!status",
		"m.relates_to":   object{"m.in_reply_to": object{"event_id": id}},
	})
	require.Equal(t, "!status", next[*backend.Message](h).Body)
}

func TestMarkup(t *testing.T) {
	s := newScene(t)
	s.connect()
	require.Equal(t, []string{backend.ExtraFormattedBody}, s.bot.Extras())
	s.send(&backend.Message{Ref: s.roomRef(), Body: "All **up**\n<b>x</b> @room"})
	c := s.alice.see("message", s.room).Content
	require.Equal(t, "m.text", c.Kind)
	require.Equal(t, "All up\n<b>x</b> @\u200broom", c.Body)
	require.Equal(t, "All <strong>up</strong><br>\n&lt;b&gt;x&lt;/b&gt; @\u200broom", c.FormattedBody)
	require.False(t, c.Mentions.Room)

	pill := `<a href="https://matrix.to/#/` + s.alice.user + `">a</a> <i>done</i>`
	s.send(&backend.Message{Ref: s.roomRef(), Body: "done", Extras: map[string]any{backend.ExtraFormattedBody: pill}})
	c = s.alice.see("message", s.room).Content
	require.Equal(t, "done", c.Body)
	require.Equal(t, pill, c.FormattedBody)
	require.Equal(t, []string{s.alice.user}, c.Mentions.Users)

	s.send(&backend.Message{Ref: s.roomRef(), Body: strings.Repeat("&", 20_000)})
	c = s.alice.see("message", s.room).Content
	require.Len(t, c.Body, 20_000)
	require.Empty(t, c.FormattedBody, "what does not fit is left out")
}

func TestFiles(t *testing.T) {
	s := newScene(t)
	h := s.connect()
	_, err := s.bot.SendFile(t.Context(), &backend.Upload{Name: "big", Content: make([]byte, 2<<20)}, &backend.Message{Ref: s.roomRef()})
	require.ErrorIs(t, err, backend.ErrFileTooLarge)
	_, err = s.bot.SendFile(t.Context(), &backend.Upload{Name: "p.png", Type: "image/png", Content: []byte("x")}, &backend.Message{Ref: s.roomRef()})
	require.NoError(t, err)
	require.Equal(t, "m.image", s.alice.see("file", s.room).Content.Kind)
	for _, elsewhere := range []string{"", "https://example.com/x", "mxc://", "mxc://a/../x", "mxc://a b/c"} {
		_, err := s.bot.OpenFile(t.Context(), backend.File{URL: elsewhere})
		require.ErrorIs(t, err, backend.ErrUnknown, elsewhere)
	}
	s.alice.event(s.room, "m.room.message", object{
		"msgtype": "m.image", "body": "!look", "filename": "p.png", "url": s.alice.upload("p.png", []byte("abc")), "info": object{"mimetype": "image/png", "size": 3},
	})
	m := next[*backend.Message](h)
	require.Equal(t, "!look", m.Body, "the text beside a file")
	require.Equal(t, []any{"p.png", "image/png", int64(3)}, []any{m.Files[0].Name, m.Files[0].Type, m.Files[0].Size})
	r, err := s.bot.OpenFile(t.Context(), m.Files[0])
	require.NoError(t, err)
	defer r.Close()
	content, err := io.ReadAll(r)
	require.NoError(t, err)
	require.Equal(t, "abc", string(content))
}

func TestTyping(t *testing.T) {
	s := newScene(t)
	s.connect()
	require.NoError(t, s.bot.Typing(t.Context(), s.roomRef()))
	var n struct {
		Rooms struct {
			Join map[string]struct {
				Ephemeral struct {
					Events []struct {
						Type    string
						Content struct {
							Users []string `json:"user_ids"`
						}
					} `json:"events"`
				} `json:"ephemeral"`
			} `json:"join"`
		} `json:"rooms"`
	}
	s.alice.must("GET", "sync?timeout=0", nil, &n)
	require.Contains(t, n.Rooms.Join[s.room].Ephemeral.Events[0].Content.Users, s.twin.user)
}

func TestRoomUpgrade(t *testing.T) {
	s := newScene(t)
	h := s.connect()
	var made struct {
		Room string `json:"replacement_room"`
	}
	s.alice.must("POST", "rooms/"+url.PathEscape(s.room)+"/upgrade", object{"new_version": "10"}, &made)
	s.alice.see("member", made.Room)
	require.Eventually(t, func() bool {
		s.alice.say(made.Room, "in the new room")
		m := next[*backend.Message](h)
		require.Equal(t, "in the new room", m.Body)
		require.Equal(t, made.Room, m.Room.ID)
		return m.Room.ACL == s.alias
	}, patience, time.Second, "the alias has moved")
}

func TestAddresses(t *testing.T) {
	s := newScene(t)
	s.connect()
	name, _, _ := strings.Cut(s.alias, ":")
	want := s.roomRef()
	require.Equal(t, s.alias, want.Room.ACL)
	for _, address := range []string{name, s.room} {
		require.Equal(t, want, s.resolve(address), address)
	}
	require.Equal(t, s.alice.user, s.resolve("@"+local(s.alice.user)).Person.ACL)
	for _, address := range []string{"", "@", "#", "!", "ops", "#a b", "@a/b:c d", "!no-such:" + serverName, "#no-such", "@no-such", "#x:" + serverName + "/y", "@" + strings.Repeat("x", 300)} {
		_, err := s.bot.Resolve(t.Context(), address)
		require.ErrorIs(t, err, backend.ErrUnknown, address)
	}
	strangers := s.alice.createRoom(object{"preset": "private_chat", "room_alias_name": "private-" + local(s.alice.user)})
	_, err := s.bot.Resolve(t.Context(), strangers)
	require.ErrorIs(t, err, backend.ErrUnknown, "a room that the bot is not in")
	outside := s.resolve("#private-" + local(s.alice.user))
	require.Equal(t, strangers, outside.Room.ID)
}
