package st2_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/bot/bottest"
	"github.com/go-errbot/errbot/st2"
	"github.com/go-errbot/errbot/st2/st2test"
)

// named is a network that calls itself something and understands extras.
type named struct {
	*bottest.Network
	name   string
	extras []string
}

func (n named) Name() string     { return n.name }
func (n named) Extras() []string { return n.extras }

// newChatOn returns a bot on a network with more than the usual one.
func newChatOn(t testing.TB, srv *st2test.Server, wrap func(n *bottest.Network) backend.Backend, more ...string) *bottest.Chat {
	t.Helper()
	options := []bottest.Option{configured(t, section(srv, append([]string{passwordAuth}, more...)...)), bottest.WithBackend(wrap)}
	return bottest.NewWith(t, options, st2.New())
}

func mattermost(n *bottest.Network) backend.Backend {
	return named{n, "mattermost", []string{"attachments"}}
}

// An alias that was written for Slack is shown as a card elsewhere, and as text where there are
// no cards; its acknowledgement, too.
func TestExtra(t *testing.T) {
	t.Parallel()
	srv := newStackStorm(t)
	slack := payload{"slack": payload{"title": "Web", "color": "good", "fields": []any{payload{"title": "Hosts", "value": "3"}}}}
	addAlias(srv, "work", payload{"format": "On it.", "extra": payload{"color": "warning"}},
		payload{"format": "It is {~} {{ execution.result.result }}", "extra": slack})

	ops := newChatOn(t, srv, mattermost).As("@alice").In("#ops").Say("!st2 work")
	ack := ops.Next()
	require.Empty(t, ack.Body)
	require.Equal(t, []any{payload{"text": "On it.", "color": "#daa038", "fallback": "On it."}}, ack.Extras["attachments"])
	result := ops.Next()
	require.Equal(t, "It is", result.Body)
	require.Equal(t, []any{payload{
		"title": "Web", "color": "#36a64f", "text": " done", "fallback": "## Web\n\n done\n\n- **Hosts**: 3",
		"fields": []any{payload{"title": "Hosts", "value": "3"}},
	}}, result.Extras["attachments"])

	newChat(t, srv).As("@alice").In("#ops").Say("!st2 work").Expect("On it.", "It is\n## Web\n\n done\n\n- **Hosts**: 3")
}

// What StackStorm says in the place of an extra is for the log.
func TestExtraThatCannotBeRendered(t *testing.T) {
	t.Parallel()
	srv := newStackStorm(t)
	addAlias(srv, "work", payload{"format": "On it.", "extra": payload{"color": "{{ nosuch }}"}}, nil)
	chat := newChat(t, srv)
	chat.As("@alice").Say("!st2 work").Expect("On it.", "done")
	require.Contains(t, chat.Log(), "StackStorm could not render ack.extra")
}

func TestExtraWithoutMessage(t *testing.T) {
	t.Parallel()
	srv := newStackStorm(t)
	ops := newChat(t, srv).In("#ops")
	srv.Announce("errbot", payload{"channel": "#ops", "extra": payload{"slack": payload{"title": "only a title"}}})
	ops.Expect("## only a title")
}

func TestMentionUser(t *testing.T) {
	t.Parallel()
	srv := newStackStorm(t)
	chat := newChat(t, srv, passwordAuth, "mention_user: true")
	chat.As("@alice").In("#ops").Say("!st2 greet you").Expect("Greeting you.", "@alice Hello you!")
	chat.As("@alice").Say("!st2 greet me").Expect("Greeting me.", "Hello me!")
	srv.Announce("errbot", payload{"channel": "#ops", "user": "@bob", "message": "* a list"})
	m := chat.In("#ops").Next()
	require.Equal(t, "@bob \n* a list", m.Body)
	require.Equal(t, []backend.Person{bottest.Person("@bob")}, m.Mentions)
	srv.Announce("errbot", payload{"channel": "#ops", "user": "nobody here", "message": "hello"})
	srv.Announce("errbot", payload{"channel": "#ops", "user": "@bob", "whisper": true, "message": "psst"})
	chat.In("#ops").Expect("hello")
	chat.As("@bob").Expect("psst")
}

// A long result is a file where there are files, and in parts where there are none.
func TestLongResult(t *testing.T) {
	t.Parallel()
	srv := newStackStorm(t)
	long := strings.TrimSpace(strings.Repeat("0123456789\n", 100))
	var files *bottest.Files
	withFiles := func(n *bottest.Network) backend.Backend {
		files = &bottest.Files{Network: n, Largest: 5000}
		return files
	}
	ops := newChatOn(t, srv, withFiles, "attach_above: 500", "mention_user: true").In("#ops")
	announce := func(message any) {
		srv.Announce("errbot", payload{"channel": "#ops", "user": "@alice", "message": message})
	}
	announce("short")
	ops.Expect("@alice short")
	announce("The log {~}\n" + long)
	ops.Expect("@alice The log")
	m := ops.Next()
	require.Equal(t, "The result is attached: 100 lines.", m.Body)
	require.Equal(t, "result.txt", m.Files[0].Name)
	require.Equal(t, long+"\n", string(files.Content(m.Files[0])))
	announce(payload{"log": long})
	ops.Expect("@alice")
	m = ops.Next()
	require.Equal(t, "result.json", m.Files[0].Name)
	require.JSONEq(t, `{"log": "`+strings.ReplaceAll(long, "\n", `\n`)+`"}`, string(files.Content(m.Files[0])))
	announce(strings.Repeat(long+"\n", 10)) // more than the network takes
	ops.Expect("@alice")
	require.Contains(t, ops.Next().Body, long)

	split := newChat(t, srv, passwordAuth, "attach_above: 500").In("#ops")
	announce(long)
	split.Expect(long)
}

func TestAttachNever(t *testing.T) {
	t.Parallel()
	srv := newStackStorm(t)
	ops := newChatOn(t, srv, func(n *bottest.Network) backend.Backend { return &bottest.Files{Network: n} }, "attach_above: 0").In("#ops")
	long := strings.Repeat("x", 9000)
	srv.Announce("errbot", payload{"channel": "#ops", "message": long})
	ops.Expect(long)
}

// thread_response decides about threads, for the acknowledgement and for the result, where the
// alias has it; elsewhere answers are where the command was.
func TestThreadResponse(t *testing.T) {
	t.Parallel()
	const loud, quiet = true, false
	for name, c := range map[string]struct {
		ack, result       any // thread_response; nil: not there
		thread            string
		wantAck, wantDone string
	}{
		"not asked for":  {nil, nil, "", "", ""},
		"not asked in":   {nil, nil, "t1", "t1", "t1"},
		"both":           {loud, loud, "", "m1", "m1"},
		"result alone":   {nil, loud, "", "", "m1"},
		"already in one": {loud, loud, "t1", "t1", "t1"},
		"out of it":      {quiet, quiet, "t1", "", ""},
		"ack stays":      {loud, quiet, "t1", "t1", ""},
		"no boolean":     {"yes", 1, "", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			extra := func(thread any) payload { return payload{"slack": payload{"thread_response": thread}} }
			srv := newStackStorm(t)
			addAlias(srv, "work", payload{"format": "On it.", "extra": extra(c.ack)},
				payload{"format": "{{ execution.result.result }}", "extra": extra(c.result)})
			ops := newChat(t, srv).As("@alice").In("#ops").Thread(c.thread)
			ops.SayMessage(&backend.Message{Ref: backend.Ref{ID: "m1"}, Body: "!st2 work"})
			ack, done := ops.Next(), ops.Next()
			require.Equal(t, "On it.", ack.Body)
			require.Equal(t, "done", done.Body)
			require.Equal(t, []string{c.wantAck, c.wantDone}, []string{ack.Thread, done.Thread})
		})
	}
}

// The colour of a result is that of its execution, whatever its text says.
func TestColorByStatus(t *testing.T) {
	t.Parallel()
	srv := newStackStorm(t)
	result := payload{"format": "It is {{ execution.result.result }}."}
	srv.AddAction(st2test.Action{Ref: "demo.fail", Run: func(context.Context, *st2test.Call) (any, error) { return "over", errors.New("no") }})
	addAlias(srv, "work", nil, result)
	srv.AddAlias(st2test.Alias{Pack: "demo", Name: "fail", ActionRef: "demo.fail", Formats: []st2test.Format{{Text: "fail"}}, Result: result})
	ops := newChatOn(t, srv, mattermost).As("@alice").In("#ops")
	for command, color := range map[string]string{"work": "#36a64f", "fail": "#d00000"} {
		ops.Say("!st2 " + command).ExpectContains("Started")
		attachments := ops.Next().Extras["attachments"].([]any)
		require.Equal(t, color, attachments[0].(payload)["color"], command)
	}
}
