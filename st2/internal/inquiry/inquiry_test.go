package inquiry_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/st2/client"
	"github.com/go-errbot/errbot/st2/internal/form"
	"github.com/go-errbot/errbot/st2/internal/inquiry"
	"github.com/go-errbot/errbot/st2/st2test"
)

func TestFindDescribeRespond(t *testing.T) {
	t.Parallel()
	srv, c := newStackStorm(t, st2test.Inquiry{Schema: schema, Users: []string{"errbot", "alice"}})
	workflow, listed := asked(t, srv, c)
	require.Equal(t, listed.ID+"  demo.deploy  asked just now  wants who, n  from errbot, alice", listed.Line())
	o, err := inquiry.Find(t.Context(), c, listed.ID)
	require.NoError(t, err)
	require.False(t, o.Forlorn())
	require.Equal(t, []string{
		"Inquiry " + o.ID + " of demo.deploy (execution " + workflow + "):",
		"  who (text; required)", "  n (a whole number; 3 when left out)",
		"For errbot, alice.", "!answer " + o.ID + " answers it.",
	}, o.Describe(typed))

	f, err := form.Parse(o.Schema)
	require.NoError(t, err)
	_, err = o.Respond(t.Context(), c, f, inquiry.Response{"who": json.RawMessage("5")})
	require.EqualError(t, err, "StackStorm does not take the answer: 5 is not of type 'string'. The inquiry is still open.")
	said, err := o.Respond(t.Context(), c, f, inquiry.Response{"who": json.RawMessage(`"x"`)})
	require.NoError(t, err)
	require.Equal(t, "Inquiry "+o.ID+" is answered, and demo.deploy goes on.", said)
	require.NoError(t, srv.Wait(t.Context()))
	_, err = inquiry.Find(t.Context(), c, o.ID)
	require.EqualError(t, err, "Inquiry "+o.ID+" is not open any more: somebody has answered it, or its time ran out.")
	_, err = inquiry.Find(t.Context(), c, workflow)
	require.ErrorContains(t, err, "asks nothing")
	_, err = inquiry.Find(t.Context(), c, strings.Repeat("0", 24))
	require.EqualError(t, err, "StackStorm knows no inquiry "+strings.Repeat("0", 24)+".")
}

// What is answered to a secret question is in no error.
func TestSecretIsNotRepeated(t *testing.T) {
	t.Parallel()
	srv, c := newStackStorm(t, st2test.Inquiry{Schema: json.RawMessage(`{"type":"object","properties":{"pin":{"type":"integer","secret":true}}}`)})
	_, o := asked(t, srv, c)
	f, err := form.Parse(o.Schema)
	require.NoError(t, err)
	_, err = o.Respond(t.Context(), c, f, inquiry.Response{"pin": json.RawMessage(`"hunter2"`)})
	require.EqualError(t, err, "StackStorm does not take the answer: it does not fit the inquiry. The inquiry is still open.")
	require.ErrorContains(t, err, "still open")
	require.NotContains(t, err.Error(), "hunter2")
}

// Without the right to list executions, inquiries are listed without their workflows.
func TestWithoutWorkflows(t *testing.T) {
	t.Parallel()
	srv, c := newStackStorm(t, st2test.Inquiry{Schema: json.RawMessage(`{"type":"object","required":["x"],"properties":{"x":{}}}`)})
	_, o := asked(t, srv, c)
	require.Equal(t, "Its schema is broken, so that StackStorm refuses every answer. !cancel "+o.ID+" cancels its workflow.", o.Describe(typed)[1])
	srv.Deny("errbot", "execution_list")
	all, _, err := inquiry.List(t.Context(), c)
	require.NoError(t, err)
	require.Len(t, all, 1)
	require.Empty(t, all[0].WorkflowID())
	require.Equal(t, o.ID, all[0].Line())
	srv.Deny("errbot", "inquiry_list")
	_, _, err = inquiry.List(t.Context(), c)
	require.ErrorIs(t, err, client.ErrForbidden)
}

// What a workflow asks is announced where it was asked for, and once, also after a restart.
func TestWatch(t *testing.T) {
	t.Parallel()
	srv, c := newStackStorm(t, st2test.Inquiry{Schema: schema})
	ops, other := backend.ToRoom(backend.Room{ID: "ops"}), backend.ToRoom(backend.Room{ID: "other"})
	mine := make(chan string, 1)
	watch := inquiry.Watch{
		Client: c, Store: memory(t), Log: quiet(), Every: time.Minute, Typed: typed,
		Origin: func(_ context.Context, id string) (backend.Ref, bool) {
			select {
			case own := <-mine:
				mine <- own
				return ops, own == id
			default:
				return ops, false
			}
		},
		Elsewhere: func(context.Context) (backend.Ref, error) { return other, nil },
	}
	first := newChat(t)
	watch.Chat = first
	watch.Start()
	_, o := asked(t, srv, c)
	said := first.next(t)
	require.Equal(t, other, said.Ref)
	require.True(t, strings.HasPrefix(said.Body, "StackStorm asks something.\nInquiry "+o.ID), said.Body)
	require.Eventually(t, func() bool {
		keys, err := watch.Store.Keys(t.Context(), "inquiry.")
		return err == nil && len(keys) == 1
	}, time.Minute, time.Millisecond)

	first.stop()
	second := newChat(t)
	watch.Chat = second
	e, err := c.Execute(t.Context(), client.ExecuteRequest{Action: "demo.deploy"})
	require.NoError(t, err)
	mine <- e.ID
	require.NoError(t, srv.Wait(t.Context()))
	watch.Start()
	said = second.next(t)
	require.Equal(t, ops, said.Ref, "the one that was announced is not announced again")
	require.Empty(t, second.said)
}
