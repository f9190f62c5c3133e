package bot_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-errbot/errbot/acl"
	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/bot"
	"github.com/go-errbot/errbot/bot/bottest"
	"github.com/stretchr/testify/require"
)

func configure(change func(cfg *bot.Config)) []bottest.Option {
	return []bottest.Option{bottest.WithConfig(change)}
}

// filtering makes a plugin with one filter.
func filtering(f bot.Filter) *fake {
	return &fake{name: "Filter", register: func(r *bot.Registry) { r.Filter("test", f) }}
}

func TestFilters(t *testing.T) {
	for name, c := range map[string]struct {
		filter bot.Filter
		say    string
		want   []string
		log    string
	}{
		"passes": {
			filter: func(context.Context, *bot.Request) error { return nil },
			say:    "!return_args_as_str x", want: []string{"x"},
		},
		"changes arguments": {
			filter: func(_ context.Context, r *bot.Request) error { r.Args = strings.ToUpper(r.Args); return nil },
			say:    "!return_args_as_str x", want: []string{"X"},
		},
		"blocks in silence": {
			filter: func(context.Context, *bot.Request) error { return bot.ErrBlocked },
			say:    "!command",
		},
		"blocks with a reason": {
			filter: func(context.Context, *bot.Request) error { return bot.Errorf("not during the night") },
			say:    "!command", want: []string{"not during the night"},
		},
		"fails closed": {
			filter: func(context.Context, *bot.Request) error { return errors.New("broken") },
			say:    "!command", log: "broken",
		},
		"panics closed": {
			filter: func(context.Context, *bot.Request) error { panic("broken") },
			say:    "!command", log: "panic: broken",
		},
		"redirects": {
			filter: func(_ context.Context, r *bot.Request) error { r.Redirect("return args as str", "other"); return nil },
			say:    "!command", want: []string{"other"},
		},
		// Errbot runs the administrators' command (Q3): its filters have no order.
		"redirects to what is not allowed": {
			filter: func(_ context.Context, r *bot.Request) error { r.Redirect("admin_command", ""); return nil },
			say:    "!command", want: []string{"This command requires bot-admin privileges"},
		},
		"redirects to nowhere": {
			filter: func(_ context.Context, r *bot.Request) error { r.Redirect("nope", ""); return nil },
			say:    "!command", log: `does not exist`,
		},
		"changes what a pattern matches": {
			filter: func(_ context.Context, r *bot.Request) error {
				r.Args = strings.ReplaceAll(r.Args, "text", "words")
				return nil
			},
			say: "regex command with capture group: text", want: []string{"words"},
		},
		"changes it beyond the pattern": {
			filter: func(_ context.Context, r *bot.Request) error { r.Args = ""; return nil },
			say:    "regex command without prefix", log: "no longer matches",
		},
	} {
		t.Run(name, func(t *testing.T) {
			chat := bottest.New(t, &dummy{}, filtering(c.filter))
			chat.As("noterr").Say(c.say).Expect(c.want...).ExpectNothing()
			require.Contains(t, chat.Log(), c.log)
		})
	}
}

// Access rules see the arguments that the command gets, whatever was typed.
func TestAccessControlComesAfterFilters(t *testing.T) {
	chat := bottest.NewWith(t, configure(func(cfg *bot.Config) {
		cfg.AccessControls = bot.AccessControls{{Pattern: "return args as str forbidden*", Rule: acl.Rule{DenyUsers: []string{"*"}}}}
	}), &dummy{}, filtering(func(_ context.Context, r *bot.Request) error {
		r.Args = strings.ReplaceAll(r.Args, "harmless", "forbidden")
		return nil
	}))
	alice := chat.As("@alice")
	alice.Say("!return_args_as_str harmless thing").Expect("You're not allowed to access this command from this user")
	alice.Say("!return_args_as_str other").Expect("other")
}

func TestAccessDenied(t *testing.T) {
	rules := func(cfg *bot.Config) {
		cfg.AccessControls = bot.AccessControls{{Pattern: "command", Rule: acl.Rule{AllowUsers: []string{"@alice"}}}}
	}
	chat := bottest.NewWith(t, configure(rules), &dummy{})
	chat.As("@alice").Say("!command").Expect("Regular command")
	chat.As("@bob").Say("!command").Expect("You're not allowed to access this command from this user")
	chat.As("@bob").Say("!!").ExpectNothing() // what was refused is not remembered

	chat = bottest.NewWith(t, configure(func(cfg *bot.Config) { rules(cfg); cfg.HideRestrictedAccess = true }), &dummy{})
	chat.As("@bob").Say("!command").ExpectNothing()
	require.Contains(t, chat.Log(), "user not in allowusers")
}

func TestSuggestionsNameOnlyWhatMayRun(t *testing.T) {
	chat := bottest.New(t, &dummy{}, &fake{register: func(r *bot.Registry) {
		r.Command(bot.Command{Name: "comand_hidden", Hidden: true, Run: bot.Text(args)})
	}})
	chat.As("@alice").Say("!admin_comand").Expect("Command \"admin_comand\" not found.\n\nDid you mean \"!command\" ?")
	chat.As(bottest.Admin).Say("!admin_comand").
		Expect("Command \"admin_comand\" not found.\n\nDid you mean \"!admin command\" or \"!command\" ?")
	chat.As("@alice").Say("!comand hiden").Expect("Command \"comand\" / \"comand hiden\" not found.\n\nDid you mean \"!command\" ?")
	require.Contains(t, chat.Bot.CommandNames(), "admin command")
	require.NotContains(t, chat.Bot.CommandNames(), "comand hidden")
}

func TestPanicIsOneCommandsError(t *testing.T) {
	chat := bottest.New(t, &dummy{}, command("panic", func(context.Context, *bot.Request) error { panic("secret detail") }))
	alice := chat.As("@alice")
	alice.Say("!panic").ExpectMatch(`^Computer says nooo\. See logs for details \(error \d+\)\.$`)
	require.Contains(t, chat.Log(), "secret detail")
	require.Contains(t, chat.Log(), "dispatch_test.go", "the log has the stack")
	alice.Say("!command").Expect("Regular command")
}

func TestListenerSeesEverything(t *testing.T) {
	var mu sync.Mutex
	var seen []string
	listener := &fake{register: func(r *bot.Registry) {
		r.Listen(func(_ context.Context, e backend.Event) error {
			mu.Lock()
			defer mu.Unlock()
			seen = append(seen, fmt.Sprintf("%T", e))
			panic("and still the next one is told")
		})
	}}
	synctest.Test(t, func(t *testing.T) {
		chat := bottest.New(t, &dummy{}, listener)
		chat.As("@alice").Say("just talk").Say("!command").Expect("Regular command")
		chat.Deliver(backend.Presence{Person: bottest.Person("@bob"), Status: "away"})
		chat.Deliver(backend.Reaction{By: bottest.Person("@bob"), Name: "+1"})
		synctest.Wait()
	})
	require.ElementsMatch(t, []string{"*backend.Message", "*backend.Message", "backend.Sent", "backend.Presence", "backend.Reaction"}, seen)
}

func TestDelayedMessagesAreNotActedUpon(t *testing.T) {
	chat := bottest.New(t, &dummy{})
	chat.As("@alice").SayMessage(&backend.Message{Body: "!command", Delayed: true}).ExpectNothing()
}

// stuck runs one command that does not end, on a bot with one worker and a queue of one.
func stuck(t *testing.T) (chat *bottest.Chat, say func(text string)) {
	chat = bottest.NewWith(t, configure(func(cfg *bot.Config) { cfg.PoolSize, cfg.QueueSize = 1, 1 }),
		&dummy{}, command("work", func(ctx context.Context, _ *bot.Request) error {
			<-ctx.Done()
			return ctx.Err()
		}))
	alice := bottest.Person("@alice")
	say = func(text string) {
		chat.Deliver(&backend.Message{Ref: backend.ToPerson(alice), From: alice, Body: text})
		synctest.Wait()
	}
	say("!work")
	return chat, say
}

func TestBusyBotSaysSo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		chat, say := stuck(t)
		say("!command") // waits
		say("!command") // no room
		alice := chat.As("@alice")
		alice.ExpectContains("too busy").ExpectNothing()
		time.Sleep(10 * time.Minute) // the deadline of a command
		alice.Expect("work was stopped: it took longer than 10m0s.", "Regular command").ExpectNothing()
	})
}

func TestStopOfARunningCommand(t *testing.T) {
	var host *bot.Host
	synctest.Test(t, func(t *testing.T) {
		chat := bottest.New(t, &fake{
			register: func(r *bot.Registry) {
				r.Command(bot.Command{Name: "work", Run: func(ctx context.Context, _ *bot.Request) error {
					<-ctx.Done()
					return ctx.Err()
				}})
			},
			activate: func(_ context.Context, h *bot.Host) error { host = h; return nil },
		})
		alice := bottest.Person("@alice")
		chat.Deliver(&backend.Message{Ref: backend.ToPerson(alice), From: alice, Body: "!work hard"})
		time.Sleep(time.Second)
		running := host.Running()
		require.Len(t, running, 1)
		require.Equal(t, "work", running[0].Command)
		require.Equal(t, "work hard", running[0].Text)
		require.Equal(t, "@alice", running[0].Person)
		require.True(t, host.Stop(running[0].ID))
		chat.As("@alice").Expect("work was stopped.")
		require.Empty(t, host.Running())
		require.False(t, host.Stop(running[0].ID))
	})
}

func TestDeliveryIsRetried(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		chat := bottest.New(t, &dummy{})
		again := func(after time.Duration) error {
			return &backend.RetryableError{Err: errors.New("slow down"), After: after}
		}
		chat.FailSends(again(0), again(20*time.Second), again(0))
		start := time.Now()
		alice := bottest.Person("@alice")
		chat.Deliver(&backend.Message{Ref: backend.ToPerson(alice), From: alice, Body: "!yield_foo_bar"})
		time.Sleep(time.Minute)
		chat.As("@alice").Expect("foo", "bar").ExpectNothing()
		require.GreaterOrEqual(t, time.Since(start), 20*time.Second)
	})
}

func TestUndeliverableIsLoggedAndCounted(t *testing.T) {
	chat := bottest.New(t, &dummy{})
	chat.FailSends(errors.New("blocked by the recipient"))
	chat.As("@alice").Say("!return_foobar").ExpectContains("Computer says nooo")
	require.Contains(t, chat.Log(), "blocked by the recipient")
}

// A room that does not take messages holds up nobody else.
func TestOrderAndIndependence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var host *bot.Host
		chat := bottest.New(t, &fake{activate: func(_ context.Context, h *bot.Host) error { host = h; return nil }})
		slow, fast := backend.ToRoom(bottest.Room("#slow")), backend.ToRoom(bottest.Room("#fast"))
		chat.FailSends(&backend.RetryableError{Err: errors.New("slow down"), After: time.Minute})
		var sends sync.WaitGroup
		var want []string
		for i := range 20 {
			text := fmt.Sprint(i)
			want = append(want, text)
			sends.Go(func() {
				_, err := host.Send(t.Context(), slow, text)
				require.NoError(t, err)
			})
			synctest.Wait() // so that this one is in the line before the next
		}
		_, err := host.Send(t.Context(), fast, "at once")
		require.NoError(t, err)
		chat.In("#fast").Expect("at once")
		chat.In("#slow").ExpectNothing()
		sends.Wait()
		chat.In("#slow").Expect(want...).ExpectNothing()
	})
}

func TestWebserver(t *testing.T) {
	echo := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body bytes.Buffer
		if _, err := body.ReadFrom(r.Body); err != nil {
			http.Error(w, err.Error(), http.StatusRequestEntityTooLarge)
			return
		}
		_, _ = w.Write(body.Bytes())
	})
	down := errors.New("")
	chat := bottest.New(t, &fake{register: func(r *bot.Registry) {
		r.Route(bot.Route{Path: "/echo", Methods: []string{"POST"}, MaxBody: 10, Handler: echo})
		r.Route(bot.Route{Path: "/panic", Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("secret") })})
		r.Ready("backend", func(context.Context) error {
			if down.Error() != "" {
				return down
			}
			return nil
		})
	}})
	require.Equal(t, "hi", chat.Post("/echo", "text/plain", strings.NewReader("hi")).Body.String())
	require.Equal(t, http.StatusRequestEntityTooLarge, chat.Post("/echo", "text/plain", strings.NewReader("more than that")).Code)
	require.Equal(t, http.StatusMethodNotAllowed, chat.Get("/echo").Code)
	require.Equal(t, http.StatusNotFound, chat.Get("/nothing").Code)
	failed := chat.Get("/panic")
	require.Equal(t, http.StatusInternalServerError, failed.Code)
	require.NotContains(t, failed.Body.String(), "secret")

	ready := chat.Get("/readyz")
	require.Equal(t, http.StatusOK, ready.Code)
	require.JSONEq(t, `{"status":"ok","checks":{"chat":"ok","backend":"ok"}}`, ready.Body.String())
	down = errors.New("StackStorm is away\nwith details")
	require.Equal(t, http.StatusServiceUnavailable, chat.Get("/readyz").Code)
	alive := chat.Get("/healthz")
	require.Equal(t, http.StatusOK, alive.Code)
	require.JSONEq(t, `{"status":"unavailable","checks":{"chat":"ok","backend":"StackStorm is away"}}`, alive.Body.String())
}

func TestHelpTextHasTheBotsPrefix(t *testing.T) {
	var host *bot.Host
	p := &fake{
		register: func(r *bot.Registry) {
			r.Doc("Does things.")
			r.Command(bot.Command{Name: "room_join", Syntax: "<room>", Doc: "Use !room join and !room_join, wow! !nope", Run: bot.Text(args)})
			r.Command(bot.Command{Name: "talk", Pattern: regexp.MustCompile(`^hi$`), Unprefixed: true, Run: bot.Text(args)})
			r.Command(bot.Command{Name: "st2", Pattern: regexp.MustCompile(`^st2`), Usage: "st2 <alias>", Run: bot.Text(args)})
		},
		activate: func(_ context.Context, h *bot.Host) error { host = h; return nil },
	}
	bottest.NewWith(t, configure(func(cfg *bot.Config) { cfg.Prefix = "." }), p)
	commands := host.Commands(&backend.Message{From: bottest.Person("@alice")})
	require.Len(t, commands, 3)
	require.Equal(t, ".room join <room>", commands[0].Usage)
	require.Equal(t, "Use .room join and .room_join, wow! !nope", commands[0].Doc)
	require.Equal(t, "Does things.", commands[0].PluginDoc)
	require.Equal(t, ".st2 <alias>", commands[1].Usage)
	require.Equal(t, "^hi$", commands[2].Usage)
}

// FuzzDispatch says anything at all to a bot with everything switched on.
func FuzzDispatch(f *testing.F) {
	for _, text := range []string{"!command", "!!", "!1", "errbot:, command", "!two 1 \"", "", "!\x00", "Err!³"} {
		f.Add(text)
	}
	chat := bottest.NewWith(f, configure(func(cfg *bot.Config) {
		cfg.AltPrefixes, cfg.AltPrefixSeparators = bot.List{"err", "errbot", "İ"}, bot.List{":", ","}
		cfg.AltPrefixCaseInsensitive, cfg.PrefixOptionalOnChat = true, true
		cfg.MessageSizeLimit = 20
	}), &dummy{})
	f.Fuzz(func(t *testing.T, text string) {
		chat := chat.For(t)
		chat.As("@alice").Say(text)
		chat.As("@alice").In("#room").Say(text)
		for _, place := range []*bottest.Conversation{chat.As("@alice"), chat.In("#room")} {
			place.Drain()
		}
	})
}
