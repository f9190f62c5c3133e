package aliases_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/go-errbot/errbot/st2/client"
	"github.com/go-errbot/errbot/st2/internal/aliases"
	"github.com/go-errbot/errbot/st2/st2test"
)

// How long, and how often, something is waited for.
const (
	timeout = time.Minute
	poll    = 10 * time.Millisecond
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func newStackStorm(t testing.TB) (*st2test.Server, *client.Client) {
	t.Helper()
	srv := st2test.New(t, st2test.WithAccount("errbot", "secret"))
	c, err := client.New(client.Config{
		AuthURL: srv.AuthURL(), APIURL: srv.APIURL(), StreamURL: srv.StreamURL(),
		Credential: client.Password{User: "errbot", Password: "secret"},
	})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return srv, c
}

func add(srv *st2test.Server, name string, extra map[string]any) {
	srv.AddAlias(st2test.Alias{Pack: "demo", Name: name, ActionRef: "core.noop", Formats: []st2test.Format{{Text: name}}, Extra: extra})
}

func has(list []client.Alias, ref string) bool {
	for _, a := range list {
		if a.Ref == ref {
			return true
		}
	}
	return false
}

// The list is read once, until something is told to have changed; while it cannot be read, the
// last one is known.
func TestCache(t *testing.T) {
	t.Parallel()
	srv, c := newStackStorm(t)
	cache := aliases.New(c)
	_, known := cache.Last()
	require.False(t, known)
	_, err := cache.List(t.Context())
	require.NoError(t, err)
	require.False(t, cache.Secured())
	add(srv, "deploy", map[string]any{"security": map[string]any{"approval": true}})
	list, err := cache.List(t.Context())
	require.NoError(t, err)
	require.False(t, has(list, "demo.deploy"), "nobody has told of a change")
	cache.Invalidate()
	list, err = cache.List(t.Context())
	require.NoError(t, err)
	require.True(t, has(list, "demo.deploy"))
	require.True(t, cache.Secured())
	srv.Stop()
	cache.Invalidate()
	_, err = cache.List(t.Context())
	require.ErrorIs(t, err, client.ErrUnavailable)
	list, known = cache.Last()
	require.True(t, known && has(list, "demo.deploy"))
	require.True(t, cache.Secured(), "what asked for security does so still")
}

// A change is read without anybody asking for the list.
func TestCacheRuns(t *testing.T) {
	t.Parallel()
	srv, c := newStackStorm(t)
	cache := aliases.New(c)
	_, err := cache.List(t.Context())
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- cache.Run(ctx) }()
	add(srv, "deploy", nil)
	cache.Invalidate()
	require.Eventually(t, func() bool {
		list, _ := cache.Last()
		return has(list, "demo.deploy")
	}, timeout, poll)
	cancel()
	require.NoError(t, <-ended)
}

func TestViews(t *testing.T) {
	t.Parallel()
	srv, c := newStackStorm(t)
	add(srv, "deploy", nil)
	var views aliases.Views
	list, err := views.List(t.Context(), c)
	require.NoError(t, err)
	require.True(t, has(list, "demo.deploy"))
	other := c.WithCredential(client.Token{Token: "bad"})
	list, err = views.List(t.Context(), other)
	require.ErrorIs(t, err, client.ErrUnauthorized)
	require.Empty(t, list, "what one sees is no suggestion for another")
	srv.Stop()
	list, err = views.List(t.Context(), c)
	require.NoError(t, err, "it is fresh")
	require.True(t, has(list, "demo.deploy"))
}

func TestNearest(t *testing.T) {
	t.Parallel()
	displays := []string{"greet {{name}}", "pack get <pack>", "pack install <packs>", "<anything>", "restart the web server"}
	for typed, best := range map[string]string{
		"great you":      "greet {{name}}",
		"pack gte x":     "pack get <pack>",
		"pack instal x":  "pack install <packs>",
		"restrt the web": "restart the web server",
	} {
		near := aliases.Nearest(typed, displays)
		require.NotEmpty(t, near, typed)
		require.Equal(t, best, near[0], typed)
	}
	require.Empty(t, aliases.Nearest("xyzzy", displays))
	require.Empty(t, aliases.Nearest("", displays))
}

func FuzzNearest(f *testing.F) {
	f.Add("great you", "greet {{name}}")
	f.Fuzz(func(t *testing.T, typed, display string) {
		require.Subset(t, []string{display}, aliases.Nearest(typed, []string{display}))
	})
}
