package bot_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/bot"
	"github.com/go-errbot/errbot/bot/bottest"
	"github.com/go-errbot/errbot/bot/conf"
	"github.com/go-errbot/errbot/bot/store"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fake is a plugin made of functions.
type fake struct {
	name       string
	register   func(r *bot.Registry)
	activate   func(ctx context.Context, h *bot.Host) error
	deactivate func(ctx context.Context) error
}

func (f *fake) Name() string {
	if f.name == "" {
		return "Fake"
	}
	return f.name
}

func (f *fake) Register(r *bot.Registry) error {
	if f.register != nil {
		f.register(r)
	}
	return nil
}

func (f *fake) Activate(ctx context.Context, h *bot.Host) error {
	if f.activate != nil {
		return f.activate(ctx, h)
	}
	return nil
}

func (f *fake) Deactivate(ctx context.Context) error {
	if f.deactivate != nil {
		return f.deactivate(ctx)
	}
	return nil
}

// command makes a plugin with one command.
func command(name string, run bot.Handler) *fake {
	return &fake{register: func(r *bot.Registry) { r.Command(bot.Command{Name: name, Run: run}) }}
}

// configurable wants a section with a limit.
type configurable struct {
	fake
	limit int
}

func (c *configurable) ConfigKey() string { return "" }

func (c *configurable) Configure(section *conf.Document) error {
	next := struct {
		Limit int `yaml:"limit"`
	}{Limit: 5}
	if err := section.Decode(&next); err != nil {
		return err
	}
	c.limit = next.Limit
	return nil
}

func TestNewReportsEverythingAtOnce(t *testing.T) {
	cfg := bot.DefaultConfig()
	cfg.PoolSize = 0
	cfg.Storage = "bolt"
	cfg.Plugins = sections(t, "Fake: {limt: 3}\nFaek: {}")
	nameless := &fake{name: ":"}
	broken := &configurable{fake: fake{register: func(r *bot.Registry) {
		r.Command(bot.Command{Name: "x"})
		r.Command(bot.Command{Run: says("", "").Run})
		r.Every("never", 0, nil)
		r.Cron("whenever", "not a schedule", nil)
		r.Route(bot.Route{Path: "no-slash", Handler: http.NotFoundHandler()})
	}}}
	_, err := bot.New(cfg, bottest.NewNetwork(), bot.WithPlugins(nameless, broken))
	for _, part := range []string{
		"bot_async_poolsize: must be at least 1",
		"storage: bolt needs a bot_data_dir",
		`line 1, column 8: unknown key "limt"; did you mean "limit"?`,
		`command "x" has no Run function`,
		"a command has no name",
		`job "never": the interval must be positive`,
		`job "whenever": schedule "not a schedule"`,
		`route "no-slash"`,
		`":" must not be empty or contain`,
	} {
		require.ErrorContains(t, err, part)
	}
}

func TestUnknownSection(t *testing.T) {
	cfg := bot.DefaultConfig()
	cfg.Plugins = sections(t, "Faek: {}")
	_, err := bot.New(cfg, bottest.NewNetwork(), bot.WithPlugins(&configurable{}))
	require.ErrorContains(t, err, `Faek: no plugin takes this section; did you mean "Fake"?`)
}

func TestPluginSection(t *testing.T) {
	cfg := bot.DefaultConfig()
	cfg.Plugins = sections(t, "Fake: {limit: 7}")
	c := &configurable{}
	_, err := bot.New(cfg, bottest.NewNetwork(), bot.WithPlugins(c))
	require.NoError(t, err)
	require.Equal(t, 7, c.limit)
}

func sections(t *testing.T, text string) map[string]*conf.Document {
	t.Helper()
	doc, err := conf.Parse("bot.yaml", []byte(text), nil)
	require.NoError(t, err)
	all := map[string]*conf.Document{}
	for _, name := range []string{"Fake", "Faek"} {
		if s := doc.Section(name); s != nil {
			all[name] = s
		}
	}
	return all
}

func TestActivationIsTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var tries, undone atomic.Int32
		p := command("hello", bot.Text(func(context.Context, *bot.Request) (string, error) { return "hi", nil }))
		p.activate = func(context.Context, *bot.Host) error {
			if tries.Add(1) < 3 {
				return errors.New("the server is away")
			}
			return nil
		}
		p.deactivate = func(context.Context) error { undone.Add(1); return nil }
		chat := bottest.New(t, p)
		alice := chat.As("@alice")
		alice.Say("!hello").ExpectContains("not found")
		chat.As(bottest.Admin).Expect("Plugin Fake failed to activate: the server is away.")
		require.Equal(t, http.StatusServiceUnavailable, chat.Get("/readyz").Code)
		require.Contains(t, chat.Get("/readyz").Body.String(), "the server is away")

		time.Sleep(time.Minute) // in the bubble's time
		alice.Say("!hello").Expect("hi")
		require.EqualValues(t, 3, tries.Load())
		require.EqualValues(t, 2, undone.Load(), "what a failed Activate left behind is closed")
		require.Equal(t, http.StatusOK, chat.Get("/readyz").Code)
		chat.As(bottest.Admin).ExpectNothing() // the same failure is told once
	})
}

func TestPermanentFailureIsNotTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var tries atomic.Int32
		bottest.New(t, &fake{activate: func(context.Context, *bot.Host) error {
			tries.Add(1)
			return fmt.Errorf("no licence: %w", bot.ErrPermanent)
		}})
		time.Sleep(time.Hour)
		require.EqualValues(t, 1, tries.Load())
	})
}

func TestPluginComesAndGoesAsOne(t *testing.T) {
	p := command("hello", bot.Text(func(context.Context, *bot.Request) (string, error) { return "hi", nil }))
	declare := p.register
	p.register = func(r *bot.Registry) {
		declare(r)
		r.Route(bot.Route{Path: "/hello/{who}", Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprintf(w, "hi %s", r.PathValue("who"))
		})})
		r.Fallback(func(ctx context.Context, r *bot.Request) error { return reply(ctx, r, "fallback") })
	}
	var ended atomic.Bool
	begun := make(chan struct{}, 1)
	p.activate = func(_ context.Context, h *bot.Host) error {
		h.Go("background", func(ctx context.Context) error {
			begun <- struct{}{}
			<-ctx.Done()
			ended.Store(true)
			return ctx.Err()
		})
		return nil
	}
	chat := bottest.New(t, p)
	alice := chat.As("@alice")
	for range 3 {
		alice.Say("!hello").Expect("hi")
		require.Equal(t, "hi bob", chat.Get("/hello/bob").Body.String())
		alice.Say("!nope").Expect("fallback").ExpectContains("not found")

		<-begun
		ended.Store(false)
		require.NoError(t, chat.Bot.Deactivate(t.Context(), "fake"))
		require.True(t, ended.Load())
		alice.Say("!hello").ExpectContains("not found").ExpectNothing()
		require.Equal(t, http.StatusNotFound, chat.Get("/hello/bob").Code)
		require.NoError(t, chat.Bot.Activate(t.Context(), "Fake"))
	}
	require.ErrorContains(t, chat.Bot.Activate(t.Context(), "Nobody"), `no plugin "Nobody"`)
}

func TestDeactivationNamesWhatDoesNotEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		p := &fake{activate: func(_ context.Context, h *bot.Host) error {
			h.Go("stubborn", func(context.Context) error { <-release; return nil })
			return nil
		}}
		chat := bottest.New(t, p)
		synctest.Wait() // it has begun
		require.NoError(t, chat.Bot.Deactivate(t.Context(), "Fake"))
		require.Contains(t, chat.Log(), "functions=[stubborn]")
		close(release)
	})
}

func TestBackgroundFunctionIsStartedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var runs atomic.Int32
		bottest.New(t, &fake{activate: func(_ context.Context, h *bot.Host) error {
			h.Go("shaky", func(ctx context.Context) error {
				switch runs.Add(1) {
				case 1:
					return errors.New("once")
				case 2:
					panic("twice")
				}
				<-ctx.Done()
				return nil
			})
			return nil
		}})
		time.Sleep(time.Minute)
		require.EqualValues(t, 3, runs.Load())
	})
}

func TestJobs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var every, daily []time.Duration
		start := time.Now() // midnight UTC in the bubble
		chat := bottest.New(t, &fake{register: func(r *bot.Registry) {
			r.Every("slow", 10*time.Minute, func(context.Context) error {
				every = append(every, time.Since(start))
				time.Sleep(5 * time.Minute)
				return errors.New("logged, and no reason to end")
			})
			r.Cron("morning", "30 6 * * *", func(context.Context) error {
				daily = append(daily, time.Since(start).Round(time.Minute))
				panic("logged as well")
			})
		}})
		time.Sleep(48*time.Hour - time.Second)
		require.NoError(t, chat.Stop())
		require.Equal(t, []time.Duration{10 * time.Minute, 25 * time.Minute, 40 * time.Minute}, every[:3],
			"an interval begins when the job has ended")
		require.Len(t, daily, 2)
		require.Equal(t, 24*time.Hour, daily[1]-daily[0])
	})
}

func TestHistorySurvivesARestart(t *testing.T) {
	storage := &kept{Memory: store.NewMemory()}
	option := []bottest.Option{bottest.WithOptions(bot.WithStorage(storage))}
	chat := bottest.NewWith(t, option, &dummy{})
	chat.As("@alice").Say("!return_args_as_str x").Expect("x")
	require.NoError(t, chat.Stop())

	chat = bottest.NewWith(t, option, &dummy{})
	chat.As("@alice").Say("!!").Expect("x")
	chat.As("@bob").Say("!!").ExpectNothing()
}

// kept is a storage that outlives the bot that closes it.
type kept struct{ *store.Memory }

func (*kept) Close() error { return nil }

func TestStopDrains(t *testing.T) {
	begun, finish := make(chan struct{}), make(chan struct{})
	chat := bottest.New(t, command("work", func(ctx context.Context, r *bot.Request) error {
		close(begun)
		<-finish
		return reply(ctx, r, "done")
	}))
	alice := bottest.Person("@alice")
	chat.Deliver(&backend.Message{Ref: backend.ToPerson(alice), From: alice, Body: "!work"})
	<-begun
	stopped := make(chan error)
	go func() { stopped <- chat.Stop() }()
	close(finish)
	require.NoError(t, <-stopped)
	chat.As("@alice").Expect("done")
}

func TestStopDoesNotWaitForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		chat := bottest.New(t, command("work", func(ctx context.Context, _ *bot.Request) error {
			<-ctx.Done()
			return ctx.Err()
		}))
		alice := bottest.Person("@alice")
		chat.Deliver(&backend.Message{Ref: backend.ToPerson(alice), From: alice, Body: "!work"})
		synctest.Wait()
		require.NoError(t, chat.Stop())
		require.Contains(t, chat.Log(), "stopped in the middle")
		chat.As("@alice").Expect("work was stopped.")
	})
}

// Not even a command that does not look at its context keeps the bot from ending.
func TestStopLeavesAStubbornCommandBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		defer close(release)
		chat := bottest.New(t, command("work", func(context.Context, *bot.Request) error {
			<-release
			return nil
		}))
		alice := bottest.Person("@alice")
		chat.Deliver(&backend.Message{Ref: backend.ToPerson(alice), From: alice, Body: "!work"})
		synctest.Wait()
		require.NoError(t, chat.Stop())
		require.Contains(t, chat.Log(), `functions="[command work]"`)
		require.Contains(t, chat.Log(), "commands do not end")
	})
}

func TestReconnect(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		chat := bottest.NewWith(t, []bottest.Option{bottest.WithConfig(func(cfg *bot.Config) {
			cfg.ChatroomPresence = bot.Rooms{{Room: "#ops"}}
		})}, &dummy{})
		for range 3 {
			synctest.Wait()
			chat.Cut(errors.New("the cable was pulled"))
			synctest.Wait()
			require.Equal(t, http.StatusServiceUnavailable, chat.Get("/readyz").Code)
			require.Contains(t, chat.Get("/readyz").Body.String(), "the cable was pulled")
			chat.WaitConnected()
			chat.As("@alice").Say("!command").Expect("Regular command")
		}
		synctest.Wait()
		require.Equal(t, strings.Repeat("#ops ", 4), strings.Join(chat.Joined(), " ")+" ")
	})
}

// refusing is a network that refuses the account.
type refusing struct {
	*bottest.Network
	tries int
}

func (r *refusing) Run(context.Context, backend.Sink) error {
	r.tries++
	return fmt.Errorf("wrong password: %w", backend.ErrRefused)
}

func TestRefusedAccountEndsTheBot(t *testing.T) {
	network := &refusing{Network: bottest.NewNetwork()}
	b, err := bot.New(bot.DefaultConfig(), network)
	require.NoError(t, err)
	require.ErrorContains(t, b.Run(t.Context()), "connect to bottest: wrong password")
	require.Equal(t, 1, network.tries)
}

func TestEndOfConversationWaitsForAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		chat := bottest.New(t, command("order", func(ctx context.Context, r *bot.Request) error {
			release, target, host := r.Host().Hold(), r.Target(), r.Host()
			host.Go("delivery", func(ctx context.Context) error {
				defer release()
				time.Sleep(5 * time.Second)
				_, err := host.Send(ctx, target, "delivered")
				return err
			})
			return reply(ctx, r, "ordered")
		}))
		chat.As("@alice").Say("!order").Expect("ordered")
		chat.Cut(backend.ErrEnd)
		chat.As("@alice").Next()
	})
}
