package delivery_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/bot/secret"
	"github.com/go-errbot/errbot/bot/store"
	"github.com/go-errbot/errbot/st2/client"
	"github.com/go-errbot/errbot/st2/internal/delivery"
	"github.com/go-errbot/errbot/st2/st2test"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// room is a chat that remembers what is shown, all of it in rooms that begin with "#".
type room struct {
	gate chan struct{} // Show waits until it is closed; nil: it does not wait

	mu    sync.Mutex
	fails []error // of the next things shown
	shown []string
}

func (r *room) Resolve(_ context.Context, address string) (backend.Ref, error) {
	if !strings.HasPrefix(address, "#") {
		return backend.Ref{}, backend.ErrUnknown
	}
	return place(address), nil
}

func (r *room) Text(a client.Announcement) string { return a.Message }

func (r *room) Show(ctx context.Context, _ backend.Ref, a client.Announcement) error {
	if r.gate != nil {
		select {
		case <-r.gate:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return delivery.Persist(ctx, func(context.Context) error {
		r.mu.Lock()
		defer r.mu.Unlock()
		if len(r.fails) > 0 {
			err := r.fails[0]
			r.fails = r.fails[1:]
			return err
		}
		r.shown = append(r.shown, a.Message[:min(len(a.Message), 40)])
		return nil
	})
}

func (r *room) NotifyAdmins(string) {}

func (r *room) said() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]string{}, r.shown...)
}

func place(address string) backend.Ref {
	return backend.ToRoom(backend.Room{ID: address, Address: address})
}

// start starts a courier that delivers from srv's list to r, in a bubble.
func start(t *testing.T, srv *st2test.Server, r *room) *delivery.Courier {
	t.Helper()
	transport := srv.Transport()
	t.Cleanup(transport.CloseIdleConnections)
	c, err := client.New(client.Config{
		APIURL: srv.APIURL(), StreamURL: srv.StreamURL(), AuthURL: srv.AuthURL(),
		Credential: client.Token{Token: secret.String(srv.Token("st2admin", 0))}, Transport: transport,
	})
	require.NoError(t, err)
	s, err := store.NewMemory().Open("st2")
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	var goroutines sync.WaitGroup
	t.Cleanup(func() {
		cancel()
		goroutines.Wait()
	})
	courier, err := delivery.Open(t.Context(), delivery.Config{
		StackStorm: c, Chat: r, Store: s, Log: slog.New(slog.DiscardHandler), Route: "errbot", Every: time.Minute,
		Go: func(_ string, run func(context.Context) error) { goroutines.Go(func() { _ = run(ctx) }) },
	})
	require.NoError(t, err)
	courier.Start()
	courier.Prepare(t.Context())
	return courier
}

func announcement(text string) client.Announcement {
	return client.Announcement{Route: "errbot", Channel: "#ops", Message: text}
}

// pass lets time go by.
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// So much waits for the chat that nothing more is taken: what the list brings is taken later, who
// posts is refused, and what was refused is delivered when it is brought again.
func TestTooMuchWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := st2test.New(t, st2test.InMemory())
		r := &room{gate: make(chan struct{})}
		courier := start(t, srv, r)
		delivery.Wait(courier, 50<<10)
		var want []string
		for i := range 12 {
			text := fmt.Sprintf("announcement %d", i)
			srv.Announce("errbot", map[string]any{"channel": "#ops", "message": text})
			want = append(want, text)
		}
		courier.Connected()
		pass(10 * time.Minute)
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		require.ErrorIs(t, courier.Posted(ctx, announcement("posted")), context.DeadlineExceeded)
		require.Empty(t, r.said())
		close(r.gate)
		pass(10 * time.Minute)
		require.Equal(t, want, r.said())
		require.NoError(t, courier.Event(t.Context(), announcement("posted")))
		pass(time.Minute)
		require.Equal(t, append(want, "posted"), r.said())
	})
}

// What is too large to be read at once is read in pieces.
func TestLargeAnnouncements(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := st2test.New(t, st2test.InMemory())
		r := &room{}
		courier := start(t, srv, r)
		var want []string
		for i := range 3 {
			want = append(want, fmt.Sprintf("announcement %d", i)+strings.Repeat("x", 3<<20))
			srv.Announce("errbot", map[string]any{"channel": "#ops", "message": want[i]})
			want[i] = want[i][:40]
		}
		courier.Connected()
		pass(time.Minute)
		require.Equal(t, want, r.said())
	})
}

// A network that does not take a message now is asked again, one that never will is not.
func TestPersistence(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		later := &backend.RetryableError{Err: errors.New("not connected")}
		r := &room{fails: []error{later, later, context.DeadlineExceeded}}
		courier := start(t, st2test.New(t, st2test.InMemory()), r)
		require.NoError(t, courier.Event(t.Context(), announcement("first")))
		pass(time.Minute)
		r.fails = []error{errors.New("refused")}
		require.NoError(t, courier.Event(t.Context(), announcement("second")))
		require.NoError(t, courier.Event(t.Context(), announcement("third")))
		pass(time.Minute)
		require.Equal(t, []string{"first", "third"}, r.said())
		require.ErrorIs(t, courier.Event(t.Context(), announcement("")), delivery.ErrNothing)
		require.ErrorIs(t, courier.Posted(t.Context(), client.Announcement{Message: "to nobody"}), delivery.ErrNowhere)
	})
}

// A command is waited for until its results are in the chat, and these wait for its own answers.
func TestExpected(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := &room{}
		courier := start(t, st2test.New(t, st2test.InMemory()), r)
		released := 0
		expect := func() *delivery.Expected {
			return courier.Expect(place("#ops"), "@alice", func() { released++ })
		}
		number := 0
		bring := func() {
			number++
			a := announcement(fmt.Sprint(number))
			a.User = "@alice"
			require.NoError(t, courier.Event(t.Context(), a))
			pass(time.Second)
		}
		e := expect()
		bring() // before the answer to the request
		require.Empty(t, r.said())
		e.Started(t.Context(), place("#ops"), client.Execution{ID: "5f0000000000000000000001"})
		e.Started(t.Context(), place("#ops"), client.Execution{ID: "5f0000000000000000000002"})
		e.Acknowledged()
		pass(time.Second)
		require.Equal(t, []string{"1"}, r.said())
		require.Zero(t, released, "there are two results")
		require.True(t, courier.Knows("5f0000000000000000000002"))
		bring()
		require.Equal(t, 1, released)
		expect().Acknowledged() // nothing was started
		require.Equal(t, 2, released)
		expect()
		pass(16 * time.Minute)
		require.Equal(t, 3, released, "too long")
		for range 1005 {
			expect()
		}
		require.Equal(t, 8, released, "the oldest give way")
		courier.Close()
		require.Equal(t, 1008, released)
	})
}

// FuzzStoredCommand: a damaged record of a command stops nothing, and spoils no other.
func FuzzStoredCommand(f *testing.F) {
	for _, seed := range []string{"", "null", "{}", `{"id":"x","to":{"room":null}}`, `{"id":"bad","to":7}`, `{"id":"bad","at":"yesterday"}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, record []byte) {
		s, err := store.NewMemory().Open("st2")
		require.NoError(t, err)
		require.NoError(t, s.Put(t.Context(), "command/bad", record))
		require.NoError(t, s.Put(t.Context(), "command/good", []byte(`{"id":"good","channel":"#ops"}`)))
		courier, err := delivery.Open(t.Context(), delivery.Config{Store: s, Log: slog.New(slog.DiscardHandler)})
		require.NoError(t, err)
		require.True(t, courier.Knows("good"))
	})
}
