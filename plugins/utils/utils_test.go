package utils_test

import (
	"context"
	"fmt"
	"regexp"
	"testing"

	"github.com/go-errbot/errbot/acl"
	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/bot"
	"github.com/go-errbot/errbot/bot/bottest"
	"github.com/go-errbot/errbot/plugins/internal/golden"
	"github.com/go-errbot/errbot/plugins/utils"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestEcho(t *testing.T) {
	alice := bottest.New(t, utils.New()).As("@alice")
	alice.Say("!echo **a**  b\nc").Expect("**a**  b\nc")
	alice.Say("!echo").ExpectNothing()
	alice.Say("!echo   ").ExpectNothing()
}

func TestWhoami(t *testing.T) {
	chat := bottest.New(t, utils.New())
	alice := chat.As("@alice")
	golden.Equal(t, "private", alice.Say("!whoami").Next().Body)
	golden.Equal(t, "room", alice.In("#ops").Say("!whoami").Next().Body)
	golden.Equal(t, "other", alice.Say(`!whoami "@bob"`).Next().Body)
	golden.Equal(t, "other_room", alice.Say("!whoami #dev").Next().Body)
	alice.Say("!whoami no body").Expect("I know no person or room `no body`.")
}

func TestWhoamiTellsAllThatTheNetworkTells(t *testing.T) {
	chat := bottest.New(t, utils.New())
	ref := backend.ToPerson(backend.Person{ID: "U1"})
	chat.Deliver(&backend.Message{
		Ref: ref,
		From: backend.Person{
			ID: "U1", Nick: "al|ice", FullName: "Alice *A* Ä", Client: "phone", Email: "alice@example.com",
			ACL: "@alice_1_2", Address: "@U1",
		},
		Body: "!whoami",
	})
	golden.Equal(t, "full", (<-chat.Mail(ref.Place())).Body)
}

func TestWhoamiShowsGroups(t *testing.T) {
	chat := bottest.New(t, utils.New())
	person := backend.Person{ID: "U1", Nick: "alice", ACL: "@alice", Address: "@alice"}
	ref := backend.ToPerson(person)
	chat.Deliver(&backend.Message{Ref: ref, From: person, Groups: []string{"group:oncall"}, Body: "!whoami"})
	require.Contains(t, (<-chat.Mail(ref.Place())).Body, "`group:oncall`")
}

func TestWhoamiCanBeKeptToOneself(t *testing.T) {
	alice := bottest.NewWith(t, []bottest.Option{bottest.WithConfig(func(cfg *bot.Config) {
		cfg.AccessControls = bot.AccessControls{{Pattern: "Utils:whoami", Rule: acl.Rule{DenyArgs: []string{"?*"}}}}
	})}, utils.New()).As("@alice")
	alice.Say("!whoami").ExpectContains("`@alice`")
	require.NotContains(t, alice.Say("!whoami @bob").Next().Body, "`@bob`")
}

// lister has a pattern command.
type lister struct{}

func (lister) Name() string { return "Lister" }

func (lister) Register(r *bot.Registry) error {
	r.Command(bot.Command{
		Name:    "tickets",
		Pattern: regexp.MustCompile(`ticket #\d+`),
		Run:     func(context.Context, *bot.Request) error { return nil },
	})
	return nil
}

func TestHistory(t *testing.T) {
	chat := bottest.New(t, utils.New(), lister{})
	alice := chat.As("@alice")
	alice.Say("!history").ExpectNothing()
	alice.Say("!see ticket #7")
	alice.Say("!echo *one*\ntwo").Next()
	alice.Say("!whoami").Next()
	history := alice.Say("!history").Next()
	require.Equal(t, " 3:!see ticket #7\n 2:!echo *one* two\n 1:!whoami", history.Body)
	require.True(t, history.Plain, "what people typed is no markup")
	alice.Say("!2").Expect("*one*\ntwo")
	chat.As("@bob").Say("!history").ExpectNothing()
}

func TestHistoryHoldsTenAndNeverItself(t *testing.T) {
	alice := bottest.New(t, utils.New()).As("@alice")
	for n := range 11 {
		alice.Say(fmt.Sprintf("!echo %d", n)).Next()
	}
	alice.Say("!history").Next()
	alice.Say("!history").ExpectMatch(`^10:!echo 1\n 9:!echo 2\n(.*\n){7} 1:!echo 10$`)
}
