package slack_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/backend/slack"
)

func TestRefusals(t *testing.T) {
	for name, test := range map[string]struct {
		break_ func(w *workspace, o *slack.Options)
		says   string
	}{
		"wrong bot token":       {func(_ *workspace, o *slack.Options) { o.Token = "xoxb-wrong" }, "invalid_auth"},
		"wrong app token":       {func(_ *workspace, o *slack.Options) { o.AppToken = "xapp-wrong" }, "app_token: slack: open a connection: invalid_auth"},
		"account is gone":       {func(w *workspace, _ *slack.Options) { w.fail("auth.test", fault{code: "account_inactive"}) }, "account_inactive"},
		"scope is missing":      {func(w *workspace, _ *slack.Options) { w.fail("users.info", fault{code: "missing_scope"}) }, "missing_scope"},
		"app token of no scope": {func(w *workspace, _ *slack.Options) { w.fail("apps.connections.open", fault{code: "missing_scope"}) }, "app_token"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorkspace(t)
			o := w.options()
			test.break_(w, &o)
			b, err := slack.New(o)
			require.NoError(t, err)
			err = w.begin(b).end()
			require.ErrorIs(t, err, backend.ErrRefused)
			require.ErrorContains(t, err, test.says)
			require.LessOrEqual(t, len(w.called("auth.test")), 1, "no hammering")
			require.LessOrEqual(t, len(w.called("apps.connections.open")), 1, "no hammering")
		})
	}
}

func TestSocketModeSwitchedOff(t *testing.T) {
	w := newWorkspace(t)
	h := w.run(w.newBot())
	w.dismiss("link_disabled")
	require.ErrorIs(t, h.end(), backend.ErrRefused)
}

func TestTroubleThatPasses(t *testing.T) {
	for _, method := range []string{"auth.test", "users.info", "usergroups.list", "apps.connections.open"} {
		t.Run(method, func(t *testing.T) {
			w := newWorkspace(t)
			b := w.newBot()
			w.fail(method, fault{code: "internal_error"})
			err := w.begin(b).end()
			require.Error(t, err)
			require.NotErrorIs(t, err, backend.ErrRefused)
			w.fail(method, fault{limit: true}) // is waited for
			w.run(b)
		})
	}
}

func TestSilentConnection(t *testing.T) {
	w := newWorkspace(t)
	o := w.options()
	o.Timeout = 500 * time.Millisecond
	b, err := slack.New(o)
	require.NoError(t, err)
	w.mute = true
	h := w.run(b)
	require.ErrorContains(t, h.end(), "the websocket has ended")
}

// Slack moves connections now and then: nothing is lost, and Run goes on.
func TestConnectionIsReplaced(t *testing.T) {
	w := newWorkspace(t)
	w.lossy = false
	h := w.run(w.newBot())
	for round, reason := range []string{"warning", "refresh_requested", "warning"} {
		for i := range 20 {
			w.says(alice, ops, fmt.Sprintf("%d in %d", i, round), nil)
			if i == 10 {
				w.dismiss(reason)
			}
		}
		for i := range 20 {
			h.said(fmt.Sprintf("%d in %d", i, round))
		}
		opened := func() bool { return len(w.called("apps.connections.open")) == round+2 && w.connections() == 1 }
		require.Eventually(t, opened, patience, time.Millisecond)
	}
	require.Len(t, w.called("auth.test"), 1, "it is one Run")
}

// An envelope is acknowledged before anything is asked or done.
func TestAcknowledgesAtOnce(t *testing.T) {
	w := newWorkspace(t)
	h := w.run(w.newBot())
	wait := make(chan struct{})
	w.fail("users.info", fault{wait: wait})
	w.says(bob, ops, "who am I?", nil)
	require.Eventually(t, func() bool { return len(w.called("users.info")) == 2 && w.unacknowledged() == 0 }, patience, time.Millisecond)
	require.Empty(t, h.events)
	close(wait)
	h.said("who am I?")
}

func TestWhatComesTwiceIsTakenOnce(t *testing.T) {
	w := newWorkspace(t)
	h := w.run(w.newBot())
	w.mu.Lock()
	var parcels []*parcel
	for i := range 3 {
		w.put(ops, object{"user": alice, "text": fmt.Sprint("message ", i)})
		parcels = append(parcels, w.pending[len(w.pending)-1])
	}
	w.send("slash_commands", object{"command": "/st2", "text": "list", "user_id": alice, "channel_id": ops, "trigger_id": "t1"})
	parcels = append(parcels, w.pending[len(w.pending)-1])
	w.tell(object{"type": "app_mention", "user": alice, "text": "message 0", "channel": ops, "ts": w.channels[ops].messages[0]["ts"]})
	w.mu.Unlock()
	w.again(parcels...)
	w.again(parcels...)
	w.says(alice, ops, "last", nil)
	for _, body := range []string{"message 0", "message 1", "message 2", "!st2 list", "last"} {
		h.said(body)
	}
}

// While an event could not be dealt with, the connection ends; with the next one it is.
func TestEventIsTriedAgain(t *testing.T) {
	w := newWorkspace(t)
	b := w.newBot()
	h := w.run(b)
	w.fail("users.info", fault{code: "service_unavailable"})
	w.mu.Lock()
	w.send("slash_commands", object{"command": "/st2", "text": "list", "user_id": bob, "channel_id": ops, "trigger_id": "t1"})
	w.mu.Unlock()
	w.says(bob, ops, "and then", nil)
	require.Error(t, h.end())
	h = w.run(b)
	h.said("!st2 list")
	h.said("and then")
}

// What was said in threads and in private while nobody listened is found in the history.
func TestGaps(t *testing.T) {
	w := newWorkspace(t)
	b := w.newBot()
	w.says(alice, ops, "before the bot was there", nil)
	h := w.run(b)
	root := w.says(alice, ops, "root", nil)
	w.says(alice, ops, "in a thread", object{"thread_ts": root})
	h.said("root")
	h.said("in a thread")
	own := h.send(&backend.Message{Ref: h.resolve("#ops"), Body: "yes?"})
	require.Eventually(t, func() bool { return w.unacknowledged() == 0 }, patience, time.Millisecond)
	w.says(alice, ops, "heard", nil)
	h.said("heard")
	w.cut()
	require.Error(t, h.end())
	w.says(alice, ops, "again in the thread", object{"thread_ts": root})
	w.says(bob, bobsDirect, "in private", nil)
	w.says(alice, ops, "in a new thread", object{"thread_ts": own.ID})
	w.says(alice, ops, "old", object{"ts": "1700000000.000100"}) // nothing that was missed
	for i := range 5 {
		w.says(alice, ops, fmt.Sprint("page ", i), nil)
	}
	h = w.run(b)
	require.Equal(t, root, h.said("again in the thread").Thread)
	require.True(t, h.said("in private").IsPrivate())
	require.Equal(t, own.ID, h.said("in a new thread").Thread)
	for i := range 5 {
		h.said(fmt.Sprint("page ", i))
	}
	w.says(alice, ops, "after", nil)
	h.said("after")
}

// A conversation that cannot be read does not keep the others from being read.
func TestGapWithTrouble(t *testing.T) {
	w := newWorkspace(t)
	b := w.newBot()
	h := w.run(b)
	w.says(alice, ops, "one", nil)
	h.said("one")
	w.cut()
	require.Error(t, h.end())
	w.says(alice, direct, "two", nil)
	w.fail("conversations.history", fault{code: "missing_scope"}, fault{limit: true})
	w.run(b).said("two")
}

func TestSecretsDoNotShow(t *testing.T) {
	w := newWorkspace(t)
	var log bytes.Buffer
	o := w.options()
	o.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	b, err := slack.New(o)
	require.NoError(t, err)
	w.server.CloseClientConnections()
	w.fail("usergroups.list", fault{code: "missing_scope"})
	h := w.run(b)
	w.fail("chat.postMessage", fault{lost: true})
	_, sendErr := b.Send(t.Context(), &backend.Message{Ref: h.resolve("#ops"), Body: "x"})
	require.Error(t, sendErr)
	w.fail("files.getUploadURLExternal", fault{lost: true})
	_, fileErr := b.SendFile(t.Context(), &backend.Upload{Name: "a", Content: []byte("b")}, &backend.Message{Ref: h.resolve("#ops")})
	require.Error(t, fileErr)
	w.cut()
	text := fmt.Sprintf("%s %v %v %v %+v", log.String(), sendErr, fileErr, h.end(), o)
	for _, secret := range []string{botToken, appToken, "ticket-"} {
		require.NotContains(t, text, secret)
	}
}
