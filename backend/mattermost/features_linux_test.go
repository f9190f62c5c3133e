package mattermost_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/mattermost/mattermost-server/v6/model"
	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/backend/mattermost"
)

func TestCredentials(t *testing.T) {
	s := newScene(t)
	p := s.person("carol")
	for name, c := range map[string]struct {
		change  func(o *mattermost.Options)
		refused string
		session bool // is opened and has to be ended
	}{
		"password": {session: true, change: func(o *mattermost.Options) { o.Token, o.Login, o.Password = "", p.me.Username, password }},
		"e-mail":   {session: true, change: func(o *mattermost.Options) { o.Token, o.Login, o.Password = "", p.me.Email, password }},
		"no team":  {change: func(o *mattermost.Options) { o.Team = "" }},
		"wrong password": {change: func(o *mattermost.Options) { o.Token, o.Login, o.Password = "", p.me.Username, "wrong-Secret-1" },
			refused: "Enter a valid email or username"},
		"wrong token": {change: func(o *mattermost.Options) { o.Token = "wrong-Secret-1" }, refused: "Invalid or expired session"},
		"wrong team":  {change: func(o *mattermost.Options) { o.Team = "other" }, refused: "is not in the team \"other\" (it is in: main)"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t, c.change)
			if c.refused == "" {
				h := s.connect()
				before, _, err := s.admin.GetSessions(p.me.Id, "")
				require.NoError(t, err)
				h.cancel()
				require.NoError(t, h.end())
				after, _, err := s.admin.GetSessions(p.me.Id, "")
				require.NoError(t, err)
				if c.session {
					require.Len(t, after, len(before)-1, "the session ends with the bot")
				}
				return
			}
			err := s.bot.Run(t.Context(), nil)
			require.ErrorIs(t, err, backend.ErrRefused)
			require.ErrorContains(t, err, c.refused)
			require.NotContains(t, err.Error(), "Secret")
		})
	}
}

// A session that was ended elsewhere ends the connection; with a password there is a new one.
func TestSessionEnds(t *testing.T) {
	s := newScene(t)
	p := s.person("dave", s.room)
	s.bot = s.another(func(o *mattermost.Options) { o.Token, o.Login, o.Password = "", p.me.Username, password })
	h := s.connect()
	_, err := s.admin.RevokeAllSessions(p.me.Id)
	require.NoError(t, err)
	s.proxy.cut()
	require.NotErrorIs(t, h.end(), backend.ErrRefused)
	h = s.connect()
	s.alice.say(s.room.Id, "still there?")
	require.Equal(t, "still there?", next[*backend.Message](h).Body)
}

func TestThreads(t *testing.T) {
	s := newScene(t)
	h := s.connect()
	root := s.alice.say(s.room.Id, "root")
	m := next[*backend.Message](h)
	require.Equal(t, root.Id, m.ID)
	require.Empty(t, m.Thread)

	to := backend.Ref{Room: m.Room, Thread: m.ID}
	sent := s.send(&backend.Message{Ref: to, Body: "answer"})
	require.Equal(t, root.Id, s.alice.hear(s.room.Id).RootId)
	require.Equal(t, root.Id, sent.Thread)

	_, _, err := s.alice.CreatePost(&model.Post{ChannelId: s.room.Id, RootId: root.Id, Message: "more"})
	require.NoError(t, err)
	m = next[*backend.Message](h)
	require.Equal(t, root.Id, m.Thread)
	require.NotEqual(t, root.Id, m.ID)

	_, err = s.alice.DeletePost(root.Id)
	require.NoError(t, err)
	sent = s.send(&backend.Message{Ref: to, Body: "to a thread that is gone"})
	require.Empty(t, s.alice.hear(s.room.Id).RootId)
	require.Empty(t, sent.Thread)
}

func TestAttachmentsAndCards(t *testing.T) {
	s := newScene(t)
	s.connect()
	require.Equal(t, []string{backend.ExtraAttachments}, s.bot.Extras())
	s.send(&backend.Message{Ref: s.roomRef(), Body: "above", Extras: map[string]any{
		backend.ExtraAttachments: []any{map[string]any{"text": "below", "color": "#ff0000"}},
	}})
	post := s.alice.hear(s.room.Id)
	require.Equal(t, "above", post.Message)
	require.Len(t, post.Attachments(), 1)
	require.Equal(t, "below", post.Attachments()[0].Text)

	card := &backend.Card{Summary: "sum", Title: "title", Link: "http://127.0.0.1:1/x", Color: "red", Body: "**body**",
		Fields: []backend.Field{{Name: "role", Value: "web"}}}
	sent, err := s.bot.SendCard(t.Context(), card, &backend.Message{Ref: s.roomRef(), Body: card.Markdown()})
	require.NoError(t, err)
	post = s.alice.hear(s.room.Id)
	require.Equal(t, sent.ID, post.Id)
	a := post.Attachments()[0]
	require.Equal(t, []string{"sum", "title", "http://127.0.0.1:1/x", "#d24b4e", "**body**"}, []string{a.Pretext, a.Title, a.TitleLink, a.Color, a.Text})
	require.Equal(t, "role", a.Fields[0].Title)
}

func TestWhispers(t *testing.T) {
	s := newScene(t)
	s.connect()
	to := *s.resolve(s.alice.address()).Person
	m := &backend.Message{Ref: s.roomRef(), Body: "for you only"}
	_, err := s.bot.Whisper(t.Context(), m, to)
	require.ErrorIs(t, err, errors.ErrUnsupported, "without the permission")

	_, err = s.admin.UpdateUserRoles(s.account.UserId, "system_user system_admin")
	require.NoError(t, err)
	bystander := s.person("bob", s.room)
	_, err = s.bot.Whisper(t.Context(), m, to)
	require.NoError(t, err)
	require.Equal(t, "for you only", s.alice.hear(s.room.Id).Message)
	s.send(&backend.Message{Ref: s.roomRef(), Body: "for all"})
	require.Equal(t, "for all", bystander.hear(s.room.Id).Message)
}

func TestFiles(t *testing.T) {
	s := newScene(t)
	h := s.connect()
	content := bytes.Repeat([]byte("x"), 1000)
	up, _, err := s.alice.UploadFile(content, s.room.Id, "in.txt")
	require.NoError(t, err)
	_, _, err = s.alice.CreatePost(&model.Post{ChannelId: s.room.Id, Message: "see", FileIds: model.StringArray{up.FileInfos[0].Id}})
	require.NoError(t, err)
	m := next[*backend.Message](h)
	require.Len(t, m.Files, 1)
	require.Equal(t, "in.txt", m.Files[0].Name)
	require.EqualValues(t, 1000, m.Files[0].Size)
	r, err := s.bot.OpenFile(t.Context(), m.Files[0])
	require.NoError(t, err)
	got, err := io.ReadAll(r)
	require.NoError(t, err)
	require.NoError(t, r.Close())
	require.Equal(t, content, got)
	_, err = s.bot.OpenFile(t.Context(), backend.File{URL: "http://elsewhere.example.com/api/v4/files/" + up.FileInfos[0].Id})
	require.ErrorIs(t, err, backend.ErrUnknown)

	_, err = s.bot.SendFile(t.Context(), &backend.Upload{Name: "out.txt", Content: content}, &backend.Message{Ref: s.roomRef(), Body: "here"})
	require.NoError(t, err)
	post := s.alice.hear(s.room.Id)
	require.Equal(t, "here", post.Message)
	got, _, err = s.alice.GetFile(post.FileIds[0])
	require.NoError(t, err)
	require.Equal(t, content, got)

	_, err = s.bot.SendFile(t.Context(), &backend.Upload{Name: "big", Content: make([]byte, 2<<20)}, &backend.Message{Ref: s.roomRef()})
	require.ErrorIs(t, err, backend.ErrFileTooLarge)
}

func TestEditsAndReactions(t *testing.T) {
	s := newScene(t)
	h := s.connect()
	post := s.alice.say(s.room.Id, "tpyo")
	require.False(t, next[*backend.Message](h).Edited)
	_, err := s.alice.PinPost(post.Id) // a change that is no edit
	require.NoError(t, err)
	_, _, err = s.alice.PatchPost(post.Id, &model.PostPatch{Message: model.NewString("typo")})
	require.NoError(t, err)
	m := next[*backend.Message](h)
	require.True(t, m.Edited)
	require.Equal(t, "typo", m.Body)
	require.Equal(t, post.Id, m.ID)

	_, _, err = s.alice.SaveReaction(&model.Reaction{UserId: s.alice.me.Id, PostId: post.Id, EmojiName: "tada"})
	require.NoError(t, err)
	r := next[backend.Reaction](h)
	require.Equal(t, []any{"tada", post.Id, s.alice.me.Id, false}, []any{r.Name, r.To.ID, r.By.ID, r.Removed})
	require.True(t, r.To.IsRoom())

	require.NoError(t, s.bot.React(t.Context(), m.Ref, "eyes"))
	require.NoError(t, s.bot.React(t.Context(), m.Ref, "eyes"))
	reactions, _, err := s.alice.GetReactions(post.Id)
	require.NoError(t, err)
	require.Len(t, reactions, 2)
	require.NoError(t, s.bot.Unreact(t.Context(), m.Ref, "eyes"))

	sent := s.send(&backend.Message{Ref: s.roomRef(), Body: "working"})
	require.NoError(t, s.bot.Edit(t.Context(), &backend.Message{Ref: sent, Body: "done"}))
	edited, _, err := s.alice.GetPost(sent.ID, "")
	require.NoError(t, err)
	require.Equal(t, "done", edited.Message)
}

func TestRooms(t *testing.T) {
	s := newScene(t)
	h := s.connect()
	other := s.channel(s.alice.me.Id)
	address := "~" + other.Name
	ctx := t.Context()
	require.NoError(t, s.bot.Join(ctx, "#"+other.Name, "", ""))
	require.NoError(t, s.bot.Join(ctx, address, "", ""), "twice is no error")
	change := func() backend.RoomChange {
		for {
			if c := next[backend.RoomChange](h); c.Room.Address == address {
				return c
			}
		}
	}
	joined := change()
	require.Equal(t, []any{backend.Joined, address, s.bot.Self().ID}, []any{joined.Kind, joined.Room.Address, joined.Person.ID})

	rooms, err := s.bot.Rooms(ctx)
	require.NoError(t, err)
	require.Contains(t, rooms, *s.resolve(address).Room)
	require.NoError(t, s.bot.SetTopic(ctx, address, "on fire"))
	require.Equal(t, "on fire", change().Topic)
	topic, err := s.bot.Topic(ctx, address)
	require.NoError(t, err)
	require.Equal(t, "on fire", topic)

	bob := s.person("bob")
	require.NoError(t, s.bot.Invite(ctx, address, bob.address()))
	require.Equal(t, bob.me.Id, change().Person.ID)
	people, err := s.bot.Occupants(ctx, address)
	require.NoError(t, err)
	require.Contains(t, people, *s.resolve(bob.address()).Person)
	require.ErrorIs(t, s.bot.Invite(ctx, address, "@nobody-at-all"), backend.ErrUnknown)

	require.NoError(t, s.bot.Leave(ctx, address, ""))
	require.Equal(t, backend.Left, change().Kind)
	require.ErrorIs(t, s.bot.Join(ctx, "~no-such-channel", "", ""), backend.ErrUnknown)
}

func TestAddresses(t *testing.T) {
	s := newScene(t)
	s.connect()
	want := s.roomRef()
	require.Equal(t, "~"+s.room.Name, want.Room.ACL)
	for _, address := range []string{"#" + s.room.Name, "main/" + s.room.Name, "~main/" + s.room.Name, "~" + strings.ToUpper(s.room.Name)} {
		require.Equal(t, want, s.resolve(address), address)
	}
	alice := s.resolve(strings.ToUpper(s.alice.address())).Person
	require.Equal(t, s.alice.address(), alice.ACL)
	require.Equal(t, "Ada L.", alice.FullName)
	for _, address := range []string{"", "@", "~", "#", "main/", "/x", s.room.Name, "@a/b", "~a/b/c", "~..", "@..", "~no-such", "nowhere/" + s.room.Name, "~" + s.direct.Name} {
		_, err := s.bot.Resolve(t.Context(), address)
		require.ErrorIs(t, err, backend.ErrUnknown, address)
	}
}

// A channel of another team must not be taken for one of ours.
func TestOtherTeams(t *testing.T) {
	s := newScene(t)
	name := fmt.Sprintf("team-%d", names.Add(1))
	team, _, err := s.admin.CreateTeam(&model.Team{Name: name, DisplayName: name, Type: model.TeamOpen, AllowOpenInvite: true})
	require.NoError(t, err)
	for _, id := range []string{s.account.UserId, s.alice.me.Id} {
		_, _, err := s.admin.AddTeamMember(team.Id, id)
		require.NoError(t, err)
	}
	twin, _, err := s.admin.CreateChannel(&model.Channel{TeamId: team.Id, Name: s.room.Name, DisplayName: "x", Type: model.ChannelTypeOpen})
	require.NoError(t, err)
	for _, id := range []string{s.account.UserId, s.alice.me.Id} {
		_, _, err := s.admin.AddChannelMember(twin.Id, id)
		require.NoError(t, err)
	}
	h := s.connect()
	s.alice.say(twin.Id, "!deploy")
	m := next[*backend.Message](h)
	require.Equal(t, "~"+name+"/"+s.room.Name, m.Room.ACL)
	require.Equal(t, m.Room, s.resolve(m.Room.Address).Room)
}

func TestMentions(t *testing.T) {
	s := newScene(t)
	h := s.connect()
	s.alice.say(s.room.Id, "@"+s.account.Username+", ask "+s.alice.address()+". Not @nobody-at-all or @all")
	var said []string
	for _, p := range next[*backend.Message](h).Mentions {
		said = append(said, p.Address)
	}
	require.Equal(t, []string{"@" + s.account.Username, s.alice.address()}, said)

	sent := s.send(&backend.Message{Ref: s.roomRef(), Body: s.bot.Mention(*s.resolve(s.alice.address()).Person) + "done"})
	s.alice.hear(s.room.Id)
	require.Equal(t, []string{s.alice.me.Id}, s.alice.mentions(sent.ID))
	sent = s.send(&backend.Message{Ref: s.roomRef(), Plain: true, Body: "no " + s.alice.address() + " @channel @all @here"})
	s.alice.hear(s.room.Id)
	require.Empty(t, s.alice.mentions(sent.ID), "what is plain addresses nobody")
}

func TestLongMessages(t *testing.T) {
	s := newScene(t)
	s.connect()
	require.Equal(t, backend.Limits{MessageSize: 16383, Unit: backend.Runes}, s.bot.Limits())
	long := strings.Repeat("€", 16383)
	s.send(&backend.Message{Ref: s.roomRef(), Body: long})
	require.Equal(t, long, s.alice.hear(s.room.Id).Message)
	marks := strings.Repeat("*", 16383)
	s.send(&backend.Message{Ref: s.roomRef(), Body: marks, Plain: true})
	got := ""
	for range 3 { // what keeps it from being markup makes it longer
		got += shown(s.alice.hear(s.room.Id).Message)
	}
	require.True(t, marks == got)
	_, err := s.bot.Send(t.Context(), &backend.Message{Ref: s.roomRef(), Body: ""})
	require.NoError(t, err)
}

// A webhook speaks in the name of who made it, and everybody may use it.
func TestWebhooksHaveNobodysRights(t *testing.T) {
	s := newScene(t)
	h := s.connect()
	hook, _, err := s.admin.CreateIncomingWebhook(&model.IncomingWebhook{ChannelId: s.room.Id})
	require.NoError(t, err)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+"/hooks/"+hook.Id, strings.NewReader(`{"text":"!restart"}`))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/json")
	resp, err := s.admin.HTTPClient.Do(req)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, http.StatusOK, resp.StatusCode)
	s.alice.say(s.room.Id, "hello")
	require.Equal(t, "hello", next[*backend.Message](h).Body)
}

func TestTypingAndPresence(t *testing.T) {
	s := newScene(t)
	s.connect()
	require.NoError(t, s.bot.Typing(t.Context(), s.roomRef()))
	require.NoError(t, s.bot.SetPresence(t.Context(), "away", ""))
	status, _, err := s.alice.GetUserStatus(s.account.UserId, "")
	require.NoError(t, err)
	require.Equal(t, "away", status.Status)
}

// A person who is renamed is no longer who rules name.
func TestRenames(t *testing.T) {
	s := newScene(t)
	h := s.connect()
	s.alice.say(s.room.Id, "before")
	require.Equal(t, s.alice.address(), next[*backend.Message](h).From.ACL)
	name := s.alice.me.Username + "-new"
	_, _, err := s.alice.PatchUser(s.alice.me.Id, &model.UserPatch{Username: &name})
	require.NoError(t, err)
	s.alice.say(s.room.Id, "after")
	require.Equal(t, "@"+name, next[*backend.Message](h).From.ACL)
}
