package st2_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/acl"
	"github.com/go-errbot/errbot/bot"
	"github.com/go-errbot/errbot/bot/bottest"
	"github.com/go-errbot/errbot/st2"
	"github.com/go-errbot/errbot/st2/client"
	"github.com/go-errbot/errbot/st2/st2test"
)

// run starts an action beside the chat and returns the id of its execution.
func run(t testing.TB, srv *st2test.Server, action string) string {
	t.Helper()
	e, err := apiClient(t, srv).Execute(t.Context(), client.ExecuteRequest{Action: action})
	require.NoError(t, err)
	return e.ID
}

func finished(t testing.TB, srv *st2test.Server, action string) string {
	t.Helper()
	id := run(t, srv, action)
	require.NoError(t, srv.Wait(t.Context()))
	return id
}

// addSlow registers demo.slow, which waits to be told to end or to be cancelled.
func addSlow(srv *st2test.Server) (end chan struct{}) {
	end = make(chan struct{})
	srv.AddAction(st2test.Action{Ref: "demo.slow", Run: func(ctx context.Context, call *st2test.Call) (any, error) {
		call.Output("stdout", "begun\n")
		select {
		case <-end:
			call.Output("stderr", "ended\n")
			return map[string]any{"n": 1}, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}})
	return end
}

func TestExecutionList(t *testing.T) {
	t.Parallel()
	srv := newStackStorm(t)
	chat := newChat(t, srv)
	alice := chat.As("@alice")
	alice.Say("!st2execution list").Expect("There is no execution that you may see.")
	first, second := finished(t, srv, "core.noop"), finished(t, srv, "core.noop")
	alice.Say("!st2execution list").ExpectMatch("(?s)^" + second + "  succeeded  core.noop  by errbot  just now.*\n" + first)
	alice.Say("!st2execution list --limit 1").ExpectMatch(`^` + second + `[^\n]*$`)
	srv.Deny("errbot", "execution_list")
	alice.Say("!st2execution list").ExpectContains("StackStorm does not permit that:", "execution_list")
}

func TestExecutionShow(t *testing.T) {
	t.Parallel()
	srv := newStackStorm(t)
	srv.AddAction(st2test.Action{Ref: "demo.large", Run: func(context.Context, *st2test.Call) (any, error) {
		return strings.Repeat("ä", 3000), nil
	}})
	chat := newChat(t, srv)
	alice := chat.As("@alice")
	alice.Say("!st2 greet you").Expect("Greeting you.", "Hello you!")
	page, err := apiClient(t, srv).Executions(t.Context(), client.ExecutionQuery{Action: "demo.greet"})
	require.NoError(t, err)
	id := page.Executions[0].ID
	for _, typed := range []string{id, id[:12], id[14:], strings.ToUpper(id)} {
		alice.Say("!st2execution show "+typed).ExpectContains(id+"  succeeded  demo.greet  by @alice", `"name": "you"`, "Result:\nHello you!", "/#/history/"+id)
	}
	alice.Say("!st2execution show " + finished(t, srv, "demo.large")).ExpectContains("ä\n… 3000 bytes more")
	alice.Say("!st2execution show 0123456789abcdef01234567").Expect("StackStorm knows no execution 0123456789abcdef01234567.")
	alice.Say("!st2execution show xyz").ExpectContains(`"xyz" is no id`)
}

// A short id that fits more than one execution is refused, with those that it fits.
func TestAmbiguousID(t *testing.T) {
	t.Parallel()
	known := []string{"aaaa00000000000000000001", "aaaa00000000000000000002", "bbbb00000000000000000001"}
	_, err := st2.Whole("execution", "aaaa", known)
	require.EqualError(t, err, "aaaa fits more than one execution: "+known[0]+", "+known[1]+". Please give more of the id.")
	id, err := st2.Whole("execution", "bbbb", known)
	require.NoError(t, err)
	require.Equal(t, known[2], id)
}

func TestExecutionOutput(t *testing.T) {
	t.Parallel()
	srv := newStackStorm(t)
	end := addSlow(srv)
	chat := newChat(t, srv)
	id := run(t, srv, "demo.slow")
	alice := chat.As("@alice")
	said := make(chan struct{})
	go func() {
		defer close(said)
		alice.Say("!st2execution output " + id)
	}()
	alice.Expect("begun")
	close(end)
	alice.Expect("ended", "Execution "+id+": succeeded.")
	<-said
	alice.Say("!st2execution output "+id).Expect("begun\nended", "Execution "+id+": succeeded.")
	quiet := finished(t, srv, "core.noop")
	alice.Say("!st2execution output " + quiet).Expect("Execution " + quiet + " has printed nothing. Its status is succeeded.")
}

// Much output comes in pieces, and too much of it is not shown.
func TestExecutionOutputIsBounded(t *testing.T) {
	t.Parallel()
	srv := newStackStorm(t)
	srv.AddAction(st2test.Action{Ref: "demo.talk", Run: func(_ context.Context, call *st2test.Call) (any, error) {
		for n := range 2000 {
			call.Output("stdout", fmt.Sprintf("%04d %s\n", n, strings.Repeat("x", 50)))
		}
		return nil, nil
	}})
	alice := newChat(t, srv).As("@alice")
	alice.Say("!st2execution output " + finished(t, srv, "demo.talk"))
	said := alice.Drain()
	require.Equal(t, "The rest is not shown: it is more than 60000 bytes.", said[len(said)-1].Body)
	all := 0
	for i, m := range said[:len(said)-1] {
		require.LessOrEqual(t, len(m.Body), 3000)
		require.Contains(t, m.Body, fmt.Sprintf("%04d ", i*53), "they come in order")
		all += len(m.Body)
	}
	require.InDelta(t, 60_000, all, 100)
}

// "Cancelled" is said only of what was.
func TestExecutionCancel(t *testing.T) {
	t.Parallel()
	srv := newStackStorm(t)
	addSlow(srv)
	alice := newChat(t, srv).As("@alice")
	id := run(t, srv, "demo.slow")
	alice.Say("!st2execution cancel " + id).Expect("Execution " + id + " was cancelled.")
	alice.Say("!st2execution cancel " + id).Expect("Execution " + id + " was cancelled.") // as StackStorm has it
	done := finished(t, srv, "core.noop")
	alice.Say("!st2execution cancel " + done).Expect("Execution " + done + " was not cancelled: its status is succeeded.")
	alice.Say("!st2execution cancel 0123456789abcdef01234567").Expect("StackStorm knows no execution 0123456789abcdef01234567.")
	srv.Deny("errbot", "execution_stop")
	alice.Say("!st2execution cancel " + run(t, srv, "demo.slow")).ExpectContains("StackStorm does not permit that:")
}

// The result of a command that is run again is not announced by StackStorm.
func TestExecutionRerun(t *testing.T) {
	t.Parallel()
	srv := newStackStorm(t)
	chat := newChat(t, srv)
	alice := chat.As("@alice").In("#ops")
	alice.Say("!st2 greet you").Expect("Greeting you.", "Hello you!")
	page, err := apiClient(t, srv).Executions(t.Context(), client.ExecutionQuery{Action: "demo.greet"})
	require.NoError(t, err)
	id := page.Executions[0].ID
	said := alice.Say("!st2execution rerun " + id[18:]).Next().Body
	require.True(t, strings.HasPrefix(said, "Execution "+id+" runs again, as execution "), said)
	again := strings.TrimSuffix(said[strings.LastIndex(said, " ")+1:], ".")
	alice.ExpectMatch("^Execution " + again + ` of demo.greet: succeeded after \d\S*s\.\nHello you!$`)
	alice.ExpectNothing()

	srv.SetFaults(st2test.Faults{RabbitDown: true})
	alice.Say("!st2execution rerun "+id).ExpectContains("StackStorm's message bus (RabbitMQ) cannot be reached.", "look before you repeat it")
}

// What somebody may not start by its command they cannot start by an execution's id either.
func TestRerunIsGuarded(t *testing.T) {
	t.Parallel()
	srv := newStackStorm(t)
	addAlias(srv, "open", nil, nil)
	addAlias(srv, "closed", nil, nil)
	addAlias(srv, "gone", nil, nil)
	srv.AddAction(st2test.Action{Ref: "demo.secured"})
	srv.AddAlias(st2test.Alias{
		Pack: "demo", Name: "secured", ActionRef: "demo.secured", Formats: []st2test.Format{{Text: "secured"}},
		Extra: map[string]any{"security": map[string]any{"approval": true}},
	})
	rules := bottest.WithConfig(func(cfg *bot.Config) {
		cfg.AccessControls = bot.AccessControls{{Pattern: "st2 closed*", Rule: acl.Rule{AllowUsers: []string{"@boss"}}}}
	})
	chat := bottest.NewWith(t, []bottest.Option{configured(t, section(srv, passwordAuth)), rules}, st2.New())
	idOf := func(command string) string {
		chat.As("@boss").Say("!st2 " + command).ExpectContains("Started").Expect("done")
		page, err := apiClient(t, srv).Executions(t.Context(), client.ExecutionQuery{Action: "demo." + command})
		require.NoError(t, err)
		return page.Executions[0].ID
	}
	open, closed, gone := idOf("open"), idOf("closed"), idOf("gone")
	srv.RemoveAlias("demo.gone")
	alice := chat.As("@alice")
	alice.Say("!st2execution rerun " + open).ExpectContains("runs again").ExpectContains("succeeded")
	alice.Say("!st2execution rerun " + closed).Expect("You are not allowed to start demo.closed again.")
	chat.As("@boss").Say("!st2execution rerun " + closed).ExpectContains("runs again")
	alice.Say("!st2execution rerun " + gone).ExpectContains("no longer has")
	alice.Say("!st2execution rerun " + run(t, srv, "demo.secured")).ExpectContains("needs a confirmation")
	alice.Say("!st2execution rerun " + run(t, srv, "demo.closed")).Expect("You are not allowed to start demo.closed again.")
}

// What a workflow asks that was run again is announced where that was said.
func TestRerunWorkflowAsks(t *testing.T) {
	t.Parallel()
	srv := newAsking(t, st2test.Inquiry{})
	chat := newChat(t, srv)
	id := finished(t, srv, "demo.deploy")
	alice := chat.As("@alice").In("#ops")
	alice.Say("!st2execution rerun " + id).ExpectContains("runs again").ExpectContains("StackStorm asks something.")
}
