package st2_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/bot"
	"github.com/go-errbot/errbot/bot/bottest"
	"github.com/go-errbot/errbot/st2"
	"github.com/go-errbot/errbot/st2/st2test"
)

// restartable returns a function that starts a bot with the data of the one before.
func restartable(t *testing.T, srv *st2test.Server, more ...string) (start func() *bottest.Chat) {
	t.Helper()
	dir := t.TempDir()
	options := []bottest.Option{
		configured(t, section(srv, append([]string{passwordAuth}, more...)...)),
		bottest.WithConfig(func(cfg *bot.Config) { cfg.DataDir = dir }),
	}
	return func() *bottest.Chat { return bottest.NewWith(t, options, st2.New()) }
}

// What waits for approval waits on after a restart, with what has been given for it, and runs
// where it was asked for.
func TestApprovalAfterRestart(t *testing.T) {
	t.Parallel()
	b := newBank(t, payload{"approval": payload{"min": 2}, "twofactor": true})
	start := restartable(t, b.Server, withFactor)
	chat := start()
	id := held(t, chat.As("@alice").In("#ops").Thread("t1"), "!st2 pay bob")
	factor := <-b.factor
	chat.As("@bob").Say("!st2approve " + id).Expect("Approved. 1 more must approve. The asker's second factor is still missing.")
	require.NoError(t, chat.Stop())
	require.NotContains(t, chat.Log(), factor)

	chat = start()
	chat.As("@bob").Say("!st2approve " + id).Expect("That does not count: the same person has approved already.")
	chat.As("@alice").Say("!st2approve " + id).ExpectContains("You have asked for that yourself")
	chat.As("@carol").Say("!st2approve " + id).Expect("Approved. The asker's second factor is still missing.")
	require.NoError(t, chat.Stop())
	require.Zero(t, b.paid.Load())

	chat = start()
	b.confirm(factor)
	ops := chat.In("#ops")
	ack := ops.Next()
	require.Equal(t, "Paying.", ack.Body)
	require.Equal(t, "t1", ack.Thread)
	ops.Expect("paid 1")
	chat.As(bottest.Admin).Say("!st2audit").ExpectContains("requested "+id, "approved  "+id, "confirmed "+id, "released  "+id, "started   "+id)
	require.NoError(t, chat.Stop())

	chat = start()
	chat.As("@carol").Say("!st2approve " + id).ExpectContains("Nothing waits as")
	b.confirm(factor)
	chat.As("@alice").Say("!st2 greet you").Expect("Greeting you.", "Hello you!")
	require.Equal(t, int64(1), b.paid.Load(), "it ran once")
}

// What expires while the bot is away is told when it is back.
func TestApprovalExpiresMeanwhile(t *testing.T) {
	t.Parallel()
	b := newBank(t, payload{"approval": true})
	start := restartable(t, b.Server, "approval_ttl: 1")
	chat := start()
	alice := chat.As("@alice")
	id := held(t, alice, "!st2 pay bob")
	require.NoError(t, chat.Stop())
	chat = start() // before or after its time is over
	const over = `"pay bob" has expired: it was not approved or confirmed in time. Nothing was started.`
	chat.As("@alice").Expect(over)
	chat.As("@bob").Say("!st2approve " + id).ExpectContains("Nothing waits as")
	require.NoError(t, chat.Stop())
	start().As("@alice").ExpectNothing()
	require.Zero(t, b.paid.Load())
}

// The result of an execution that was started again comes also when the bot was away meanwhile.
func TestRerunAfterRestart(t *testing.T) {
	t.Parallel()
	srv := newStackStorm(t)
	end := addSlow(srv)
	start := restartable(t, srv)
	chat := start()
	id := run(t, srv, "demo.slow")
	end <- struct{}{}
	require.NoError(t, srv.Wait(t.Context()))
	said := chat.As("@alice").In("#ops").Thread("t1").Say("!st2execution rerun " + id).Next().Body
	require.Contains(t, said, " runs again, as execution ")
	again := strings.TrimSuffix(said[strings.LastIndex(said, " ")+1:], ".")
	require.NoError(t, chat.Stop())
	close(end)
	require.NoError(t, srv.Wait(t.Context()))

	chat = start()
	result := chat.In("#ops").Next()
	require.Contains(t, result.Body, "Execution "+again+" of demo.slow: succeeded")
	require.Equal(t, "t1", result.Thread)
	chat.As(bottest.Admin).Say("!st2audit").ExpectMatch(`repeated  "execution ` + id + `" asked by @alice in #ops execution ` + again + `$`)
	require.NoError(t, chat.Stop())
	start().In("#ops").ExpectNothing()
}
