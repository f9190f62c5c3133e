package inquiry_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/bot/store"
	"github.com/go-errbot/errbot/st2/client"
	"github.com/go-errbot/errbot/st2/internal/inquiry"
	"github.com/go-errbot/errbot/st2/st2test"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// chat is a bot as this package sees it.
type chat struct {
	ctx  context.Context
	stop func() // ends what Go has begun, and waits for it
	wait sync.WaitGroup
	said chan *backend.Message
}

// newChat returns a chat whose goroutines end before the test does.
func newChat(t testing.TB) *chat {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	c := &chat{ctx: ctx, said: make(chan *backend.Message, 100)}
	c.stop = func() {
		cancel()
		c.wait.Wait()
	}
	t.Cleanup(c.stop)
	return c
}

func (c *chat) Go(_ string, run func(ctx context.Context) error) {
	c.wait.Go(func() { _ = run(c.ctx) })
}

func (c *chat) SendMessage(_ context.Context, m *backend.Message) (backend.Ref, error) {
	c.said <- m
	return m.Ref, nil
}

// expect takes what was said next.
func (c *chat) expect(t testing.TB, text string) {
	t.Helper()
	require.Equal(t, text, c.next(t).Body)
}

// next returns what was said next, and waits for it.
func (c *chat) next(t testing.TB) *backend.Message {
	t.Helper()
	select {
	case m := <-c.said:
		return m
	case <-time.After(2 * time.Minute):
		t.Fatal("nothing is said")
		return nil
	}
}

// newStackStorm returns a StackStorm with a workflow that asks q, and a client for it.
func newStackStorm(t testing.TB, q st2test.Inquiry) (*st2test.Server, *client.Client) {
	t.Helper()
	srv := st2test.New(t, st2test.WithAccount("errbot", "secret"))
	srv.AddAction(st2test.Action{Ref: "demo.deploy", Runner: "orquesta", Run: func(ctx context.Context, call *st2test.Call) (any, error) {
		answer, err := call.Ask(ctx, q)
		return map[string]any{"output": answer}, err
	}})
	c, err := client.New(client.Config{
		AuthURL: srv.AuthURL(), APIURL: srv.APIURL(), StreamURL: srv.StreamURL(),
		Credential: client.Password{User: "errbot", Password: "secret"},
	})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return srv, c
}

// asked starts the workflow and returns its execution and what it asks.
func asked(t testing.TB, srv *st2test.Server, c *client.Client) (workflow string, o inquiry.Open) {
	t.Helper()
	e, err := c.Execute(t.Context(), client.ExecuteRequest{Action: "demo.deploy"})
	require.NoError(t, err)
	require.NoError(t, srv.Wait(t.Context()))
	all, total, err := inquiry.List(t.Context(), c)
	require.NoError(t, err)
	require.Equal(t, len(all), total)
	for _, o := range all {
		if o.WorkflowID() == e.ID {
			return e.ID, o
		}
	}
	t.Fatal("nothing is asked")
	return "", o
}

var (
	typed  = inquiry.Typed{Answer: "!answer", Cancel: "!cancel"}
	schema = json.RawMessage(`{"type":"object","properties":{"who":{"type":"string","required":true},"n":{"type":"integer","default":3}}}`)
)

func memory(t testing.TB) store.Store {
	t.Helper()
	s, err := store.NewMemory().Open("St2")
	require.NoError(t, err)
	return s
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }
