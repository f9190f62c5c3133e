package client_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-errbot/errbot/st2/client"
	"github.com/stretchr/testify/require"
)

// classes are all errors that callers decide on.
var classes = map[string]error{
	"unauthorized": client.ErrUnauthorized,
	"rejected":     client.ErrCredentialRejected,
	"user gone":    client.ErrUserGone,
	"forbidden":    client.ErrForbidden,
	"not found":    client.ErrNotFound,
	"no match":     client.ErrNoMatch,
	"ambiguous":    client.ErrAmbiguous,
	"not cancel":   client.ErrNotCancelable,
	"unavailable":  client.ErrUnavailable,
	"maybe":        client.ErrMaybeStarted,
	"too large":    client.ErrTooLarge,
}

// requireClasses fails unless err is of exactly the classes named.
func requireClasses(t *testing.T, err error, names ...string) {
	t.Helper()
	require.Error(t, err)
	var got []string
	for name, class := range classes {
		if errors.Is(err, class) {
			got = append(got, name)
		}
	}
	require.ElementsMatch(t, names, got, "%v", err)
}

const (
	portal = "<html>\n<title>Sign in</title>\n<script>evil()</script>"
	// As stock nginx answers for a service that is down.
	nginx503 = `{ "faultstring": "Nginx is unable to reach st2api. Make sure service is running." }`
)

// What an answer means to a call that starts nothing, and to one that starts something.
func TestErrorClasses(t *testing.T) {
	for _, tc := range []struct {
		name   string
		answer http.Handler
		reads  []string // classes of a reading call
		starts []string // classes of a starting one
		line   string   // the first line for chat
	}{
		{"bad token", recorded(t, "auth.user.bad-token"), []string{"unauthorized", "rejected"}, []string{"unauthorized", "rejected"}, "Unauthorized"},
		{"unknown key", recorded(t, "auth.user.apikey-unknown"), []string{"unauthorized", "rejected"}, []string{"unauthorized", "rejected"}, "Unauthorized - ApiKey not found."},
		{"user gone", recorded(t, "misc.token-of-deleted-user.user"), []string{"user gone"}, []string{"user gone"}, "Unable to find the UserDB instance."},
		{"no permission", answers(403, `{"faultstring":"User \"bob\" doesn't have required permission \"action_execute\" on resource \"action:core:local\""}`),
			[]string{"forbidden"}, []string{"forbidden"}, `User "bob" doesn't have required permission "action_execute" on resource "action:core:local"`},
		{"inquiry of others", recorded(t, "inquiry.put.users.not-allowed"), []string{"forbidden"}, []string{"forbidden"},
			`User "testu" does not have permission to respond to inquiry "000000000000000000000404".`},
		{"unknown alias", recorded(t, "alias.aliasexecution.unknown-name"), []string{"not found"}, []string{"not found"}, "Unable to find the ActionAliasDB instance."},
		{"no match", recorded(t, "alias.match.none"), []string{"no match"}, []string{"no match"}, "Command 'zzz nothing here' matched no patterns"},
		{"ambiguous", recorded(t, "alias.match.ambiguous"), []string{"ambiguous"}, []string{"ambiguous"}, "Command 'amb x' matched more than 1 pattern"},
		{"ambiguous, multi", recorded(t, "alias.match.multi-ambiguous"), []string{"ambiguous"}, []string{"ambiguous"}, "Command 'dup AB-1' matched more than 1 (multi) pattern"},
		{"bad value", recorded(t, "alias.exec.typed-bad-bool"), nil, nil,
			`Failed to cast value "yes" (type: str) for parameter "b" of type "boolean": malformed node or string on line 1. Perhaps the value is of an invalid type?`},
		{"kilobytes of schema", recorded(t, "alias.exec.unknown-parameter"), nil, nil, "Additional properties are not allowed ('foo' was unexpected)"},
		{"started, but the acknowledgement failed", recorded(t, "alias.exec.ack-unknown-filter"), nil, []string{"maybe"}, "Internal Server Error"},
		{"RabbitMQ down", recorded(t, "rabbit-down.match-and-execute"), []string{"unavailable"}, []string{"unavailable", "maybe"}, "[Errno 111] ECONNREFUSED"},
		{"service down", answers(503, nginx503), []string{"unavailable"}, []string{"unavailable", "maybe"}, "Nginx is unable to reach st2api. Make sure service is running."},
		{"bad gateway", answers(502, "<html>nginx</html>"), []string{"unavailable"}, []string{"unavailable", "maybe"}, "Bad Gateway, and the answer is not StackStorm's own"},
		{"gateway time-out", answers(504, ""), []string{"unavailable"}, []string{"unavailable", "maybe"}, "Gateway Timeout, and the answer is not StackStorm's own"},
		{"foreign 404", answers(404, "<html>"), []string{"unavailable"}, []string{"unavailable"}, "Not Found, and the answer is not StackStorm's own"},
		{"body too large for nginx", answers(413, "<html>"), nil, nil, "Request Entity Too Large, and the answer is not StackStorm's own"},
		{"a portal's page", answers(200, portal), []string{"unavailable"}, []string{"unavailable", "maybe"}, "OK, and the answer is not StackStorm's own"},
		{"cut JSON", answers(200, `{"username":`), []string{"unavailable"}, []string{"unavailable", "maybe"}, "OK, and the answer is not StackStorm's own"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := &spy{next: tc.answer}
			c := serve(t, token, s)
			_, err := c.Validate(t.Context())
			requireClasses(t, err, tc.reads...)
			var api *client.APIError
			require.ErrorAs(t, err, &api)
			require.Equal(t, tc.line, api.FirstLine())

			_, err = c.MatchAndExecute(t.Context(), client.MatchRequest{Command: "x"})
			requireClasses(t, err, tc.starts...)
			require.Equal(t, 1, s.count(execPath), "a command is never repeated")
		})
	}
}

func TestErrorNamesTheCallAndTheRequest(t *testing.T) {
	_, err := serve(t, key, answers(500, `{"faultstring":"Internal Server Error"}`)).Validate(t.Context())
	require.EqualError(t, err, "GET /api/v1/user: 500: Internal Server Error (request request-1)")
}

func TestForeignPageIsForTheLogOnly(t *testing.T) {
	_, err := serve(t, key, answers(502, portal+strings.Repeat("x", 1000))).Validate(t.Context())
	var api *client.APIError
	require.ErrorAs(t, err, &api)
	require.NotContains(t, err.Error(), "Sign in")
	require.NotContains(t, api.FirstLine(), "Sign in")
	require.Contains(t, api.Detail(), "Sign in")
	require.Len(t, []rune(api.Detail()), 200)
}

func TestDetailIsTheWholeFault(t *testing.T) {
	_, err := serve(t, key, recorded(t, "alias.exec.unknown-parameter")).Validate(t.Context())
	var api *client.APIError
	require.ErrorAs(t, err, &api)
	require.Contains(t, api.Detail(), "Failed validating 'additionalProperties' in schema:\n")
	require.NotContains(t, err.Error(), "Failed validating")
}

func TestHashOfAKeyIsForNobody(t *testing.T) {
	_, err := serve(t, key, recorded(t, "auth.user.apikey-unknown")).Validate(t.Context())
	var api *client.APIError
	require.ErrorAs(t, err, &api)
	require.Equal(t, "Unauthorized - ApiKey not found.", api.Detail())
}

func TestRedirectIsRefused(t *testing.T) {
	elsewhere := &spy{next: answers(200, "{}")}
	other := httptest.NewServer(elsewhere)
	defer other.Close()
	for _, status := range []int{301, 302, 307, 308} {
		c := serve(t, key, http.RedirectHandler(other.URL+"/api/v1/user?secret=1", status))
		_, err := c.Validate(t.Context())
		var redirect *client.RedirectError
		require.ErrorAs(t, err, &redirect)
		require.Equal(t, client.RedirectError{Status: status, To: other.URL}, *redirect)
		require.ErrorContains(t, err, "redirects to "+other.URL+"; configure that address")

		_, err = c.MatchAndExecute(t.Context(), client.MatchRequest{Command: "x"})
		require.NotErrorIs(t, err, client.ErrMaybeStarted)
	}
	require.Empty(t, elsewhere.requests(), "the credential would have gone there")
}

func TestConnectionRefused(t *testing.T) {
	srv := httptest.NewServer(answers(200, ""))
	srv.Close()
	c := newClient(t, config(srv.URL, key))
	_, err := c.MatchAndExecute(t.Context(), client.MatchRequest{Command: "x"})
	requireClasses(t, err, "unavailable")
}

// A connection cut after the request was read: nobody knows.
func TestCutConnection(t *testing.T) {
	s := &spy{next: http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })}
	c := serve(t, key, s)
	_, err := c.MatchAndExecute(t.Context(), client.MatchRequest{Command: "x"})
	requireClasses(t, err, "unavailable", "maybe")
	require.Equal(t, 1, s.count(execPath))
}

func TestAnswerCutInTheMiddle(t *testing.T) {
	c := serve(t, key, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1000")
		_, _ = io.WriteString(w, `{"results":`)
	}))
	_, err := c.MatchAndExecute(t.Context(), client.MatchRequest{Command: "x"})
	requireClasses(t, err, "unavailable", "maybe")
}

func TestAnswerOfTheWrongShape(t *testing.T) {
	c := serve(t, key, answers(201, `{"results":"none"}`))
	_, err := c.MatchAndExecute(t.Context(), client.MatchRequest{Command: "x"})
	requireClasses(t, err, "maybe")
}

func TestAnswerTooLarge(t *testing.T) {
	chunk := strings.Repeat(" ", 1<<20)
	c := serve(t, key, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for range 40 {
			if _, err := io.WriteString(w, chunk); err != nil {
				return
			}
		}
	}))
	_, err := c.Aliases(t.Context())
	requireClasses(t, err, "too large")
	require.ErrorContains(t, err, "more than 32 MiB")
}

func TestEndlessErrorPageIsCut(t *testing.T) {
	chunk := strings.Repeat("x", 1<<16)
	c := serve(t, key, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadGateway)
		for {
			if _, err := io.WriteString(w, chunk); err != nil {
				return
			}
		}
	}))
	_, err := c.Validate(t.Context())
	requireClasses(t, err, "unavailable")
}

func TestCallerGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		silent := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		c := memory(t, key, &spy{next: silent}) // a server sees its client go once it has read the body
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := c.MatchAndExecute(ctx, client.MatchRequest{Command: "x"})
		require.ErrorIs(t, err, context.DeadlineExceeded)
		requireClasses(t, err, "maybe")
	})
}

func TestCallerHadGivenUpBefore(t *testing.T) {
	s := &spy{next: answers(200, "{}")}
	c := serve(t, key, s)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := c.MatchAndExecute(ctx, client.MatchRequest{Command: "x"})
	require.ErrorIs(t, err, context.Canceled)
	requireClasses(t, err)
	require.Empty(t, s.requests())
}

func TestCallHasADeadlineOfItsOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := memory(t, key, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusOK)
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		}))
		start := time.Now()
		_, err := c.Validate(t.Context())
		requireClasses(t, err, "unavailable")
		require.ErrorContains(t, err, "no complete answer within 1m30s")
		require.Equal(t, 90*time.Second, time.Since(start))
	})
}

func TestConnectionIsKeptAlive(t *testing.T) {
	var opened int
	srv := httptest.NewUnstartedServer(answers(200, `{"username":"x"}`))
	srv.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			opened++
		}
	}
	srv.Start()
	defer srv.Close()
	c := newClient(t, config(srv.URL, key))
	for range 20 {
		_, err := c.Validate(t.Context())
		require.NoError(t, err)
	}
	require.Equal(t, 1, opened)
}

func TestLogLine(t *testing.T) {
	var log logBuffer
	c := serve(t, key, recorded(t, "alias.help.limit-2"), func(cfg *client.Config) { cfg.Logger = log.logger() })
	_, err := c.Help(t.Context(), client.HelpQuery{Filter: "what a user typed"})
	require.NoError(t, err)
	require.Regexp(t, `^time=\S+ level=DEBUG msg="StackStorm call" method=GET path=/api/v1/actionalias/help duration=\S+ status=200\n$`, log.String())
}
