package client_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-errbot/errbot/st2/client"
	"github.com/stretchr/testify/require"
)

func TestValidate(t *testing.T) {
	user, err := serve(t, token, recorded(t, "auth.user.token-before-expiry")).Validate(t.Context())
	require.NoError(t, err)
	require.Equal(t, client.User{
		Username: "testu", Method: "authentication token", Expires: time.Date(2026, 11, 23, 16, 0, 0, 0, time.UTC),
		Roles: []string{}, IsAdmin: true,
	}, user)

	user, err = serve(t, key, recorded(t, "auth.user.apikey-header")).Validate(t.Context())
	require.NoError(t, err)
	require.Equal(t, "API key", user.Method)
	require.True(t, user.Expires.IsZero())
}

func TestVersion(t *testing.T) {
	s := &spy{next: recorded(t, "auth.root.v1-slash")}
	version, err := serve(t, key, s).Version(t.Context())
	require.NoError(t, err)
	require.Equal(t, "3.10dev", version)
	require.Equal(t, "/api/v1/", s.requests()[0].path)
	require.Equal(t, "errbot-go", s.requests()[0].header.Get("User-Agent"))
}

func TestHelp(t *testing.T) {
	s := &spy{next: recorded(t, "alias.help.limit-2")}
	c := serve(t, key, s)
	for _, tc := range []struct {
		query client.HelpQuery
		want  string
	}{
		{client.HelpQuery{}, ""},
		{client.HelpQuery{Limit: 2}, "limit=2"},
		{client.HelpQuery{Limit: -1}, "limit=0"},
		{client.HelpQuery{Pack: "demo", Filter: "^a b&c", Limit: 5, Offset: 10}, "filter=%5Ea+b%26c&limit=5&offset=10&pack=demo"},
	} {
		help, err := c.Help(t.Context(), tc.query)
		require.NoError(t, err)
		require.Equal(t, 49, help.Available)
		require.Len(t, help.Entries, 2)
		require.NotEmpty(t, help.Entries[0].Display)
		all := s.requests()
		require.Equal(t, tc.want, all[len(all)-1].query)
	}
}

func TestHelpWithoutDescription(t *testing.T) {
	help, err := serve(t, key, answers(200, `{"available":2,"helpstrings":[{"pack":"p","display":"d","description":null},{"display":"e"}],"new":1}`)).
		Help(t.Context(), client.HelpQuery{})
	require.NoError(t, err)
	require.Equal(t, []client.HelpEntry{{Pack: "p", Display: "d"}, {Display: "e"}}, help.Entries)
}

func TestMatch(t *testing.T) {
	s := &spy{next: recorded(t, "alias.match.hit")}
	match, err := serve(t, key, s).Match(t.Context(), "do it")
	require.NoError(t, err)
	require.JSONEq(t, `{"command":"do it"}`, s.requests()[0].body)
	require.NotEmpty(t, match.Alias.Ref)
	require.NotEmpty(t, match.Representation)
}

func TestAlias(t *testing.T) {
	s := &spy{next: recorded(t, "alias.get.by-ref")}
	c := serve(t, key, s)
	alias, err := c.Alias(t.Context(), "demo.ack_extra")
	require.NoError(t, err)
	require.Equal(t, "demo.ack_extra", alias.Ref)
	require.Equal(t, "core.local", alias.ActionRef)
	require.True(t, alias.Enabled)
	require.Equal(t, []client.Format{{Display: "xtra {{cmd}}", Representation: []string{"xtra {{cmd}}"}}}, alias.Formats)
	require.Nil(t, alias.Ack.Enabled)
	require.Nil(t, alias.Ack.AppendURL)
	require.Equal(t, "ack text", *alias.Ack.Format)
	require.Contains(t, string(alias.Ack.Extra), "#ff0000")
	require.Nil(t, alias.Result.Format)

	_, err = c.Alias(t.Context(), "../executions")
	require.NoError(t, err)
	require.Equal(t, "/api/v1/actionalias/../executions", s.requests()[1].path, "escaped on the wire: one segment")
}

func TestAliasFormats(t *testing.T) {
	var alias client.Alias
	require.NoError(t, json.Unmarshal([]byte(`{"formats":[
		"plain",
		{"display":"shown"},
		{"representation":["a","b"]},
		{"display":null,"representation":["c"],"match_multiple":true,"unknown":1}
	],"ack":{"enabled":false,"append_url":true},"description":null,"extra":null}`), &alias))
	require.Equal(t, []client.Format{
		{Display: "plain", Representation: []string{"plain"}},
		{Display: "shown"},
		{Representation: []string{"a", "b"}},
		{Representation: []string{"c"}, MatchMultiple: true},
	}, alias.Formats)
	require.False(t, *alias.Ack.Enabled)
	require.True(t, *alias.Ack.AppendURL)
}

// list answers with elements of a list of n objects, as its query asks.
func list(n int, hidden func(int) bool, total bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var limit, offset int
		_, _ = fmt.Sscan(r.URL.Query().Get("limit"), &limit)
		_, _ = fmt.Sscan(r.URL.Query().Get("offset"), &offset)
		var items []string
		for i := offset; i < min(offset+limit, n); i++ {
			if !hidden(i) {
				items = append(items, fmt.Sprintf(`{"ref":"p.a%d","name":"a%d","formats":["x"]}`, i, i))
			}
		}
		if total {
			w.Header().Set("X-Total-Count", fmt.Sprint(n))
		}
		_, _ = fmt.Fprintf(w, "[%s]", strings.Join(items, ","))
	})
}

func TestAliasesArePaged(t *testing.T) {
	none := func(int) bool { return false }
	for _, tc := range []struct {
		name     string
		handler  http.Handler
		want     int
		requests int
	}{
		{"empty", list(0, none, true), 0, 1},
		{"one page", list(100, none, true), 100, 1},
		{"three pages", list(250, none, true), 250, 3},
		{"without a total", list(250, none, false), 250, 3},
		{"full last page without a total", list(200, none, false), 200, 3},
		{"rows hidden by permissions", list(250, func(i int) bool { return i%100 < 60 }, true), 80, 3},
		{"endless", list(1_000_000, none, true), 10_000, 100},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := &spy{next: tc.handler}
			aliases, err := serve(t, key, s).Aliases(t.Context())
			require.NoError(t, err)
			require.Equal(t, tc.want, len(aliases))
			require.Len(t, s.requests(), tc.requests)
			for _, r := range s.requests() {
				query, err := url.ParseQuery(r.query)
				require.NoError(t, err)
				require.Equal(t, "100", query.Get("limit"), "-1 and more than 100 are refused to ordinary users")
			}
		})
	}
}

func TestOneStrangeElementDoesNotHideTheOthers(t *testing.T) {
	aliases, err := serve(t, key, answers(200, `[{"name":"a"},{"name":5},{"name":"b","formats":"x"},{"name":"c"}]`)).Aliases(t.Context())
	require.NoError(t, err)
	var names []string
	for _, a := range aliases {
		names = append(names, a.Name)
	}
	require.Equal(t, []string{"a", "c"}, names)
}

func TestMatchAndExecuteBody(t *testing.T) {
	s := &spy{next: recorded(t, "alias.exec.hit-no-ack")}
	c := serve(t, key, s)
	for _, tc := range []struct {
		request client.MatchRequest
		want    string
	}{
		{client.MatchRequest{}, `{"command":"","user":"","source_channel":""}`},
		{client.MatchRequest{Command: "run x", User: "joe", SourceChannel: "#ops", NotificationChannel: "n", NotificationRoute: "errbot"},
			`{"command":"run x","user":"joe","source_channel":"#ops","notification_channel":"n","notification_route":"errbot"}`},
	} {
		_, err := c.MatchAndExecute(t.Context(), tc.request)
		require.NoError(t, err)
		all := s.requests()
		require.JSONEq(t, tc.want, all[len(all)-1].body)
		require.Equal(t, "application/json", all[len(all)-1].header.Get("Content-Type"))
	}
}

func TestMatchAndExecuteAnswers(t *testing.T) {
	run := func(name string) []client.AliasExecution {
		results, err := serve(t, key, recorded(t, name)).MatchAndExecute(t.Context(), client.MatchRequest{})
		require.NoError(t, err)
		require.NotEmpty(t, results)
		require.Regexp(t, "^[0-9a-f]{24}$", results[0].Execution.ID)
		require.Equal(t, client.StatusRequested, results[0].Execution.Status)
		require.NotEmpty(t, results[0].Alias.Ref)
		return results
	}
	require.Nil(t, run("alias.exec.hit-no-ack")[0].Message, "no format at all")
	require.Empty(t, *run("alias.exec.ack-empty-format")[0].Message, "an empty format")
	require.Contains(t, string(run("alias.exec.ack-extra-undefined")[0].Extra), "Cannot render", "a string in place of an object")

	multi := run("alias.exec.multi")
	require.Len(t, multi, 2)
	require.Equal(t, "found CD-2", *multi[1].Message)
	require.JSONEq(t, `{"text":"CD-2","n":9}`, string(multi[1].Execution.Parameters))
}

func TestExecuteAlias(t *testing.T) {
	s := &spy{next: recorded(t, "alias.aliasexecution.source-context")}
	result, err := serve(t, key, s).ExecuteAlias(t.Context(), client.AliasRequest{
		Name: "noack", Format: "do {{cmd}}", Command: "do echo hi", User: "joe", SourceChannel: "#ops",
		SourceContext: map[string]any{"id": "msg-1"},
	})
	require.NoError(t, err)
	require.JSONEq(t, `{"name":"noack","format":"do {{cmd}}","command":"do echo hi","user":"joe","source_channel":"#ops","source_context":{"id":"msg-1"}}`,
		s.requests()[0].body)
	require.Equal(t, "/api/v1/aliasexecution", s.requests()[0].path)
	require.Equal(t, client.Origin{
		User: "testu", ChatUser: "joe", SourceChannel: "#ops",
		AliasID: result.Alias.ID, AliasName: "noack",
	}, result.Execution.Origin())
}

func TestExecute(t *testing.T) {
	s := &spy{next: recorded(t, "execution.create.local")}
	e, err := serve(t, key, s).Execute(t.Context(), client.ExecuteRequest{Action: "core.local", Parameters: map[string]any{"cmd": "date"}})
	require.NoError(t, err)
	require.JSONEq(t, `{"action":"core.local","parameters":{"cmd":"date"}}`, s.requests()[0].body)
	require.Equal(t, "core.local", e.Action.Ref)
	require.Equal(t, "local-shell-cmd", e.Runner.Name)
	require.False(t, e.Start.IsZero())
	require.True(t, e.End.IsZero())
	require.Nil(t, e.Result)
	require.Contains(t, e.WebURL, e.ID)
}

func TestExecution(t *testing.T) {
	s := &spy{next: recorded(t, "execution.get.canceled-at-once")}
	e, err := serve(t, key, s).Execution(t.Context(), "0123456789abcdef01234567", "status", "result")
	require.NoError(t, err)
	require.Equal(t, client.StatusCanceled, e.Status)
	require.Equal(t, "/api/v1/executions/0123456789abcdef01234567", s.requests()[0].path)
	require.Equal(t, "include_attributes=status%2Cresult", s.requests()[0].query)
}

func TestExecutions(t *testing.T) {
	s := &spy{next: recorded(t, "execution.list.ids")}
	c := serve(t, key, s)
	at := time.Date(2026, 11, 23, 17, 0, 0, 123456789, time.FixedZone("CET", 3600))
	for _, tc := range []struct {
		query client.ExecutionQuery
		want  string
	}{
		{client.ExecutionQuery{}, "limit=100"},
		{client.ExecutionQuery{Limit: 500}, "limit=100"},
		{client.ExecutionQuery{IDs: []string{"a", "b"}, Limit: 2, Offset: 4}, "id=a%2Cb&limit=2&offset=4"},
		{client.ExecutionQuery{Runner: "announcement", Status: client.StatusSucceeded, After: at, Include: []string{"id", "result"}},
			"include_attributes=id%2Cresult&limit=100&runner=announcement&status=succeeded&timestamp_gt=2026-11-23T16%3A00%3A00.123456Z"},
		{client.ExecutionQuery{Action: "core.local", User: "testu", Parent: "null", Before: at, NewestFirst: true, Exclude: []string{"result"}},
			"action=core.local&exclude_attributes=result&limit=100&parent=null&sort_desc=1&timestamp_lt=2026-11-23T16%3A00%3A00.123456Z&user=testu"},
	} {
		page, err := c.Executions(t.Context(), tc.query)
		require.NoError(t, err)
		require.Len(t, page.Executions, 3)
		require.Equal(t, 3, page.Total)
		all := s.requests()
		require.Equal(t, tc.want, all[len(all)-1].query)
	}
	before := len(s.requests())
	page, err := c.Executions(t.Context(), client.ExecutionQuery{IDs: []string{}})
	require.NoError(t, err)
	require.Empty(t, page.Executions, "no id selects nothing, not everything")
	require.Len(t, s.requests(), before)
}

func TestCancel(t *testing.T) {
	s := &spy{next: recorded(t, "execution.cancel.running")}
	e, err := serve(t, key, s).Cancel(t.Context(), "0123456789abcdef01234567")
	require.NoError(t, err)
	require.Equal(t, client.StatusCanceling, e.Status)
	require.Equal(t, http.MethodDelete, s.requests()[0].method)

	_, err = serve(t, key, recorded(t, "execution.cancel.finished")).Cancel(t.Context(), "x")
	requireClasses(t, err, "not cancel")
	require.ErrorContains(t, err, "Action cannot be canceled. State = succeeded.")
}

func TestReRun(t *testing.T) {
	s := &spy{next: recorded(t, "execution.re-run.plain")}
	c := serve(t, key, s)
	e, err := c.ReRun(t.Context(), "0123456789abcdef01234567", nil)
	require.NoError(t, err)
	require.NotEmpty(t, e.Origin().ReRunOf)
	_, err = c.ReRun(t.Context(), "0123456789abcdef01234567", map[string]any{"cmd": "x"})
	require.NoError(t, err)
	require.Equal(t, "/api/v1/executions/0123456789abcdef01234567/re_run", s.requests()[0].path)
	require.Equal(t, "{}", s.requests()[0].body)
	require.JSONEq(t, `{"parameters":{"cmd":"x"}}`, s.requests()[1].body)
}

func TestOutput(t *testing.T) {
	out, err := serve(t, key, recorded(t, "execution.output.python")).Output(t.Context(), "x")
	require.NoError(t, err)
	require.Contains(t, out, "a line on stdout\n")

	_, err = serve(t, key, answers(404, `{"faultstring":"Unable to identify resource with id \"x\"."}`)).Output(t.Context(), "x")
	requireClasses(t, err, "not found")
}

func TestStatus(t *testing.T) {
	for status, want := range map[client.Status]struct{ final, cancelable bool }{
		client.StatusRequested: {false, true},
		client.StatusScheduled: {false, true},
		client.StatusDelayed:   {false, true},
		client.StatusRunning:   {false, true},
		client.StatusPausing:   {false, true},
		client.StatusPaused:    {false, true},
		client.StatusResuming:  {false, true},
		client.StatusPending:   {false, false},
		client.StatusCanceling: {false, false},
		client.StatusSucceeded: {true, false},
		client.StatusFailed:    {true, false},
		client.StatusTimeout:   {true, false},
		client.StatusCanceled:  {true, false},
		client.StatusAbandoned: {true, false},
		"new in a later st2":   {false, false},
	} {
		require.Equal(t, want.final, status.Final(), status)
		require.Equal(t, want.cancelable, status.Cancelable(), status)
	}
}

// Anybody who may start an execution can write its context.
func TestOriginOfAnything(t *testing.T) {
	for _, context := range []string{"", "null", "5", `"x"`, `[]`, `{"user":5,"action_alias_ref":"x","parent":[1],"re-run":null}`} {
		e := client.Execution{Context: json.RawMessage(context)}
		require.Equal(t, client.Origin{}, e.Origin(), context)
	}
	e := client.Execution{Context: json.RawMessage(`{"user":"stanley","parent":{"execution_id":"p"}}`)}
	require.Equal(t, client.Origin{User: "stanley", ParentID: "p"}, e.Origin())
}
