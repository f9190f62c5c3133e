package help_test

import (
	"context"
	"regexp"
	"testing"

	"github.com/go-errbot/errbot/bot"
	"github.com/go-errbot/errbot/bot/bottest"
	"github.com/go-errbot/errbot/plugins/help"
	"github.com/go-errbot/errbot/plugins/internal/golden"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// garage is a plugin with one command of every kind.
type garage struct{}

func (garage) Name() string { return "Garage" }

func (garage) Register(r *bot.Registry) error {
	r.Doc("Looks after cars.")
	nothing := func(context.Context, *bot.Request) error { return nil }
	for _, c := range []bot.Command{
		{Name: "car_wash", Syntax: "<car> [*extras*]", Doc: "Washes a car.\n\nSee !car park for where it stands then."},
		{Name: "car_park", Doc: "Parks a car in a place that is not too far away from where the people who ordered it are waiting."},
		{Name: "car_sell", Doc: "Sells a car.", Admin: true},
		{Name: "car_bomb", Doc: "Bombs a car.", Hidden: true},
		{Name: "honk"},
		{Name: "plate", Pattern: regexp.MustCompile(`^[A-Z]+_\d+$`), Unprefixed: true, Doc: "Looks up a number plate."},
		{Name: "traffic", Pattern: regexp.MustCompile(`traffic`), Usage: "how is the traffic?", Doc: "Tells about jams."},
	} {
		c.Run = nothing
		r.Command(c)
	}
	return nil
}

// cinema has the name of another plugin's command.
type cinema struct{}

func (cinema) Name() string { return "Honk" }

func (cinema) Register(r *bot.Registry) error {
	r.Command(bot.Command{
		Name: "films",
		Doc:  "Lists films.",
		Run:  func(context.Context, *bot.Request) error { return nil },
	})
	return nil
}

func start(t *testing.T, options ...bottest.Option) *bottest.Chat {
	t.Helper()
	return bottest.NewWith(t, options, help.New(), garage{}, cinema{})
}

// ask returns the answer to a text.
func ask(c *bottest.Conversation, text string) string { return c.Say(text).Next().Body }

func TestAnswers(t *testing.T) {
	chat := start(t)
	alice := chat.As("@alice")
	for name, text := range map[string]string{
		"all":       "!help",
		"plugin":    "!help garage",
		"command":   "!help car wash",
		"pattern":   "!help plate",
		"apropos":   "!apropos car",
		"undefined": "!help car_wosh",
	} {
		golden.Equal(t, name, ask(alice, text))
	}
	golden.Equal(t, "admin", ask(chat.As(bottest.Admin), "!help"))
}

func TestCommandGoesByManyNames(t *testing.T) {
	alice := start(t).As("@alice")
	want := ask(alice, "!help car_wash")
	require.Contains(t, want, "Washes a car.")
	for _, name := range []string{"car wash", "CAR_Wash", "!car wash", "!car_wash", "Car  wash", "!car wash <car> [*extras*]"} {
		require.Equal(t, want, ask(alice, "!help "+name), name)
	}
	want = ask(alice, "!help traffic")
	require.Contains(t, want, "Tells about jams.")
	require.Equal(t, want, ask(alice, "!help how is the traffic?"))
	require.Equal(t, want, ask(alice, "!help !How is the traffic?"))
}

func TestPluginNamesWinOverCommandNames(t *testing.T) {
	alice := start(t).As("@alice")
	alice.Say("!help hOnK").ExpectContains("films")
	alice.Say("!help help").ExpectContains("!about")
}

func TestHiddenAndForbiddenCommandsDoNotExist(t *testing.T) {
	chat := start(t, bottest.WithConfig(func(cfg *bot.Config) {
		cfg.AccessControls = rules(t, `{honk: {allowusers: "@bob"}, "Honk:*": {denyusers: "@alice"}, "car_park": {allowprivate: false}}`)
	}))
	alice := chat.As("@alice")
	for _, name := range []string{"car bomb", "car sell", "honk", "Honk", "films", "car park"} {
		require.Regexp(t, `^That command is not defined\.( Did you mean .*)?$`, ask(alice, "!help "+name), name)
	}
	for _, text := range []string{"!help", "!help garage", "!apropos car", "!apropos film", "!help car bob", "!help car sel"} {
		require.NotRegexp(t, "bomb|sell|honk|films|car park\\*", ask(alice, text), text)
	}
	alice.In("#ops").Say("!help car park").ExpectContains("Parks a car")
	chat.As("@bob").Say("!help films").ExpectContains("Lists films.")
	chat.As("@bob").Say("!help honk").ExpectContains("**!films**")
	chat.As(bottest.Admin).Say("!help car sell").ExpectContains("Sells a car.")
	chat.As(bottest.Admin).Say("!help car bomb").ExpectContains("That command is not defined.")
}

func TestOtherPrefixes(t *testing.T) {
	for _, prefix := range []string{"$", "! ", "*", "Err "} {
		t.Run(prefix, func(t *testing.T) {
			alice := start(t, bottest.WithConfig(func(cfg *bot.Config) { cfg.Prefix = prefix })).As("@alice")
			alice.Say(prefix+"help car wash").ExpectContains(prefix+"car wash", "See "+prefix+"car park")
			alice.Say(prefix + "help " + prefix + "car wash").ExpectContains("Washes a car.")
			alice.Say(prefix + "help car wosh").ExpectContains("`" + prefix + "help car wash`")
		})
	}
}

func TestApropos(t *testing.T) {
	alice := start(t).As("@alice")
	alice.Say("!apropos").Expect("Usage: `!apropos <term>`")
	alice.Say("!apropos nonsense").Expect("No command matches `nonsense`.")
	alice.Say("!apropos NUMBER plate").ExpectContains(`^[A-Z]+_\d+$`)
	alice.Say("!apropos car_wa").ExpectContains("**!car wash**")
	alice.Say("!apropos stands then").ExpectContains("**!car wash**")
}

func TestAbout(t *testing.T) {
	chat := start(t, bottest.WithOptions(bot.WithVersion("1.2.3")))
	chat.As("@alice").Say("!about").ExpectContains("This is Errbot version 1.2.3 ")
}

func TestNamePrefixKeepsTheHeading(t *testing.T) {
	chat := start(t, bottest.WithConfig(func(cfg *bot.Config) { cfg.GroupchatNickPrefixed = true }))
	chat.As("@alice").In("#ops").Say("!help").ExpectContains("@alice \n### All commands\n")
}

func TestCommandsOfRunTimeAreFound(t *testing.T) {
	chat := bottest.New(t, help.New(), &grower{})
	chat.As("@alice").Say("!help later").ExpectContains("**!sprout** - Comes up at run time.")
}

// grower registers a command when it is activated.
type grower struct{}

func (*grower) Name() string                 { return "Grower" }
func (*grower) Register(*bot.Registry) error { return nil }

func (*grower) Activate(_ context.Context, h *bot.Host) error {
	_, err := h.Register("Later", func(r *bot.Registry) error {
		r.Command(bot.Command{
			Name: "sprout",
			Doc:  "Comes up at run time.",
			Run:  bot.Text(func(context.Context, *bot.Request) (string, error) { return "", nil }),
		})
		return nil
	})
	return err
}

var _ bot.Activator = (*grower)(nil)
