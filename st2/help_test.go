package st2_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/st2/st2test"
)

// newLibrary returns a StackStorm whose commands are few and known.
func newLibrary(t testing.TB) *st2test.Server {
	t.Helper()
	srv := st2test.New(t, st2test.WithAccount("errbot", password))
	for _, name := range []string{"get", "install", "search", "show"} {
		srv.RemoveAlias("packs.pack_" + name)
	}
	for i := range 4 {
		srv.AddAlias(st2test.Alias{
			Pack: "web", Name: fmt.Sprintf("cmd%d", i), Description: fmt.Sprintf("Does %d.\n\nAt length.", i), ActionRef: "core.noop",
			Formats: []st2test.Format{{Display: fmt.Sprintf("web cmd%d <x>", i), Representation: []string{fmt.Sprintf("web cmd%d {{x}}", i)}}},
		})
	}
	srv.AddAlias(st2test.Alias{Pack: "db", Name: "dump", ActionRef: "core.noop", Formats: []st2test.Format{
		{Text: "db dump"}, {Display: "Database dump", Representation: []string{"(database )?dump"}}, {Representation: []string{"hidden"}},
	}})
	srv.AddAlias(st2test.Alias{Pack: "db", Name: "drop", ActionRef: "core.noop", Disabled: true, Formats: []st2test.Format{{Text: "db drop"}}})
	return srv
}

func TestHelp(t *testing.T) {
	t.Parallel()
	const whole = "db\n  !st2 db dump\n  !st2 Database dump\n\n" +
		"web\n  !st2 web cmd0 <x>  Does 0. At length.\n  !st2 web cmd1 <x>  Does 1. At length.\n" +
		"  !st2 web cmd2 <x>  Does 2. At length.\n  !st2 web cmd3 <x>  Does 3. At length."
	cases := map[string]string{
		"":                           whole,
		" --pack db":                 "db\n  !st2 db dump\n  !st2 Database dump",
		" --filter DATA":             "db\n  !st2 Database dump",
		" --filter 'cmd[12]'":        "web\n  !st2 web cmd1 <x>  Does 1. At length.\n  !st2 web cmd2 <x>  Does 2. At length.",
		" --filter '(data'":          "No StackStorm command that you may run is like that.",
		" --filter '<x>' --pack web": "web\n  !st2 web cmd0 <x>  Does 0. At length.\n  !st2 web cmd1 <x>  Does 1. At length.\n  !st2 web cmd2 <x>  Does 2. At length.\n  !st2 web cmd3 <x>  Does 3. At length.",
		" --pack none":               "No StackStorm command that you may run is like that.",
		" --limit 3":                 "db\n  !st2 db dump\n  !st2 Database dump\n\nweb\n  !st2 web cmd0 <x>  Does 0. At length.\n\n3 of 6 shown, --offset 3 for more.",
		" --limit 3 --offset 3":      "web\n  !st2 web cmd1 <x>  Does 1. At length.\n  !st2 web cmd2 <x>  Does 2. At length.\n  !st2 web cmd3 <x>  Does 3. At length.\n\n3 of 6 shown.",
		" --limit 0":                 whole,
		" --offset 9":                "There are only 6.",
		" --limit -1":                "--limit and --offset must not be negative.",
		" —pack db":                  "db\n  !st2 db dump\n  !st2 Database dump",
	}
	t.Run("endpoint", func(t *testing.T) {
		t.Parallel()
		srv := newLibrary(t)
		srv.AddAlias(st2test.Alias{Pack: "db", Name: "dump", ActionRef: "core.noop", Formats: []st2test.Format{
			{Text: "db dump"}, {Display: "Database dump", Representation: []string{"(database )?dump"}}, {Representation: []string{"hidden"}},
		}})
		alice := newChat(t, srv).As("@alice")
		for args, want := range cases {
			alice.Say("!st2help" + args).Expect(want)
		}
	})
	t.Run("aliases", func(t *testing.T) {
		t.Parallel()
		srv := newLibrary(t)
		srv.AddAlias(st2test.Alias{Pack: "zoo", Name: "nothing", ActionRef: "core.noop", Undescribed: true, Formats: []st2test.Format{{Representation: []string{"x"}}}})
		srv.AddAlias(st2test.Alias{Pack: "web", Name: "cmd3", ActionRef: "core.noop", Undescribed: true, Formats: []st2test.Format{{Text: "web cmd3 <x>"}}})
		srv.Deny("nobody", "action_execute") // with RBAC, the help endpoint fails
		chat := newChat(t, srv)
		chat.As("@alice").Say("!st2help --pack web --offset 2").Expect("web\n  !st2 web cmd2 <x>  Does 2. At length.\n  !st2 web cmd3 <x>\n\n2 of 4 shown.")
		chat.As("@alice").Say("!st2help --filter DATA").Expect(cases[" --filter DATA"])
		chat.As("@alice").Say("!st2help --filter 'cmd[12]'").Expect(cases[" --filter 'cmd[12]'"])
		chat.As("@alice").Say("!st2help --filter '[cmd'").Expect(cases[" --filter '(data'"])
		require.Contains(t, chat.Log(), "StackStorm's help fails")
	})
}

// More aliases than StackStorm gives at once.
func TestHelpPages(t *testing.T) {
	t.Parallel()
	srv := newLibrary(t)
	for i := range 230 {
		srv.AddAlias(st2test.Alias{
			Pack: "zoo", Name: fmt.Sprintf("a%03d", i), Undescribed: i == 7, ActionRef: "core.noop",
			Formats: []st2test.Format{{Text: fmt.Sprintf("animal %03d", i)}},
		})
	}
	alice := newChat(t, srv).As("@alice")
	alice.Say("!st2help --pack zoo").ExpectContains("animal 000", "animal 099\n\n100 of 230 shown, --offset 100 for more.")
	alice.Say("!st2help --pack zoo --offset 200").ExpectContains("zoo\n  !st2 animal 200\n", "!st2 animal 229\n\n30 of 230 shown.")
	alice.Say("!st2help --pack zoo --limit 0").ExpectContains("animal 000", "animal 007", "animal 229")
}

func TestHelpWhenStackStormIsAway(t *testing.T) {
	t.Parallel()
	srv := newLibrary(t)
	alice := newChat(t, srv).As("@alice")
	srv.Stop()
	alice.Say("!st2help").Expect("StackStorm cannot be reached. I keep trying; please repeat the command in a while.")
}
