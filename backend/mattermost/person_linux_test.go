package mattermost_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/mattermost/mattermost-server/v6/model"
	"github.com/mattermost/mattermost-server/v6/shared/markdown"
	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/backend/mattermost"
	"github.com/go-errbot/errbot/bot/secret"
)

// scene is one test's part of the server: a bot and a person in a channel of their own.
type scene struct {
	testing.TB
	*server
	bot     *mattermost.Backend
	account *model.Bot
	token   string
	proxy   *proxy
	alice   *person
	room    *model.Channel
	direct  *model.Channel
}

var names atomic.Int64 // of accounts and channels

func newScene(t testing.TB, change ...func(o *mattermost.Options)) *scene {
	s := &scene{TB: t, server: realServer(t)}
	name := fmt.Sprintf("bot-%d", names.Add(1))
	var err error
	s.account, _, err = s.admin.CreateBot(&model.Bot{Username: name, DisplayName: "Bot"})
	require.NoError(t, err)
	token, _, err := s.admin.CreateUserAccessToken(s.account.UserId, "test")
	require.NoError(t, err)
	s.token = token.Token
	s.join(s.account.UserId)
	s.room = s.channel(s.account.UserId)
	s.alice = s.person("alice", s.room)
	s.direct, _, err = s.alice.CreateDirectChannel(s.alice.me.Id, s.account.UserId)
	require.NoError(t, err)
	s.proxy = newProxy(t, s.url)
	s.bot = s.another(change...)
	return s
}

// another returns a bot on the scene's proxy.
func (s *scene) another(change ...func(o *mattermost.Options)) *mattermost.Backend {
	options := mattermost.Options{Server: "http://" + s.proxy.address(), Team: s.team.Name, Token: secret.String(s.token)}
	for _, f := range change {
		f(&options)
	}
	b, err := mattermost.New(options)
	require.NoError(s, err)
	return b
}

func (s *scene) join(userID string) {
	_, _, err := s.admin.AddTeamMember(s.team.Id, userID)
	require.NoError(s, err)
}

// channel makes a channel with people in it.
func (s *scene) channel(userIDs ...string) *model.Channel {
	name := fmt.Sprintf("room-%d", names.Add(1))
	c, _, err := s.admin.CreateChannel(&model.Channel{TeamId: s.team.Id, Name: name, DisplayName: name, Type: model.ChannelTypeOpen})
	require.NoError(s, err)
	for _, id := range userIDs {
		_, _, err := s.admin.AddChannelMember(c.Id, id)
		require.NoError(s, err)
	}
	return c
}

// person is somebody on the other side, with the client of Mattermost's own module.
type person struct {
	testing.TB
	*model.Client4
	me *model.User

	changes, files, cards chan *model.Post // posts of these kinds, from everywhere
	reactions             chan reaction    // that were not there, or were

	mu      sync.Mutex
	posts   map[string]chan *model.Post // what arrives, by channel
	raw     map[string]string           // who is mentioned, by post
	reacted map[string]bool             // the reactions that are there
}

// reaction is one that somebody sees come or go.
type reaction struct {
	name    string
	removed bool
}

func (s *scene) person(name string, channels ...*model.Channel) *person {
	p := s.deafPerson(name, channels...)
	p.listen(s.url)
	return p
}

// deafPerson takes in nothing.
func (s *scene) deafPerson(name string, channels ...*model.Channel) *person {
	name = fmt.Sprintf("%s-%d", name, names.Add(1))
	p := &person{
		TB: s, Client4: s.client(), posts: map[string]chan *model.Post{}, raw: map[string]string{}, reacted: map[string]bool{},
		changes: make(chan *model.Post, 1000), files: make(chan *model.Post, 1000), cards: make(chan *model.Post, 1000),
		reactions: make(chan reaction, 1000),
	}
	var err error
	_, _, err = s.admin.CreateUser(&model.User{Username: name, Email: name + "@example.com", Password: password, FirstName: "Ada", LastName: "L."})
	require.NoError(s, err)
	p.me, _, err = p.Login(name, password)
	require.NoError(s, err)
	s.join(p.me.Id)
	for _, c := range channels {
		_, _, err := s.admin.AddChannelMember(c.Id, p.me.Id)
		require.NoError(s, err)
	}
	return p
}

func (p *person) address() string { return "@" + p.me.Username }

// listen takes in what the server tells the person.
func (p *person) listen(server string) {
	ws, err := model.NewWebSocketClient4(strings.Replace(server, "http", "ws", 1), p.AuthToken)
	require.NoError(p, err)
	ws.Listen()
	var done sync.WaitGroup
	done.Go(func() {
		for range ws.ResponseChannel {
		}
	})
	done.Go(func() {
		for e := range ws.EventChannel {
			p.take(e)
		}
	})
	p.Cleanup(func() {
		ws.Close()
		done.Wait()
	})
}

func (p *person) take(e *model.WebSocketEvent) {
	switch e.EventType() {
	case model.WebsocketEventPosted, model.WebsocketEventEphemeralMessage, model.WebsocketEventPostEdited:
		p.takePost(e)
	case model.WebsocketEventReactionAdded, model.WebsocketEventReactionRemoved:
		p.takeReaction(e)
	}
}

func (p *person) takePost(e *model.WebSocketEvent) {
	post := &model.Post{}
	text, _ := e.GetData()["post"].(string)
	if json.Unmarshal([]byte(text), post) != nil || post.UserId == p.me.Id || post.IsSystemMessage() && e.EventType() == model.WebsocketEventPosted {
		return
	}
	if e.EventType() == model.WebsocketEventPostEdited {
		p.changes <- post
		return
	}
	p.mu.Lock()
	p.raw[post.Id], _ = e.GetData()["mentions"].(string)
	p.mu.Unlock()
	if len(post.FileIds) > 0 {
		p.files <- post
	}
	if len(post.Attachments()) > 0 {
		p.cards <- post
	}
	p.queue(post.ChannelId) <- post
}

// takeReaction notes what becomes visible: the server also tells of a reaction that was
// there already.
func (p *person) takeReaction(e *model.WebSocketEvent) {
	var r model.Reaction
	text, _ := e.GetData()["reaction"].(string)
	if json.Unmarshal([]byte(text), &r) != nil || r.UserId == p.me.Id {
		return
	}
	key, there := r.PostId+r.UserId+r.EmojiName, e.EventType() == model.WebsocketEventReactionAdded
	p.mu.Lock()
	changed := p.reacted[key] != there
	p.reacted[key] = there
	p.mu.Unlock()
	if changed {
		p.reactions <- reaction{r.EmojiName, !there}
	}
}

func (p *person) queue(channelID string) chan *model.Post {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.posts[channelID] == nil {
		p.posts[channelID] = make(chan *model.Post, 50_000)
	}
	return p.posts[channelID]
}

// heard returns the next post that arrives in a channel.
func (p *person) heard(ctx context.Context, channelID string) (*model.Post, error) {
	select {
	case post := <-p.queue(channelID):
		return post, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// hear is heard for a test that expects something.
func (p *person) hear(channelID string) *model.Post {
	p.Helper()
	ctx, cancel := context.WithTimeout(p.Context(), patience)
	defer cancel()
	post, err := p.heard(ctx, channelID)
	require.NoError(p, err, "nothing arrived")
	return post
}

// say posts in a channel.
func (p *person) say(channelID, text string) *model.Post {
	p.Helper()
	post, _, err := p.CreatePost(&model.Post{ChannelId: channelID, Message: text})
	require.NoError(p, err)
	return post
}

// mentions returns the people whom a post has notified.
func (p *person) mentions(postID string) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var ids []string
	_ = json.Unmarshal([]byte(p.raw[postID]), &ids)
	return ids
}

// shown returns a message as Mattermost's own parser reads it: without markup, and without
// what nobody sees.
func shown(message string) string {
	var out strings.Builder
	newLine := func() {
		if out.Len() > 0 && !strings.HasSuffix(out.String(), "\n") {
			out.WriteByte('\n')
		}
	}
	markdown.Inspect(message, func(node any) bool {
		switch n := node.(type) {
		case *markdown.Text:
			out.WriteString(n.Text)
		case *markdown.CodeSpan:
			out.WriteString(n.Code)
		case *markdown.SoftLineBreak, *markdown.HardLineBreak:
			out.WriteByte('\n')
		case *markdown.FencedCode:
			newLine()
			out.WriteString(n.Code())
		case *markdown.IndentedCode:
			newLine()
			out.WriteString(n.Code())
		case *markdown.Autolink:
			out.WriteString("[link]")
		case *markdown.Paragraph, *markdown.ListItem:
			newLine()
		}
		return true
	})
	return strings.ReplaceAll(out.String(), "\u200b", "")
}

// proxy stands between the bot and the server, so that its connections can be cut.
type proxy struct {
	l      net.Listener
	target string
	wg     sync.WaitGroup

	mu     sync.Mutex
	conns  map[net.Conn]bool
	frozen atomic.Bool
}

func newProxy(t testing.TB, server string) *proxy {
	u, err := url.Parse(server)
	require.NoError(t, err)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	p := &proxy{l: l, target: u.Host, conns: map[net.Conn]bool{}}
	p.wg.Go(p.accept)
	t.Cleanup(func() {
		_ = l.Close()
		p.cut()
		p.wg.Wait()
	})
	return p
}

func (p *proxy) address() string { return p.l.Addr().String() }

func (p *proxy) accept() {
	for {
		in, err := p.l.Accept()
		if err != nil {
			return
		}
		out, err := net.Dial("tcp", p.target)
		if err != nil {
			_ = in.Close()
			continue
		}
		p.mu.Lock()
		p.conns[in], p.conns[out] = true, true
		p.mu.Unlock()
		p.wg.Go(func() { p.copy(in, out) })
		p.wg.Go(func() { p.copy(out, in) })
	}
}

func (p *proxy) copy(to, from net.Conn) {
	_, _ = io.Copy(unlessFrozen{to, p}, from)
	_, _ = to.Close(), from.Close()
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.conns, from)
}

// freeze keeps all connections open and lets nothing through any more.
func (p *proxy) freeze() { p.frozen.Store(true) }

// unlessFrozen swallows what is written to a frozen proxy.
type unlessFrozen struct {
	io.Writer
	p *proxy
}

func (w unlessFrozen) Write(data []byte) (int, error) {
	if w.p.frozen.Load() {
		return len(data), nil
	}
	return w.Writer.Write(data)
}

// cut ends all connections at once, whatever is under way on them.
func (p *proxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		_ = c.(*net.TCPConn).SetLinger(0)
		_ = c.Close()
	}
}
