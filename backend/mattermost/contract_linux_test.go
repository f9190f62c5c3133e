package mattermost_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mattermost/mattermost-server/v6/model"
	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/backend/backendtest"
	"github.com/go-errbot/errbot/backend/chattest"
	"github.com/go-errbot/errbot/backend/mattermost"
)

const patience = 15 * time.Second

func TestContract(t *testing.T) { backendtest.Run(t, newNetwork) }

func TestConversation(t *testing.T) { chattest.Run(t, newNetwork(t)) }

// network is the server as the contract sees it, with alice on the other side.
type network struct {
	*scene
	limited atomic.Bool // the bot's next post is one too many
	last    *model.Post // of alice's in the room
	empty   *model.Channel
}

func newNetwork(t testing.TB) backendtest.Network {
	n := &network{scene: newScene(t)}
	front := n.inFront(httptest.NewServer, n.limit)
	n.proxy = newProxy(t, front.URL)
	n.bot = n.another(quickPresence)
	n.empty = n.channel(n.account.UserId)
	return backendtest.Network{
		Backend:       n.bot,
		Person:        n.alice.address(),
		Room:          "~" + n.room.Name,
		Unknown:       "@nobody-at-all",
		Patience:      patience,
		Emoji:         "+1",
		Say:           n.say,
		Heard:         n.heard,
		Refused:       n.another(func(o *mattermost.Options) { o.Token = "wrong" }),
		Cut:           n.proxy.cut,
		Throttle:      func() { n.limited.Store(true) },
		Echo:          n.echo,
		SayDelayed:    n.sayDelayed,
		Change:        n.change,
		HeardChange:   n.heardChange,
		Answer:        n.answerIn,
		HeardAnswer:   n.heardAnswer,
		Call:          func(text string) { n.say(n.room.Name, "@"+n.account.Username+" "+text) },
		HeardCall:     n.heardCall,
		SayFile:       n.sayFile,
		HeardFile:     n.heardFile,
		React:         n.react,
		HeardReaction: n.heardReaction,
		Appear:        n.appear,
		SeenAs:        n.seenAs,
		Walk:          n.walk,
		Empty:         "~" + n.empty.Name,
		Invited:       n.invited,
		HeardCard:     n.heardCard,
		Restart:       n.restart,
	}
}

func quickPresence(o *mattermost.Options) { o.PresenceEvery = 50 * time.Millisecond }

// limit refuses a post as the server's own limiter does.
func (n *network) limit(w http.ResponseWriter, r *http.Request, next http.Handler) {
	if isPost(r) && n.limited.CompareAndSwap(true, false) {
		w.Header().Set("X-RateLimit-Limit", "10")
		w.Header().Set("X-RateLimit-Remaining", "0")
		w.Header().Set("X-RateLimit-Reset", "1")
		http.Error(w, "limit exceeded", http.StatusTooManyRequests)
		return
	}
	next.ServeHTTP(w, r)
}

// channelOf returns the ID of the room, or of the private conversation.
func (n *network) channelOf(room string) string {
	if room == "" {
		return n.direct.Id
	}
	return n.room.Id
}

func (n *network) say(room, text string) {
	post := n.alice.say(n.channelOf(room), text)
	if room != "" {
		n.last = post
	}
}

func (n *network) heard(ctx context.Context, room string) (string, error) {
	for {
		post, err := n.alice.heard(ctx, n.channelOf(room))
		if err != nil {
			return "", err
		}
		if post.Message != "" {
			return shown(post.Message), nil
		}
	}
}

// echo posts in the bot's name.
func (n *network) echo(text string) {
	twin := n.client()
	twin.SetToken(n.token)
	_, _, err := twin.CreatePost(&model.Post{ChannelId: n.room.Id, Message: text})
	require.NoError(n, err)
}

// sayDelayed posts what is an hour old: an administrator may date posts.
func (n *network) sayDelayed(text string) {
	_, err := n.admin.UpdateUserRoles(n.alice.me.Id, "system_user system_admin")
	require.NoError(n, err)
	old := time.Now().Add(-time.Hour).UnixMilli()
	_, _, err = n.alice.CreatePost(&model.Post{ChannelId: n.room.Id, Message: text, CreateAt: old})
	require.NoError(n, err)
}

func (n *network) change(text string) {
	_, _, err := n.alice.PatchPost(n.last.Id, &model.PostPatch{Message: &text})
	require.NoError(n, err)
}

func (n *network) heardChange(ctx context.Context) (string, error) {
	post, err := receive(ctx, n.alice.changes)
	if err != nil {
		return "", err
	}
	return shown(post.Message), nil
}

func (n *network) answerIn(to backend.Ref, text string) {
	_, _, err := n.alice.CreatePost(&model.Post{ChannelId: n.room.Id, RootId: rootOf(to), Message: text})
	require.NoError(n, err)
}

func (n *network) heardAnswer(ctx context.Context, to backend.Ref) (string, error) {
	for {
		post, err := n.alice.heard(ctx, n.room.Id)
		if err != nil {
			return "", err
		}
		if post.RootId == rootOf(to) {
			return shown(post.Message), nil
		}
	}
}

func rootOf(to backend.Ref) string {
	if to.Thread != "" {
		return to.Thread
	}
	return to.ID
}

func (n *network) heardCall(ctx context.Context) (string, bool, error) {
	post, err := n.alice.heard(ctx, n.room.Id)
	if err != nil {
		return "", false, err
	}
	return shown(post.Message), len(n.alice.mentions(post.Id)) > 0, nil
}

func (n *network) sayFile(name string, content []byte) {
	up, _, err := n.alice.UploadFile(content, n.room.Id, name)
	require.NoError(n, err)
	_, _, err = n.alice.CreatePost(&model.Post{ChannelId: n.room.Id, FileIds: model.StringArray{up.FileInfos[0].Id}})
	require.NoError(n, err)
}

func (n *network) heardFile(ctx context.Context) (string, []byte, error) {
	post, err := receive(ctx, n.alice.files)
	if err != nil {
		return "", nil, err
	}
	info, _, err := n.alice.GetFileInfo(post.FileIds[0])
	if err != nil {
		return "", nil, err
	}
	content, _, err := n.alice.GetFile(info.Id)
	return info.Name, content, err
}

func (n *network) react(to backend.Ref, name string, remove bool) {
	reaction := &model.Reaction{UserId: n.alice.me.Id, PostId: to.ID, EmojiName: name}
	var err error
	if remove {
		_, err = n.alice.DeleteReaction(reaction)
	} else {
		_, _, err = n.alice.SaveReaction(reaction)
	}
	require.NoError(n, err)
}

func (n *network) heardReaction(ctx context.Context) (string, bool, error) {
	r, err := receive(ctx, n.alice.reactions)
	return r.name, r.removed, err
}

func (n *network) appear(status string) {
	_, _, err := n.alice.UpdateUserStatus(n.alice.me.Id, &model.Status{UserId: n.alice.me.Id, Status: status})
	require.NoError(n, err)
}

func (n *network) seenAs(ctx context.Context, status string) error {
	return until(ctx, func() bool {
		seen, _, err := n.alice.GetUserStatus(n.account.UserId, "")
		return err == nil && seen.Status == status
	})
}

func (n *network) walk(in bool) {
	var err error
	if in {
		_, _, err = n.alice.AddChannelMember(n.room.Id, n.alice.me.Id)
	} else {
		_, err = n.alice.RemoveUserFromChannel(n.room.Id, n.alice.me.Id)
	}
	require.NoError(n, err)
}

func (n *network) invited(ctx context.Context) error {
	return until(ctx, func() bool {
		_, _, err := n.alice.GetChannelMember(n.empty.Id, n.alice.me.Id, "")
		return err == nil
	})
}

func (n *network) heardCard(ctx context.Context) (backend.Card, error) {
	post, err := receive(ctx, n.alice.cards)
	if err != nil {
		return backend.Card{}, err
	}
	a := post.Attachments()[0]
	card := backend.Card{Summary: a.Pretext, Title: a.Title, Link: a.TitleLink, Body: a.Text, Color: a.Color}
	for _, f := range a.Fields {
		value, _ := f.Value.(string)
		card.Fields = append(card.Fields, backend.Field{Name: f.Title, Value: value})
	}
	return card, nil
}

func (n *network) restart() {
	n.kill()
	require.NoError(n, n.start())
	n.alice.listen(n.url)
}

func receive[T any](ctx context.Context, from <-chan T) (value T, err error) {
	select {
	case value = <-from:
		return value, nil
	case <-ctx.Done():
		return value, ctx.Err()
	}
}

// until asks again and again until the answer is yes.
func until(ctx context.Context, yes func() bool) error {
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for !yes() {
		select {
		case <-again.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}
