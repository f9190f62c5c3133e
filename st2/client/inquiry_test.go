package client_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/bot/secret"
	"github.com/go-errbot/errbot/st2/client"
	"github.com/go-errbot/errbot/st2/st2test"
)

// newAsking returns a StackStorm with a workflow that asks, and a Client of it.
func newAsking(t *testing.T, q st2test.Inquiry) (*st2test.Server, *client.Client) {
	t.Helper()
	srv := st2test.New(t)
	srv.AddAction(st2test.Action{Ref: "demo.deploy", Runner: "orquesta", Run: func(ctx context.Context, call *st2test.Call) (any, error) {
		answer, err := call.Ask(ctx, q)
		return map[string]any{"output": answer}, err
	}})
	return srv, newClient(t, config(srv.URL(), client.Token{Token: secret.String(srv.Token("st2admin", 0))}))
}

func TestInquiry(t *testing.T) {
	srv, c := newAsking(t, st2test.Inquiry{Route: "team", TTL: 5, Schema: json.RawMessage(
		`{"type":"object","properties":{"z":{"type":"integer","required":true},"a":{"type":"string","secret":true}}}`)})
	started, err := c.Execute(t.Context(), client.ExecuteRequest{Action: "demo.deploy"})
	require.NoError(t, err)
	require.NoError(t, srv.Wait(t.Context()))

	list, total, err := c.Inquiries(t.Context())
	require.NoError(t, err)
	require.Len(t, list, 1)
	require.Equal(t, 1, total)
	id := list[0].ID
	one, err := c.Inquiry(t.Context(), id)
	require.NoError(t, err)
	require.Equal(t, list[0], one)
	require.Equal(t, "team", one.Route)
	require.Equal(t, 5, one.TTL)
	children, err := c.Children(t.Context(), started.ID)
	require.NoError(t, err)
	require.Len(t, children, 1)
	require.Equal(t, id, children[0].ID)
	require.Equal(t, started.ID, children[0].Parent)

	_, err = c.Inquiry(t.Context(), started.ID)
	require.ErrorIs(t, err, client.ErrNotInquiry)
	_, err = c.Inquiry(t.Context(), "0123456789abcdef01234567")
	require.ErrorIs(t, err, client.ErrNotFound)
	err = c.Respond(t.Context(), id, map[string]json.RawMessage{"z": json.RawMessage(`"1"`)})
	require.ErrorIs(t, err, client.ErrResponseInvalid)
	require.ErrorContains(t, err, "'1' is not of type 'integer'")
	require.ErrorIs(t, c.Respond(t.Context(), id, nil), client.ErrResponseInvalid)
	_, err = c.Cancel(t.Context(), id)
	require.ErrorIs(t, err, client.ErrNotCancelable)

	require.NoError(t, c.Respond(t.Context(), id, map[string]json.RawMessage{"z": json.RawMessage(`1`)}))
	require.ErrorIs(t, c.Respond(t.Context(), id, nil), client.ErrInquiryClosed)
	_, err = c.Inquiry(t.Context(), id)
	require.ErrorIs(t, err, client.ErrInquiryClosed)
	require.NoError(t, srv.Wait(t.Context()))
	ended, err := c.Execution(t.Context(), started.ID)
	require.NoError(t, err)
	require.JSONEq(t, `{"output":{"z":1}}`, string(ended.Result))
}

// Python's way of printing its objects is for the log.
func TestInquiryOfOthers(t *testing.T) {
	srv, c := newAsking(t, st2test.Inquiry{Users: []string{"alice"}})
	_, err := c.Execute(t.Context(), client.ExecuteRequest{Action: "demo.deploy"})
	require.NoError(t, err)
	require.NoError(t, srv.Wait(t.Context()))
	list, _, err := c.Inquiries(t.Context())
	require.NoError(t, err)
	err = c.Respond(t.Context(), list[0].ID, map[string]json.RawMessage{"continue": json.RawMessage("true")})
	require.ErrorIs(t, err, client.ErrForbidden)
	var api *client.APIError
	require.ErrorAs(t, err, &api)
	require.Equal(t, `User "st2admin" does not have permission to respond to inquiry "`+list[0].ID+`".`, api.FirstLine())
}

func TestStreamOfInquiries(t *testing.T) {
	_, c := newAsking(t, st2test.Inquiry{})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var seen []client.Status
	options := client.StreamOptions{
		Events: []string{"st2.execution__update"}, ActionRefs: []string{"core.ask"},
		OnState: func(s client.State) {
			if s.Phase == client.Connected {
				_, err := c.Execute(ctx, client.ExecuteRequest{Action: "demo.deploy"})
				require.NoError(t, err)
			}
		},
	}
	err := c.Stream(ctx, options, func(e client.Event) error {
		var x client.Execution
		require.NoError(t, json.Unmarshal(e.Data, &x))
		require.Equal(t, client.InquirerRunner, x.Runner.Name)
		if seen = append(seen, x.Status); x.Status == client.StatusPending {
			cancel()
		}
		return nil
	})
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, []client.Status{"scheduled", "running", "pending"}, seen)
}

func TestFollowOutput(t *testing.T) {
	srv := st2test.New(t)
	c := newClient(t, config(srv.URL(), client.Token{Token: secret.String(srv.Token("st2admin", 0))}))
	more := make(chan struct{})
	srv.AddAction(st2test.Action{Ref: "demo.print", Run: func(_ context.Context, call *st2test.Call) (any, error) {
		call.Output("stdout", "one\n")
		<-more
		call.Output("stderr", "two\n")
		return nil, nil
	}})
	started, err := c.Execute(t.Context(), client.ExecuteRequest{Action: "demo.print"})
	require.NoError(t, err)
	var got []string
	follow := func() {
		got = nil
		require.NoError(t, c.FollowOutput(t.Context(), started.ID, func(o client.Output) error {
			if got = append(got, o.Type+" "+o.Data); len(got) == 1 {
				select {
				case <-more:
				default:
					close(more)
				}
			}
			return nil
		}))
	}
	for range 2 { // while it runs, and afterwards
		follow()
		require.Equal(t, []string{"stdout one\n", "stderr two\n"}, got)
	}
	enough := errors.New("enough")
	require.Equal(t, enough, c.FollowOutput(t.Context(), started.ID, func(client.Output) error { return enough }))
	err = c.FollowOutput(t.Context(), "0123456789abcdef01234567", func(client.Output) error { return nil })
	require.ErrorIs(t, err, client.ErrNotFound)
}

// A connection that ends early is made again, and nothing is told twice.
func TestFollowOutputSurvivesCuts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		requests := 0
		c := memory(t, token, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			require.Equal(t, "/stream/v1/executions/abc/output", r.URL.Path)
			require.Equal(t, "identity", r.Header.Get("Accept-Encoding"))
			requests++
			w.Header().Set("Content-Type", "text/event-stream; charset=UTF-8")
			for n := range requests {
				fmt.Fprintf(w, "event: st2.execution.output__create\ndata: {\"id\":\"%d\",\"data\":\"%d\\n\"}\n\n", n, n)
			}
			fmt.Fprint(w, "event: st2.execution.output__create\ndata: not JSON\n\nevent: other\ndata: {}\n\n")
			if requests == 4 {
				fmt.Fprint(w, "event: EOF\ndata: ''\n\n")
			}
		}))
		var text strings.Builder
		begin := time.Now()
		require.NoError(t, c.FollowOutput(t.Context(), "abc", func(o client.Output) error {
			text.WriteString(o.Data)
			return nil
		}))
		require.Equal(t, "0\n1\n2\n3\n", text.String())
		require.Equal(t, 4, requests)
		require.Less(t, time.Since(begin), time.Minute)
	})
}

func TestFollowOutputGivesUp(t *testing.T) {
	c := serve(t, token, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream; charset=UTF-8")
		chunk := []byte("data: " + strings.Repeat("x", 1<<20))
		for range 9 {
			_, _ = w.Write(chunk)
		}
	}))
	err := c.FollowOutput(t.Context(), "abc", func(client.Output) error { return nil })
	require.ErrorIs(t, err, client.ErrEventTooLarge)
	c = serve(t, token, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }))
	require.ErrorIs(t, c.FollowOutput(t.Context(), "abc", nil), client.ErrUnavailable)
}
