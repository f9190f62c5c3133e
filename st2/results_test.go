package st2_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/st2/st2test"
)

// What StackStorm loses or changes on the way of a result is told from the execution, in the
// thread of the command.
func TestLostResults(t *testing.T) {
	t.Parallel()
	inBubble(t, func(b *bubble) {
		addSay(b.srv)
		b.start()
		ops := b.chat.As("@alice").In("#ops").Thread("t1")
		expect := func(want string) {
			b.t.Helper()
			b.pass(time.Minute)
			said := ops.Drain()
			require.Len(b.t, said, 1)
			require.Regexp(b.t, want, said[0].Body)
			require.Equal(b.t, "t1", said[0].Thread)
		}
		for said, want := range map[string]string{
			"say {{ nosuch }}":    `^\{\{ nosuch \}\}$`,
			"say {{ 6*7 }}":       `^\{\{ 6\*7 \}\}$`,
			"say {% if %} broken": `^\{% if %\} broken$`,
			"say plain":           `^plain$`,
			"extra words":         "(?s)^demo.say succeeded \\(execution [0-9a-f]{24}\\)\\.\n```\nwords\n```$",
		} {
			ops.Say("!st2 " + said)
			expect(want)
		}
		b.srv.RemoveRule("chatops.notify-errbot")
		ops.Say("!st2 say without a rule")
		expect("^without a rule$")
		ops.Say("!st2 silent at all")
		b.settle()
		ops.ExpectNothing()
	})
}

// addSay adds commands that say what they are told.
func addSay(srv *st2test.Server) {
	srv.AddAction(st2test.Action{Ref: "demo.say", Parameters: payload{"text": payload{"type": "string"}},
		Run: func(_ context.Context, call *st2test.Call) (any, error) {
			if call.Parameters["text"] == "fail" {
				return nil, errors.New("it went wrong")
			}
			return call.Parameters["text"], nil
		}})
	for name, result := range map[string]payload{
		"say":    {"format": "{{ execution.result.result }}"},
		"extra":  {"format": "fine", "extra": payload{"slack": payload{"color": "{{ nosuch }}"}}},
		"silent": {"enabled": false},
	} {
		srv.AddAlias(st2test.Alias{Pack: "demo", Name: name, ActionRef: "demo.say",
			Formats: []st2test.Format{{Text: name + " {{text}}"}}, Ack: payload{"enabled": false}, Result: result})
	}
}

// An announcement that comes after the bot has told the result by itself is not delivered, also
// not after a restart.
func TestLateAnnouncement(t *testing.T) {
	t.Parallel()
	inBubble(t, func(b *bubble) {
		b.start()
		for i := range 20 {
			b.greet(fmt.Sprint(i))
			b.pass(time.Second)
		}
		b.pass(time.Minute)
		require.Equal(b.t, texts(20, "Hello %d!"), b.heard("#work", "Hello"))
		require.NoError(b.t, b.chat.Stop())
		b.start()
		b.pass(10 * time.Minute)
		require.Empty(b.t, b.heard("#work", ""))
	}, st2test.WithNotifyDelay(2*time.Minute))
}

// The account may not list executions: results arrive, and the administrators are told once what
// may be lost.
func TestListingForbidden(t *testing.T) {
	t.Parallel()
	inBubble(t, func(b *bubble) {
		b.srv.Deny("errbot", "execution_list")
		b.start()
		admin := b.chat.As("@admin").Expect(
			"StackStorm does not let the bot list executions. Results arrive, but what is announced while the stream is down is lost. Give the bot's user the permission execution_list.")
		for i := range 100 {
			b.chat.As("@alice").In("#ops").Thread("t1").Say(fmt.Sprintf("!st2 greet %d", i)).Expect(fmt.Sprintf("Greeting %d.", i))
			m := b.chat.In("#ops").Next()
			require.Equal(b.t, fmt.Sprintf("Hello %d!", i), m.Body)
			require.Equal(b.t, "t1", m.Thread)
			b.announce("same")
			b.chat.In("#ops").Expect("same")
		}
		b.settle()
		b.chat.In("#ops").ExpectNothing()
		admin.ExpectNothing()
	})
}

// Results find the thread of their command, also when they come in another order.
func TestThreads(t *testing.T) {
	t.Parallel()
	inBubble(t, func(b *bubble) {
		b.srv.AddAction(st2test.Action{
			Ref:        "demo.slow",
			Parameters: payload{"n": payload{"type": "string"}},
			Run: func(ctx context.Context, call *st2test.Call) (any, error) {
				n, _ := call.Parameters["n"].(string)
				wait, err := time.ParseDuration(n + "m")
				if err != nil {
					return nil, err
				}
				select {
				case <-time.After(wait):
				case <-ctx.Done():
				}
				return "slow " + n, nil
			},
		})
		b.srv.AddAlias(st2test.Alias{
			Pack: "demo", Name: "slow", ActionRef: "demo.slow", Formats: []st2test.Format{{Text: "slow {{n}}"}},
			Ack: payload{"enabled": false}, Result: payload{"format": "{{ execution.result.result }}"},
		})
		b.start()
		ops := b.chat.As("@alice").In("#ops")
		for _, n := range []string{"3", "1", "2"} {
			ops.Thread("thread " + n).Say("!st2 slow " + n)
		}
		b.settle()
		for _, n := range []string{"1", "2", "3"} {
			m := ops.Next()
			require.Equal(b.t, "slow "+n, m.Body)
			require.Equal(b.t, "thread "+n, m.Thread)
		}
		ops.ExpectNothing()
	})
}
