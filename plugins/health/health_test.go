package health_test

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/bot"
	"github.com/go-errbot/errbot/bot/bottest"
	"github.com/go-errbot/errbot/plugins/health"
	"github.com/go-errbot/errbot/plugins/internal/golden"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// broken never becomes active.
type broken struct{ err error }

func (broken) Name() string                                { return "Broken" }
func (broken) Register(*bot.Registry) error                { return nil }
func (b broken) Activate(context.Context, *bot.Host) error { return b.err }

// slow has a command that takes for ever.
type slow struct{ begun chan struct{} }

func (slow) Name() string { return "Slow" }

func (s slow) Register(r *bot.Registry) error {
	r.Command(bot.Command{
		Name: "long_march",
		Run: func(ctx context.Context, _ *bot.Request) error {
			s.begun <- struct{}{}
			<-ctx.Done()
			return ctx.Err()
		},
	})
	return nil
}

// machine matches what depends on the machine.
var machine = regexp.MustCompile(`(?m)^(?:Load [\d.]+, [\d.]+, [\d.]+\n\n)?(GC 0->)\d+, [\d.]+ MiB of [\d.]+ MiB in use, \d+ goroutines$`)

func TestStatus(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		march := slow{make(chan struct{})}
		refused := fmt.Errorf("log in: %w\nwith details", errors.New("refused by db.example.com"))
		chat := bottest.New(t, health.New(), march, broken{fmt.Errorf("%w: %w", bot.ErrPermanent, refused)})
		admin, alice, bob := chat.As(bottest.Admin), chat.As("@alice"), chat.As("@bob").In("#ops")
		admin.ExpectContains("Plugin Broken failed to activate")
		status := func(name string, c *bottest.Conversation) {
			body := c.Say("!status").Next().Body
			require.Regexp(t, machine, body)
			golden.Equal(t, name, machine.ReplaceAllString(body, "${1}N"))
		}

		<-time.After(90 * time.Minute)
		status("status", bob)

		chat.Deliver(&backend.Message{
			Ref: backend.ToPerson(bottest.Person("@alice")), From: bottest.Person("@alice"),
			Body: "!long march to the | `sea`",
		})
		<-march.begun
		<-time.After(61 * time.Second)
		status("running", bob)
		status("running_admin", admin)
		status("running_admin_room", admin.In("#ops"))

		admin.Say("!command stop 99").Expect("No command with the id 99 is running; `!status` lists those that are.")
		bob.Say("!command stop 2").ExpectContains("admin")
		status("running", bob)
		id := regexp.MustCompile(`\| (\d+) \| 1 minute`).FindStringSubmatch(admin.Say("!status").Next().Body)[1]
		admin.Say("!command stop " + id).Expect("Stopping `` long march to the | `sea` `` of `@alice`.")
		alice.Expect("long march was stopped.")
	})
}

func TestStatusPlugins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		chat := bottest.New(t, health.New(), slow{}, broken{errors.New("no route to db.example.com")})
		require.NoError(t, chat.Bot.Deactivate(t.Context(), "Slow"))
		alice, admin := chat.As("@alice"), chat.As(bottest.Admin)
		admin.ExpectContains("Plugin Broken failed to activate")
		synctest.Wait()
		golden.Equal(t, "plugins", alice.Say("!status plugins").Next().Body)
		admin.In("#ops").Say("!status plugins").ExpectMatch("Failed$")
		admin.Say("!status plugins").
			ExpectMatch("- \\*\\*Broken\\*\\* failed: `no route to db.example.com`, next try in \\d+ seconds?$")
	})
}

func TestStatusParts(t *testing.T) {
	alice := bottest.New(t, health.New()).As("@alice")
	alice.Say("!status gc").ExpectMatch(`^GC 0->\d+, \d+\.\d MiB of \d+\.\d MiB in use, \d+ goroutines$`)
	alice.Say("!status load")
	if runtime.GOOS == "linux" {
		alice.ExpectMatch(`^Load \d+\.\d+, \d+\.\d+, \d+\.\d+$`)
	} else {
		alice.Expect("This system does not tell its load average.")
	}
}

func TestUptime(t *testing.T) {
	tests := map[time.Duration]string{
		0:                              "0 seconds",
		time.Second:                    "1 second",
		59 * time.Second:               "59 seconds",
		time.Minute:                    "1 minute",
		2*time.Minute + 30*time.Second: "2 minutes",
		time.Hour:                      "1 hour",
		time.Hour + time.Minute:        "1 hour and 1 minute",
		23*time.Hour + 5*time.Minute:   "23 hours and 5 minutes",
		24 * time.Hour:                 "1 day",
		50 * time.Hour:                 "2 days and 2 hours",
	}
	for d, want := range tests {
		t.Run(want, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				chat := bottest.New(t, health.New())
				started := time.Now().Format("Monday, Jan 02 at 15:04")
				<-time.After(d)
				chat.As("@alice").Say("!uptime").Expect("I've been up for " + want + " (since " + started + ").")
			})
		})
	}
}

func TestCommandsAreNotForEverybody(t *testing.T) {
	chat := bottest.New(t, health.New())
	chat.As("@alice").Say("!command stop 1").ExpectContains("admin")
	chat.As(bottest.Admin).Say("!command stop soon").ExpectContains("invalid int value").ExpectContains("usage: ")
}
