package st2test_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/st2/st2test"
)

// addAsking registers a workflow that asks, and then prints the answer.
func addAsking(srv *st2test.Server, q st2test.Inquiry) {
	srv.AddAction(st2test.Action{Ref: "demo.deploy", Runner: "orquesta", Run: func(ctx context.Context, call *st2test.Call) (any, error) {
		answer, err := call.Ask(ctx, q)
		if err != nil {
			return nil, err
		}
		_, err = call.Task(ctx, "tell", "core.noop", nil)
		return map[string]any{"output": answer}, err
	}})
}

// asked starts demo.deploy and returns its id and that of its inquiry.
func asked(t *testing.T, srv *st2test.Server) (workflow, inquiry string) {
	t.Helper()
	status, answer := ask(t, srv, http.MethodPost, "/api/v1/executions", map[string]any{"action": "demo.deploy"})
	require.Equal(t, http.StatusCreated, status)
	settle(t, srv)
	workflow = answer["id"].(string)
	_, answer = ask(t, srv, http.MethodGet, "/api/v1/executions/"+workflow, nil)
	return workflow, answer["children"].([]any)[0].(string)
}

func statusOf(t *testing.T, srv *st2test.Server, id string) string {
	t.Helper()
	settle(t, srv)
	_, answer := ask(t, srv, http.MethodGet, "/api/v1/executions/"+id, nil)
	return answer["status"].(string)
}

func respond(t *testing.T, srv *st2test.Server, user, id, response string) (int, map[string]any) {
	t.Helper()
	return askAs(t, srv, user, http.MethodPut, "/api/v1/inquiries/"+id, `{"id":"x","response":`+response+`}`)
}

// The events of a workflow that asks come in the order that was recorded.
func TestStreamOfInquiry(t *testing.T) {
	srv := st2test.New(t)
	addAsking(srv, st2test.Inquiry{})
	stream := listen(t, srv, "events=st2.execution__*")
	_, id := asked(t, srv)
	status, _ := respond(t, srv, "st2admin", id, `{"continue":true}`)
	require.Equal(t, http.StatusOK, status)
	for _, want := range []string{
		"create orquesta requested", "update orquesta scheduled", "update orquesta running", "update orquesta running",
		"create inquirer requested", "update inquirer scheduled", "update inquirer running", "update inquirer pending",
		"update orquesta paused", "update orquesta resuming", "update inquirer succeeded",
		"update orquesta running", "update orquesta running", "create noop requested", "update noop scheduled", "update noop running", "update noop succeeded",
		"update orquesta succeeded",
	} {
		name, data := nextEvent(t, stream)
		var e struct {
			Status string
			Runner struct{ Name string }
		}
		require.NoError(t, json.Unmarshal([]byte(data), &e))
		require.Equal(t, want, strings.TrimPrefix(name, "st2.execution__")+" "+e.Runner.Name+" "+e.Status)
	}
}

// A rule hears of an inquiry before it can be answered.
func TestInquiryIsToldBeforeItIsPending(t *testing.T) {
	srv := st2test.New(t)
	addAsking(srv, st2test.Inquiry{Route: "team"})
	told := make(chan string, 1)
	srv.OnInquiry(func(id, route string) {
		status, answer := ask(t, srv, http.MethodGet, "/api/v1/inquiries/"+id, nil)
		told <- fmt.Sprint(route, status, strings.ReplaceAll(answer["faultstring"].(string), id, "ID"))
	})
	_, id := asked(t, srv)
	require.Equal(t, `team400Inquiry "ID" has already been responded to.`, <-told)
	status, _ := ask(t, srv, http.MethodGet, "/api/v1/inquiries/"+id, nil)
	require.Equal(t, http.StatusOK, status)
}

func TestInquiryRunsOutOfTime(t *testing.T) {
	srv := st2test.New(t)
	addAsking(srv, st2test.Inquiry{})
	workflow, id := asked(t, srv)
	require.Equal(t, "paused", statusOf(t, srv, workflow))
	require.True(t, srv.ExpireInquiry(id))
	require.False(t, srv.ExpireInquiry(id))
	require.Equal(t, "failed", statusOf(t, srv, workflow))
	status, answer := respond(t, srv, "st2admin", id, `{"continue":true}`)
	require.Equal(t, http.StatusBadRequest, status)
	require.Equal(t, `Inquiry "`+id+`" timed out and cannot be responded to.`, answer["faultstring"])
}

func TestWhoMayAnswer(t *testing.T) {
	srv := st2test.New(t)
	srv.AddUser("alice", "a")
	srv.AddUser("bob", "b")
	addAsking(srv, st2test.Inquiry{Roles: []string{"admins"}, Users: []string{"alice", "bob"}})
	_, id := asked(t, srv)
	srv.Grant("alice", "admins")
	for user, want := range map[string]int{"st2admin": http.StatusForbidden, "bob": http.StatusForbidden} {
		status, answer := respond(t, srv, user, id, `{"continue":true}`)
		require.Equal(t, want, status)
		require.Contains(t, answer["faultstring"], `name="`+user+`"`)
	}
	status, _ := respond(t, srv, "alice", id, `{"continue":true}`)
	require.Equal(t, http.StatusOK, status)

	for _, permission := range []string{"inquiry_list", "inquiry_view", "inquiry_respond"} {
		srv.Deny("bob", permission)
	}
	_, id = asked(t, srv)
	for method, path := range map[string]string{http.MethodGet: "/api/v1/inquiries", http.MethodPut: "/api/v1/inquiries/" + id} {
		status, _ := askAs(t, srv, "bob", method, path, `{"id":"x","response":{}}`)
		require.Equal(t, http.StatusForbidden, status)
	}
	status, _ = askAs(t, srv, "bob", http.MethodGet, "/api/v1/inquiries/"+id, nil)
	require.Equal(t, http.StatusForbidden, status)
}

// Whoever cancels a paused workflow cancels it at once; its inquiry stays.
func TestCancelPausedWorkflow(t *testing.T) {
	srv := st2test.New(t)
	addAsking(srv, st2test.Inquiry{})
	workflow, id := asked(t, srv)
	_, answer := ask(t, srv, http.MethodDelete, "/api/v1/executions/"+workflow, nil)
	require.Equal(t, "canceled", answer["status"])
	require.Equal(t, "pending", statusOf(t, srv, id))
	status, _ := ask(t, srv, http.MethodGet, "/api/v1/inquiries/"+id, nil)
	require.Equal(t, http.StatusOK, status)
}

// More workflows can wait than executions can run, and a server can be closed meanwhile.
func TestManyPausedWorkflows(t *testing.T) {
	srv := st2test.New(t)
	addAsking(srv, st2test.Inquiry{})
	for range 100 {
		asked(t, srv)
	}
}

func TestTaskFaults(t *testing.T) {
	srv := st2test.New(t)
	for _, c := range []struct {
		runner, ref string
		parameters  any
		want        string
	}{
		{"", "core.noop", nil, "only workflows have tasks"},
		{"orquesta", "no.such", nil, `no action "no.such"`},
		{"orquesta", "core.noop", []int{1}, "are no object"},
		{"orquesta", "core.noop", make(chan int), "the parameters of task x"},
	} {
		got := make(chan error, 1)
		srv.AddAction(st2test.Action{Ref: "demo.tasks", Runner: c.runner, Run: func(ctx context.Context, call *st2test.Call) (any, error) {
			_, err := call.Task(ctx, "x", c.ref, c.parameters)
			got <- err
			return nil, err
		}})
		status, _ := ask(t, srv, http.MethodPost, "/api/v1/executions", map[string]any{"action": "demo.tasks"})
		require.Equal(t, http.StatusCreated, status)
		require.ErrorContains(t, <-got, c.want)
	}
}

func TestStreamOfOutput(t *testing.T) {
	srv := st2test.New(t)
	more := make(chan struct{})
	srv.AddAction(st2test.Action{Ref: "demo.print", Run: func(_ context.Context, call *st2test.Call) (any, error) {
		call.Output("stdout", "one\n")
		<-more
		call.Output("stderr", "two\n")
		return nil, nil
	}})
	status, answer := ask(t, srv, http.MethodPost, "/api/v1/executions", map[string]any{"action": "demo.print"})
	require.Equal(t, http.StatusCreated, status)
	id := answer["id"].(string)
	read := func(query string, between func()) string {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, srv.StreamURL()+"/executions/"+id+"/output"+query, nil)
		require.NoError(t, err)
		request.Header.Set("X-Auth-Token", srv.Token("st2admin", 0))
		answer, err := http.DefaultTransport.RoundTrip(request)
		require.NoError(t, err)
		defer answer.Body.Close()
		require.Equal(t, "text/event-stream; charset=UTF-8", answer.Header.Get("Content-Type"))
		between()
		return readAll(t, answer.Body)
	}
	live := read("", func() { close(more) })
	require.Contains(t, live, `"output_type":"stdout","data":"one\n"`)
	require.Contains(t, live, `"output_type":"stderr","data":"two\n"`)
	require.True(t, strings.HasSuffix(live, "}\n\nevent: EOF\ndata: ''\n\n"))
	require.Equal(t, live, read("", func() {}), "what was printed has its id and time for good")
	require.NotContains(t, read("?output_type=stderr", func() {}), "one")
}

func readAll(t *testing.T, r io.Reader) string {
	t.Helper()
	content, err := io.ReadAll(r)
	require.NoError(t, err)
	return string(content)
}
