package st2_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/st2/st2test"
)

// every does something at each n-th step.
func every(n int, do func(srv *st2test.Server, i int)) func(*st2test.Server, int) {
	return func(srv *st2test.Server, i int) {
		if i%n == 0 {
			do(srv, i/n)
		}
	}
}

// faulty changes how a server misbehaves.
func faulty(change func(f *st2test.Faults, i int)) func(*st2test.Server, int) {
	return func(srv *st2test.Server, i int) {
		f := srv.Faults()
		change(&f, i)
		srv.SetFaults(f)
	}
}

func drop(srv *st2test.Server, _ int) { srv.DropStreams() }

// Whatever happens to the stream, every announcement and every result arrives, none of them
// twice, and, but for what the stream lost while it stood, in the order in which they were made.
func TestFaultMatrix(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		options  []st2test.Option
		disturb  func(srv *st2test.Server, i int)
		disorder bool // the stream loses events while it stands
	}{
		"cut at every byte": {disturb: every(3, faulty(func(f *st2test.Faults, i int) { f.CutAfter = i + 1 }))},
		"events in pieces":  {disturb: every(10, faulty(func(f *st2test.Faults, i int) { f.SplitBytes = i + 1 }))},
		"events lost":       {disturb: every(7, faulty(func(f *st2test.Faults, _ int) { f.Lose = 2 })), disorder: true},
		"events twice":      {disturb: every(5, faulty(func(f *st2test.Faults, _ int) { f.Duplicate = 2 }))},
		"events broken":     {disturb: every(9, faulty(func(f *st2test.Faults, _ int) { f.Malform = 1 })), disorder: true},
		"half-open":         {disturb: every(50, faulty(func(f *st2test.Faults, i int) { f.HalfOpen = i%2 == 1 })), disorder: true},
		"two hundred and end": {disturb: every(50, func(srv *st2test.Server, i int) {
			srv.SetFaults(st2test.Faults{StreamDead: i%2 == 1})
			srv.DropStreams()
		})},
		"nginx's page": {disturb: every(50, func(srv *st2test.Server, i int) {
			srv.SetFaults(st2test.Faults{StreamDown: i%2 == 1})
			srv.DropStreams()
		})},
		"token revoked": {disturb: every(20, func(srv *st2test.Server, i int) {
			srv.RevokeTokens()
			every(2, drop)(srv, i) // the stream of a revoked token stays open
		})},
		"clock ahead":  {options: []st2test.Option{st2test.WithClock(5 * time.Minute)}, disturb: every(7, drop)},
		"clock behind": {options: []st2test.Option{st2test.WithClock(-5 * time.Minute)}, disturb: every(50, drop)},
		"late and slow": {
			options: []st2test.Option{st2test.WithNotifyDelay(15 * time.Second)},
			disturb: every(100, func(srv *st2test.Server, i int) {
				srv.SetFaults(st2test.Faults{Latency: time.Duration(i%3) * time.Second})
				srv.DropStreams()
			}),
		},
		"a mixture of all this": {
			options: []st2test.Option{st2test.WithNotifyDelay(7 * time.Second), st2test.WithClock(5 * time.Minute)},
			disturb: func(srv *st2test.Server, i int) {
				every(11, faulty(func(f *st2test.Faults, i int) { f.Lose, f.Duplicate, f.Malform, f.CutAfter = i%2, i%3, i%5/4, i }))(srv, i)
				every(20, faulty(func(f *st2test.Faults, i int) { f.HalfOpen, f.StreamDown, f.StreamDead = i%4 == 1, i%4 == 2, i%4 == 3 }))(srv, i)
				every(40, drop)(srv, i)
			},
			disorder: true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, func(b *bubble) {
				b.start()
				for i := range numbered {
					c.disturb(b.srv, i)
					b.announce(fmt.Sprintf("announcement %d", i))
					b.greet(fmt.Sprint(i))
					b.pass(300 * time.Millisecond)
				}
				b.srv.SetFaults(st2test.Faults{})
				b.settle()
				b.expectNumbered(!c.disorder)
			}, append(c.options, st2test.WithMaxExecutions(20*numbered))...)
		})
	}
}

// expectNumbered demands every numbered announcement and result once.
func (b *bubble) expectNumbered(ordered bool) {
	b.t.Helper()
	demand := require.ElementsMatch
	if ordered {
		demand = func(t require.TestingT, want, got any, _ ...any) { require.Equal(t, want, got) }
	}
	demand(b.t, texts(numbered, "announcement %d"), b.heard("#ops", ""))
	demand(b.t, texts(numbered, "Hello %d!"), b.heard("#work", "Hello"))
}

// StackStorm goes down and comes back; what it did meanwhile is told.
func TestStackStormRestarts(t *testing.T) {
	t.Parallel()
	inBubble(t, func(b *bubble) {
		b.start()
		for i := range numbered {
			if i%50 == 20 {
				b.srv.Stop()
			}
			b.announce(fmt.Sprintf("announcement %d", i))
			if i%50 == 40 {
				require.NoError(b.t, b.srv.Start())
			}
			if i%50 < 20 || i%50 >= 40 {
				b.greet(fmt.Sprint(i))
			}
			b.pass(300 * time.Millisecond)
		}
		b.settle()
		require.Equal(b.t, texts(numbered, "announcement %d"), b.heard("#ops", ""))
		var want []string
		for i := range numbered {
			if i%50 < 20 || i%50 >= 40 {
				want = append(want, fmt.Sprintf("Hello %d!", i))
			}
		}
		require.Equal(b.t, want, b.heard("#work", "Hello"))
	}, st2test.WithMaxExecutions(20*numbered))
}

// The bot is stopped and started again, over and over; results that it waits for come to the new
// one.
func TestBotRestarts(t *testing.T) {
	t.Parallel()
	inBubble(t, func(b *bubble) {
		var announced, results []string
		b.start()
		for i := range numbered {
			b.announce(fmt.Sprintf("announcement %d", i))
			b.greet(fmt.Sprint(i))
			b.pass(300 * time.Millisecond)
			if i%50 == 49 {
				require.NoError(b.t, b.chat.Stop())
				announced = append(announced, b.heard("#ops", "")...)
				results = append(results, b.heard("#work", "Hello")...)
				b.pass(time.Duration(i) * time.Second)
				b.start()
			}
		}
		b.settle()
		require.Equal(b.t, texts(numbered, "announcement %d"), append(announced, b.heard("#ops", "")...))
		require.Equal(b.t, texts(numbered, "Hello %d!"), append(results, b.heard("#work", "Hello")...))
	}, st2test.WithMaxExecutions(20*numbered), st2test.WithNotifyDelay(7*time.Second))
}
