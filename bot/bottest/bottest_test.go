package bottest_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/bot"
	"github.com/go-errbot/errbot/bot/bottest"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// greeter is the plugin of an author who tests it with bottest.
type greeter struct{}

func (greeter) Name() string { return "Greeter" }

func (greeter) Register(r *bot.Registry) error {
	r.Command(bot.Command{Name: "hello", Run: bot.Text(func(_ context.Context, r *bot.Request) (string, error) {
		return "hi " + r.From().Address, nil
	})})
	r.Command(bot.Command{Name: "whisper", Run: func(ctx context.Context, r *bot.Request) error {
		_, err := r.Host().Send(ctx, backend.ToPerson(r.From()), "psst")
		return err
	}})
	r.Command(bot.Command{Name: "hang", Run: func(ctx context.Context, _ *bot.Request) error {
		<-ctx.Done()
		return nil
	}})
	r.Route(bot.Route{Path: "/hello", Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, "hi there")
	})})
	return nil
}

func TestConversation(t *testing.T) {
	chat := bottest.New(t, greeter{})
	alice := chat.As("@alice")
	alice.In("#ops").Say("!hello").Expect("hi @alice").ExpectNothing()
	alice.In("#ops").Say("!whisper").ExpectNothing()
	alice.Expect("psst")
	alice.Thread("t1").Say("!hello")
	require.Equal(t, "t1", alice.Next().Thread)
	alice.Say("!hello").ExpectContains("hi", "alice")
	alice.Say("!hello").ExpectMatch(`^hi @\w+$`)
	alice.Say("!hello").Say("!hello")
	require.Len(t, alice.Drain(), 2)
	chat.As("@bob").In("#ops").Say("!hello")
	chat.In("#ops").Expect("hi @bob")
	require.Equal(t, "hi there", chat.Get("/hello").Body.String())
	require.Equal(t, "hi there", chat.Post("/hello", "text/plain", strings.NewReader("x")).Body.String())
	require.Contains(t, chat.Log(), "plugin activated")
}

// recorder is a test whose failure is what is tested.
type recorder struct {
	testing.TB
	mu       sync.Mutex
	failure  string
	cleanups []func()
}

func (r *recorder) Helper()             {}
func (r *recorder) Logf(string, ...any) {}
func (r *recorder) Cleanup(f func())    { r.cleanups = append(r.cleanups, f) }

func (r *recorder) Failed() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.failure != ""
}

func (r *recorder) Errorf(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.failure += fmt.Sprintf(format, args...)
}

func (r *recorder) Fatalf(format string, args ...any) {
	r.Errorf(format, args...)
	runtime.Goexit()
}

// failureOf runs a test that must fail and returns what it says.
func failureOf(t *testing.T, test func(t testing.TB)) string {
	t.Helper()
	r := &recorder{TB: t}
	done := make(chan struct{})
	go func() {
		defer close(done)
		test(r)
	}()
	<-done
	for i := len(r.cleanups) - 1; i >= 0; i-- {
		r.cleanups[i]()
	}
	return r.failure
}

// A test of an author's that should fail does, and says why.
func TestFailures(t *testing.T) {
	for name, c := range map[string]struct {
		test func(chat *bottest.Chat)
		want string
	}{
		"another answer":   {func(c *bottest.Chat) { c.As("@alice").Say("!hello").Expect("hello") }, `"hi @alice"`},
		"a part is absent": {func(c *bottest.Chat) { c.As("@alice").Say("!hello").ExpectContains("hi", "bob") }, "without\n\t\"bob\""},
		"no match":         {func(c *bottest.Chat) { c.As("@alice").Say("!hello").ExpectMatch("^bob") }, "does not match"},
		"one too many":     {func(c *bottest.Chat) { c.As("@alice").Say("!hello").ExpectNothing() }, "should have said nothing"},
		"none":             {func(c *bottest.Chat) { c.As("@alice").Expect("hi") }, "said nothing in @alice for 10s"},
		"the wrong place":  {func(c *bottest.Chat) { c.As("@alice").In("#ops").Say("!whisper").Expect("psst") }, "said nothing in #ops"},
		"a command hangs":  {func(c *bottest.Chat) { c.As("@alice").Say("!hang") }, `"!hang" is still at work after 10s`},
		"no connection": {func(c *bottest.Chat) {
			c.Cut(errors.New("gone"))
			synctest.Wait()
			c.As("@alice").Say("!hello")
		}, "was said while the bot was not connected"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				got := failureOf(t, func(tb testing.TB) { c.test(bottest.New(tb, greeter{})) })
				require.Contains(t, got, c.want)
			})
		})
	}
}

// broken is a plugin whose declaration has a mistake.
type broken struct{ greeter }

func (broken) Register(r *bot.Registry) error {
	r.Command(bot.Command{Name: "x"})
	return nil
}

func TestBrokenPlugin(t *testing.T) {
	require.Contains(t, failureOf(t, func(tb testing.TB) { bottest.New(tb, broken{}) }), `command "x" has no Run function`)
}

func TestFor(t *testing.T) {
	chat := bottest.New(t, greeter{})
	require.Contains(t, failureOf(t, func(tb testing.TB) { chat.For(tb).As("@alice").Say("!hello").Expect("no") }), "and not")
	chat.As("@alice").Say("!hello").Expect("hi @alice")
}

func TestNetwork(t *testing.T) {
	chat := bottest.New(t, greeter{})
	to, err := chat.Resolve(t.Context(), "#ops")
	require.NoError(t, err)
	require.Equal(t, backend.ToRoom(bottest.Room("#ops")), to)
	_, err = chat.Resolve(t.Context(), "no such")
	require.ErrorIs(t, err, backend.ErrUnknown)
	chat.SetLimits(backend.Limits{MessageSize: 4, Unit: backend.Bytes})
	chat.As("@alice").Say("!hello").Expect("hi", "@ali", "ce")
}

// The whole test of a plugin. In a real one, t is the test's.
func Example() {
	t := &exampleTB{}
	defer t.end()

	chat := bottest.New(t, greeter{})
	chat.As("@alice").In("#ops").Say("!hello").Expect("hi @alice")
	fmt.Println("passed")
	// Output: passed
}

// exampleTB stands in for a test in an example, which has none.
type exampleTB struct {
	testing.TB
	cleanup func()
}

func (*exampleTB) Helper()                   {}
func (*exampleTB) Failed() bool              { return false }
func (e *exampleTB) Cleanup(f func())        { e.cleanup = f }
func (*exampleTB) Fatalf(f string, a ...any) { panic(fmt.Sprintf(f, a...)) }
func (*exampleTB) Errorf(f string, a ...any) { panic(fmt.Sprintf(f, a...)) }
func (e *exampleTB) end()                    { e.cleanup() }
