package st2_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/bot/bottest"
	"github.com/go-errbot/errbot/st2"
	"github.com/go-errbot/errbot/st2/st2test"
)

// numbered is how many announcements, and how many commands, each fault has to get through:
// 1,000 with ST2_FULL_MATRIX=1. It runs in real time, and so many need an idle machine.
func numbered() int {
	if os.Getenv("ST2_FULL_MATRIX") == "1" {
		return 1000
	}
	return 100
}

// newHasty returns a bot that waits for nothing long, and its plugin.
func newHasty(t testing.TB, srv *st2test.Server, options ...bottest.Option) (*bottest.Chat, *st2.Plugin) {
	t.Helper()
	p := st2.Hasty(st2.New())
	return bottest.NewWith(t, append([]bottest.Option{configured(t, section(srv, passwordAuth))}, options...), p), p
}

// Whatever happens to the stream, every announcement and every result arrives, none of them twice,
// and, where ordered says so, in the order in which they were made.
func TestFaultMatrix(t *testing.T) {
	t.Parallel()
	every := func(n int, do func(srv *st2test.Server, i int)) func(*st2test.Server, int) {
		return func(srv *st2test.Server, i int) {
			if i%n == 0 {
				do(srv, i/n)
			}
		}
	}
	set := func(change func(f *st2test.Faults, i int)) func(*st2test.Server, int) {
		return func(srv *st2test.Server, i int) {
			f := srv.Faults()
			change(&f, i)
			srv.SetFaults(f)
		}
	}
	drop := func(srv *st2test.Server, _ int) { srv.DropStreams() }
	for name, c := range map[string]struct {
		options []st2test.Option
		disturb func(srv *st2test.Server, i int)
		ordered bool // the order holds, too: nothing is missed that has to be found later
	}{
		"nothing":           {disturb: func(*st2test.Server, int) {}, ordered: true},
		"connections lost":  {disturb: every(50, drop)},
		"cut at every byte": {disturb: every(3, set(func(f *st2test.Faults, i int) { f.CutAfter = i + 1 }))},
		"events in pieces":  {disturb: every(100, set(func(f *st2test.Faults, i int) { f.SplitBytes = i + 1 })), ordered: true},
		"events lost":       {disturb: every(7, set(func(f *st2test.Faults, _ int) { f.Lose = 2 }))},
		"events twice":      {disturb: every(5, set(func(f *st2test.Faults, _ int) { f.Duplicate = 2 })), ordered: true},
		"events broken":     {disturb: every(9, set(func(f *st2test.Faults, _ int) { f.Malform = 1 }))},
		"half-open":         {disturb: every(100, set(func(f *st2test.Faults, i int) { f.HalfOpen = i%2 == 1 }))},
		"two hundred and end": {disturb: every(100, func(srv *st2test.Server, i int) {
			srv.SetFaults(st2test.Faults{StreamDead: i%2 == 1})
			srv.DropStreams()
		})},
		"nginx's page": {disturb: every(100, func(srv *st2test.Server, i int) {
			srv.SetFaults(st2test.Faults{StreamDown: i%2 == 1})
			srv.DropStreams()
		})},
		"token revoked": {disturb: every(100, func(srv *st2test.Server, i int) { srv.RevokeTokens(); drop(srv, i) })},
		"clock ahead":   {options: []st2test.Option{st2test.WithClock(5 * time.Minute)}, disturb: every(50, drop)},
		"clock behind":  {options: []st2test.Option{st2test.WithClock(-5 * time.Minute)}, disturb: every(50, drop)},
		"a mixture of all this": {disturb: func(srv *st2test.Server, i int) {
			every(11, set(func(f *st2test.Faults, i int) { f.Lose, f.Duplicate, f.CutAfter = i%2, i%3, i }))(srv, i)
			every(200, drop)(srv, i)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			srv := newStackStorm(t, append(c.options, st2test.WithMaxExecutions(20*numbered()))...)
			chat, p := newHasty(t, srv)
			for i := range numbered() {
				c.disturb(srv, i)
				srv.Announce("errbot", payload{"channel": "#ops", "message": fmt.Sprintf("announcement %d", i)})
				chat.As("@alice").In("#work").Say(fmt.Sprintf("!st2 greet %d", i))
			}
			require.NoError(t, srv.Wait(t.Context()))
			srv.SetFaults(st2test.Faults{})
			srv.DropStreams()
			checkNumbered(t, chat, p, c.ordered)
		})
	}
}

// checkNumbered demands every numbered announcement and result once.
func checkNumbered(t *testing.T, chat *bottest.Chat, p *st2.Plugin, ordered bool) {
	t.Helper()
	var announced, results, want, wantResults []string
	for i := range numbered() {
		want = append(want, fmt.Sprintf("announcement %d", i))
		wantResults = append(wantResults, fmt.Sprintf("Hello %d!", i))
		announced = append(announced, chat.In("#ops").Next().Body)
	}
	for len(results) < numbered() {
		if said := chat.In("#work").Next().Body; strings.HasPrefix(said, "Hello") {
			results = append(results, said)
		}
	}
	if !ordered {
		require.ElementsMatch(t, want, announced)
	} else {
		require.Equal(t, want, announced)
	}
	require.ElementsMatch(t, wantResults, results)
	require.NoError(t, st2.Recover(t.Context(), p))
	require.Eventually(t, func() bool { return st2.Tracked(p) == 0 }, timeout, timeout/1000)
	chat.In("#ops").ExpectNothing()
	chat.In("#work").ExpectNothing()
}

// StackStorm goes down and comes back; what it did meanwhile is told.
func TestStackStormRestarts(t *testing.T) {
	t.Parallel()
	srv := newStackStorm(t, st2test.WithMaxExecutions(20*numbered()))
	chat, p := newHasty(t, srv)
	for i := range numbered() {
		if i%100 == 50 {
			srv.Stop()
		}
		srv.Announce("errbot", payload{"channel": "#ops", "message": fmt.Sprintf("announcement %d", i)})
		if i%100 == 70 {
			require.NoError(t, srv.Start())
		}
	}
	// A command on a connection that has just died is said to be in doubt, and may be.
	require.Eventually(t, func() bool { return srv.Streams() >= 2 }, timeout, timeout/1000)
	for i := range numbered() {
		chat.As("@alice").In("#work").Say(fmt.Sprintf("!st2 greet %d", i))
	}
	checkNumbered(t, chat, p, false)
}

// What is announced again with the same words is told again; an event that comes twice is not.
func TestSameWords(t *testing.T) {
	t.Parallel()
	srv := newStackStorm(t)
	chat, p := newHasty(t, srv)
	say := func() { srv.Announce("errbot", payload{"channel": "#ops", "message": "again"}) }
	for i := range 20 {
		srv.SetFaults(st2test.Faults{Duplicate: i % 2, Lose: i % 3 / 2})
		say()
		if i%5 == 0 {
			srv.DropStreams()
		}
	}
	for range 20 {
		chat.In("#ops").Expect("again")
	}
	require.NoError(t, st2.Recover(t.Context(), p))
	say()
	chat.In("#ops").Expect("again").ExpectNothing()
}

// The web server and the stream bring the same announcement.
func TestWebhookAndStream(t *testing.T) {
	t.Parallel()
	srv := newStackStorm(t)
	chat, p := newHasty(t, srv)
	for i := range 50 {
		text := fmt.Sprintf("announcement %d", i)
		post := func() {
			body := strings.NewReader(fmt.Sprintf(`{"channel": "#ops", "message": %q, "extra": {}}`, text))
			require.Equal(t, http.StatusOK, chat.Post("/chatops/message", "application/json", body).Code)
		}
		announce := func() { srv.Announce("errbot", payload{"channel": "#ops", "message": text}) }
		srv.SetFaults(st2test.Faults{Lose: i % 3 / 2})
		both := []func(){post, announce}
		if i%2 == 0 {
			slices.Reverse(both)
		}
		for _, do := range both {
			do()
		}
	}
	var got []string
	for range 50 {
		got = append(got, chat.In("#ops").Next().Body)
	}
	slices.Sort(got)
	require.Len(t, slices.Compact(got), 50)
	require.NoError(t, st2.Recover(t.Context(), p))
	chat.In("#ops").ExpectNothing()
}

// The account may not list executions: results arrive, and the administrators are told once what
// may be lost.
func TestListingForbidden(t *testing.T) {
	t.Parallel()
	srv := newStackStorm(t)
	srv.Deny("errbot", "execution_list")
	chat, p := newHasty(t, srv)
	chat.As("@admin").Expect("StackStorm does not let the bot list executions. Results arrive, but what is announced while the stream is down is lost. Give the bot's user the permission execution_list.")
	for range 3 {
		chat.As("@alice").In("#ops").Thread("t1").Say("!st2 greet you").Expect("Greeting you.")
		m := chat.In("#ops").Next()
		require.Equal(t, "Hello you!", m.Body)
		require.Equal(t, "t1", m.Thread)
		srv.Announce("errbot", payload{"channel": "#ops", "message": "same"})
		chat.In("#ops").Expect("same")
	}
	require.Error(t, st2.Recover(t.Context(), p))
	chat.As("@admin").ExpectNothing()
	require.Eventually(t, func() bool { return st2.Tracked(p) == 0 }, timeout, timeout/1000)
}

// Results find the thread of their command, also when they come in another order.
func TestThreads(t *testing.T) {
	t.Parallel()
	srv := newStackStorm(t)
	gates := map[string]chan struct{}{"1": make(chan struct{}), "2": make(chan struct{}), "3": make(chan struct{})}
	srv.AddAction(st2test.Action{
		Ref:        "demo.slow",
		Parameters: payload{"n": payload{"type": "string"}},
		Run: func(ctx context.Context, call *st2test.Call) (any, error) {
			n, _ := call.Parameters["n"].(string)
			select {
			case <-gates[n]:
			case <-ctx.Done():
			}
			return "slow " + n, nil
		},
	})
	srv.AddAlias(st2test.Alias{
		Pack: "demo", Name: "slow", ActionRef: "demo.slow", Formats: []st2test.Format{{Text: "slow {{n}}"}},
		Ack: payload{"enabled": false}, Result: payload{"format": "{{ execution.result.result }}"},
	})
	chat, _ := newHasty(t, srv)
	ops := chat.As("@alice").In("#ops")
	for _, n := range []string{"1", "2", "3"} {
		ops.Thread("thread " + n).Say("!st2 slow " + n)
	}
	for _, n := range []string{"2", "3", "1"} {
		close(gates[n])
		m := ops.Next()
		require.Equal(t, "slow "+n, m.Body)
		require.Equal(t, "thread "+n, m.Thread)
	}
	ops.ExpectNothing()
}
