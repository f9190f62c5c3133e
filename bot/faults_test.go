package bot_test

import (
	"context"
	"errors"
	"log/slog"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/bot"
	"github.com/go-errbot/errbot/bot/bottest"
	"github.com/stretchr/testify/require"
)

// deliver says text in private and does not wait for what becomes of it.
func deliver(chat *bottest.Chat, from, text string) {
	p := bottest.Person(from)
	chat.Deliver(&backend.Message{Ref: backend.ToPerson(p), From: p, Body: text})
}

// fragile is a network whose Send panics when it is told to.
type fragile struct {
	*bottest.Network
	broken atomic.Bool
}

func (f *fragile) Send(ctx context.Context, m *backend.Message) (backend.Ref, error) {
	if f.broken.Swap(false) {
		panic("no such colour")
	}
	return f.Network.Send(ctx, m)
}

// A panic in a network costs one answer, and neither the bot nor the place it was for.
func TestPanicInSendCostsOneAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		network := &fragile{Network: bottest.NewNetwork()}
		b, err := bot.New(bot.DefaultConfig(), network, bot.WithPlugins(&dummy{}),
			bot.WithLogger(slog.New(slog.DiscardHandler)))
		require.NoError(t, err)
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- b.Run(ctx) }()
		<-network.Up()
		alice := bottest.Person("@alice")
		say := func(text string) {
			network.Deliver(&backend.Message{Ref: backend.ToPerson(alice), From: alice, Body: text})
			synctest.Wait()
		}
		for _, text := range []string{"!nope", "!admin_command"} { // answers of the host's own
			network.broken.Store(true)
			say(text)
			require.False(t, network.broken.Load(), text)
			say("!command")
			require.Equal(t, "Regular command", (<-network.Mail(backend.ToPerson(alice).Place())).Body, "after %s", text)
		}
		stop()
		require.NoError(t, <-ended)
	})
}

// What a plugin registers while it is being deactivated does not outlive it.
func TestRegisterAfterDeactivation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var registered error
		p := &fake{activate: func(_ context.Context, h *bot.Host) error {
			h.Go("late", func(ctx context.Context) error {
				<-ctx.Done()
				_, registered = h.Register("Late", func(r *bot.Registry) error {
					r.Command(says("late", "still here"))
					return nil
				})
				return nil
			})
			return nil
		}}
		chat := bottest.New(t, p)
		synctest.Wait()
		require.NoError(t, chat.Bot.Deactivate(t.Context(), "Fake"))
		require.ErrorContains(t, registered, "not active")
		chat.As("@alice").Say("!late").ExpectContains("not found")
	})
}

// Deactivate is called when nothing of the plugin runs any more, whatever started it.
func TestDeactivationWaitsForListenersAndFilters(t *testing.T) {
	for name, register := range map[string]func(r *bot.Registry, work func(ctx context.Context) error){
		"listener": func(r *bot.Registry, work func(ctx context.Context) error) {
			r.Listen(func(ctx context.Context, _ backend.Event) error { return work(ctx) })
		},
		"filter": func(r *bot.Registry, work func(ctx context.Context) error) {
			r.Filter("slow", func(ctx context.Context, _ *bot.Request) error { return work(ctx) })
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				finish := make(chan struct{})
				var working, early atomic.Bool
				p := &fake{
					register: func(r *bot.Registry) {
						register(r, func(context.Context) error {
							working.Store(true)
							<-finish
							working.Store(false)
							return nil
						})
					},
					deactivate: func(context.Context) error { early.Store(working.Load()); return nil },
				}
				chat := bottest.New(t, p, &dummy{})
				deliver(chat, "@alice", "!return_foobar")
				synctest.Wait()
				require.True(t, working.Load())
				ended := make(chan error, 1)
				go func() { ended <- chat.Bot.Deactivate(t.Context(), "Fake") }()
				synctest.Wait()
				close(finish)
				require.NoError(t, <-ended)
				require.False(t, early.Load())
			})
		})
	}
}

func TestDeactivateEndsTheRetries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var tries atomic.Int32
		chat := bottest.New(t, &fake{activate: func(context.Context, *bot.Host) error {
			tries.Add(1)
			return errors.New("away")
		}})
		require.NoError(t, chat.Bot.Deactivate(t.Context(), "Fake"))
		before := tries.Load()
		time.Sleep(time.Hour)
		require.Equal(t, before, tries.Load())
	})
}

// Access rules and history go by who says something.
func TestMessageFromNobody(t *testing.T) {
	chat := bottest.New(t, &dummy{})
	room := backend.ToRoom(bottest.Room("#room"))
	chat.Deliver(&backend.Message{Ref: room, Body: "!command"})
	chat.As("@alice").In("#room").Say("!return_foobar").Expect("foobar").ExpectNothing()
	require.Contains(t, chat.Log(), "without a sender")
}

// Errbot is dead after a command that ends its thread (Q31).
func TestCommandThatEndsItsGoroutine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		chat := bottest.NewWith(t, configure(func(cfg *bot.Config) { cfg.PoolSize = 1 }), &dummy{},
			command("leave", func(context.Context, *bot.Request) error { runtime.Goexit(); return nil }))
		deliver(chat, "@alice", "!leave")
		synctest.Wait()
		chat.As("@alice").Say("!command").Expect("Regular command")
		start := time.Now()
		require.NoError(t, chat.Stop())
		require.Zero(t, time.Since(start), "nothing is left to wait for")
	})
}

func TestMissingFunctionsAreReported(t *testing.T) {
	_, err := bot.New(bot.DefaultConfig(), bottest.NewNetwork(), bot.WithPlugins(&fake{register: func(r *bot.Registry) {
		r.Filter("f", nil)
		r.Fallback(nil)
		r.Listen(nil)
		r.Ready("c", nil)
		r.Every("e", time.Second, nil)
		r.Cron("d", "@daily", nil)
		r.Cron("never", "0 0 30 2 *", func(context.Context) error { return nil })
	}}))
	for _, part := range []string{
		`filter "f" has no function`, "a fallback has no function", "a listener has no function",
		`check "c" has no function`, `job "e" has no function`, `job "d" has no function`,
		`job "never": schedule "0 0 30 2 *": there is no such date`,
	} {
		require.ErrorContains(t, err, part)
	}
}

func TestCommandsOfAGonePluginCannotBeRecalled(t *testing.T) {
	chat := bottest.New(t, command("hello", bot.Text(func(context.Context, *bot.Request) (string, error) { return "hi", nil })), &dummy{})
	alice := chat.As("@alice")
	alice.Say("!hello").Expect("hi")
	require.NoError(t, chat.Bot.Deactivate(t.Context(), "Fake"))
	alice.Say("!!").Expect(`Command "hello" not found.`)
	alice.Say("!command").Expect("Regular command")
}

// Errbot lets the second clash overwrite somebody's command (Q29).
func TestSecondClashKeepsBoth(t *testing.T) {
	named := func(plugin, command, text string) *fake {
		return &fake{name: plugin, register: func(r *bot.Registry) { r.Command(says(command, text)) }}
	}
	chat := bottest.New(t, named("One", "clash", "one"), named("Other", "two-clash", "other"), named("Two", "clash", "two"))
	alice := chat.As("@alice")
	alice.Say("!clash").Expect("one")
	alice.Say("!two-clash").Expect("other")
	alice.Say("!two-clash-2").Expect("two")
	chat.As(bottest.Admin).Expect("Two.clash clashes with One.clash so it has been renamed two-clash-2")
	require.NoError(t, chat.Bot.Deactivate(t.Context(), "One"))
	alice.Say("!clash").ExpectContains("not found")
	alice.Say("!two-clash-2").Expect("two") // rules and history go by names, so they stay
}

// A rule for a command that a plugin adds when it is activated is no mistake.
func TestRulesKnowCommandsOfRunTime(t *testing.T) {
	chat := bottest.NewWith(t, configure(func(cfg *bot.Config) {
		cfg.AccessControls = bot.AccessControls{{Pattern: "Later:sprout"}, {Pattern: "fake-clash"}, {Pattern: "sprouts"}}
	}), &fake{name: "Other", register: func(r *bot.Registry) { r.Command(says("clash", "other's")) }}, &fake{
		name:     "Fake",
		register: func(r *bot.Registry) { r.Command(says("clash", "fake's")) },
		activate: func(_ context.Context, h *bot.Host) error {
			_, err := h.Register("Later", func(r *bot.Registry) error {
				r.Command(says("sprout", "grown"))
				return nil
			})
			return err
		},
	})
	require.Equal(t, 1, strings.Count(chat.Log(), "matches no command"), chat.Log())
	require.Contains(t, chat.Log(), `access rule \"sprouts\" matches no command`)
}

// Errbot waits with an administrators' command until everybody else's has ended (Q30).
func TestAdminCommandDoesNotWaitForOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		chat := bottest.New(t, &dummy{}, command("work", func(ctx context.Context, _ *bot.Request) error {
			<-ctx.Done()
			return nil
		}))
		deliver(chat, "@alice", "!work")
		synctest.Wait()
		chat.As(bottest.Admin).Say("!admin_command").Expect("Admin command")
	})
}

// Errbot's bots of one process share their history (Q26).
func TestTwoBotsShareNothing(t *testing.T) {
	one, two := bottest.New(t, &dummy{}), bottest.New(t, &dummy{})
	one.As("@alice").Say("!command").Expect("Regular command")
	two.As("@alice").Say("!!").ExpectNothing()
	two.As("@alice").Say("!add_simple").Expect("added")
	one.As("@alice").Say("!say_yep").ExpectContains("not found")
}

// Errbot tries every number of words of a long message, each a new text (Q25).
func TestLongMessages(t *testing.T) {
	chat := bottest.New(t, &dummy{})
	alice := chat.As("@alice")
	alice.Say("!" + strings.Repeat("word ", 100_000)).ExpectContains(`Command "word" / "word word" not found.`)
	alice.Say("!" + strings.Repeat("x", 1<<20)).Expect(`Command "` + strings.Repeat("x", 64) + `…" not found.`)
	alice.Say("!command\xff").ExpectContains("not found")
}
