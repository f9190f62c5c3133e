package st2test_test

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

	"github.com/go-errbot/errbot/st2/st2test"
)

// announced runs a command and returns the text that is announced for it.
func announced(t *testing.T, srv *st2test.Server, command string) string {
	t.Helper()
	stream := listen(t, srv, "events=st2.announcement__errbot")
	status, answer := ask(t, srv, http.MethodPost, "/api/v1/aliasexecution/match_and_execute", map[string]any{
		"command": command, "user": "alice", "source_channel": "#ops", "notification_route": "errbot",
	})
	require.Equal(t, http.StatusCreated, status, answer)
	_, data := nextEvent(t, stream)
	var event struct{ Payload struct{ Message string } }
	require.NoError(t, json.Unmarshal([]byte(data), &event))
	return event.Payload.Message
}

func TestShippedAliases(t *testing.T) {
	srv := st2test.New(t)
	for command, want := range map[string]string{
		"pack get core":          "The pack `core` is installed:{~}\n```",
		"pack get nosuch":        "The pack `nosuch` is not installed. `pack install nosuch` installs it.",
		"pack install jira, st2": "Installed the packs *jira*, *st2*.",
		"pack search github":     "This matches `github`:{~}\n• *github*: Work with GitHub",
		"pack search zzz":        "Nothing in the index matches `zzz`.",
		"pack show slack":        "The index knows `slack`:{~}\n```author:",
		"pack show zzz":          "The index has no pack `zzz`.",
	} {
		require.Contains(t, announced(t, srv, command), want, command)
	}
}

func TestPretendedCommands(t *testing.T) {
	srv := st2test.New(t)
	srv.AddAlias(st2test.Alias{Pack: "demo", Name: "run", ActionRef: "core.local", Formats: []st2test.Format{{Text: "run {{cmd}}"}}})
	srv.AddAlias(st2test.Alias{Pack: "demo", Name: "on", ActionRef: "core.remote", Formats: []st2test.Format{{Text: "on {{hosts}} {{cmd}}"}}})
	for command, want := range map[string]string{
		"run whoami":        "stdout : stanley\n",
		"run ls -l":         "stdout :       \n  aliases\nactions\nrules\nworkflows\n",
		"run rm -rf /":      "stdout : (pretended by st2test, nothing was run) rm -rf /\n",
		"run false":         "status : failed\n",
		"run sleep x":       "stderr : sleep: invalid time interval ‘x’\n",
		"run printf a":      "stdout : a\n",
		"run hostname":      "stdout : st2test\n",
		"run uptime":        "load average",
		"run date":          " UTC ",
		"on a,b whoami now": "a : \n  stdout : stanley\nb : \n  stdout : stanley\n",
	} {
		require.Contains(t, announced(t, srv, command), want, command)
	}
}

func TestResultsOfActions(t *testing.T) {
	srv := st2test.New(t)
	type ordered struct {
		Z string `json:"z"`
		A int    `json:"a"`
	}
	for i, c := range []struct {
		runner string
		value  any
		err    error
		status string
		result string
	}{
		{"", "text", nil, "succeeded", `{"stdout":"","stderr":"","exit_code":0,"result":"text"}`},
		{"", ordered{"z", 1}, nil, "succeeded", `{"stdout":"","stderr":"","exit_code":0,"result":{"z":"z","a":1}}`},
		{"", nil, errors.New("broke"), "failed", `{"stdout":"","stderr":"broke\n","exit_code":1,"result":"None"}`},
		{"", nil, &st2test.Failure{Result: "why"}, "failed", `{"stdout":"","stderr":"","exit_code":0,"result":"why"}`},
		{"local-shell-cmd", "out", nil, "succeeded", `{"failed":false,"succeeded":true,"return_code":0,"stdout":"out","stderr":""}`},
		{"local-shell-cmd", nil, errors.New("broke"), "failed", `{"failed":true,"succeeded":false,"return_code":1,"stdout":"","stderr":"broke"}`},
		{"http-request", map[string]any{"status_code": 200}, nil, "succeeded", `{"status_code":200}`},
		{"noop", st2test.Raw{Value: 5}, nil, "succeeded", `{"result":5}`},
		{"", make(chan int), nil, "failed", ""},
	} {
		ref := fmt.Sprintf("demo.a%d", i)
		srv.AddAction(st2test.Action{Ref: ref, Runner: c.runner, Run: func(context.Context, *st2test.Call) (any, error) { return c.value, c.err }})
		status, answer := ask(t, srv, http.MethodPost, "/api/v1/executions", map[string]any{"action": ref})
		require.Equal(t, http.StatusCreated, status)
		require.NoError(t, srv.Wait(t.Context()))
		_, done := ask(t, srv, http.MethodGet, "/api/v1/executions/"+answer["id"].(string), nil)
		require.Equal(t, c.status, done["status"], ref)
		if c.result != "" {
			_, body := get(t, srv, "/api/v1/executions/"+answer["id"].(string)+"/result")
			require.Equal(t, c.result, body)
		}
	}
}

func TestCallKnowsItsExecution(t *testing.T) {
	srv := st2test.New(t)
	var got *st2test.Call
	srv.AddAction(st2test.Action{
		Ref: "demo.call", Parameters: map[string]any{"n": map[string]any{"type": "integer"}, "d": map[string]any{"default": "x"}},
		Run: func(_ context.Context, call *st2test.Call) (any, error) {
			got = call
			call.Output("stdout", "half\n")
			panic("and then")
		},
	})
	srv.AddAlias(st2test.Alias{Pack: "demo", Name: "call", ActionRef: "demo.call", Formats: []st2test.Format{{Text: "call {{n}}"}}})
	require.Contains(t, announced(t, srv, "call 7"), "stderr : panic: and then\n")
	require.Equal(t, map[string]any{"n": int64(7), "d": "x"}, got.Parameters)
	require.Equal(t, "st2admin", got.User)
	require.Equal(t, "alice", got.Context["api_user"])
	_, output := get(t, srv, "/api/v1/executions/"+got.ID+"/output")
	require.Equal(t, "half\n", output)
}

func TestActionsMadeOverTheAPIAnswerWithTheirParameters(t *testing.T) {
	srv := st2test.New(t)
	action := map[string]any{"name": "deploy", "pack": "mine", "runner_type": "python-script", "parameters": map[string]any{"app": map[string]any{"type": "string"}}}
	status, made := ask(t, srv, http.MethodPost, "/api/v1/actions", action)
	require.Equal(t, http.StatusCreated, status)
	require.Equal(t, "mine.deploy", made["ref"])
	status, _ = ask(t, srv, http.MethodPost, "/api/v1/actions", action)
	require.Equal(t, http.StatusConflict, status)
	status, _ = ask(t, srv, http.MethodGet, "/api/v1/actions/mine.deploy", nil)
	require.Equal(t, http.StatusOK, status)
	status, _ = ask(t, srv, http.MethodPost, "/api/v1/actionalias", map[string]any{
		"name": "deploy", "pack": "mine", "action_ref": "mine.deploy", "formats": []string{"deploy {{app}}"},
		"result": map[string]any{"format": "deployed {{ execution.result.result.app }}"},
	})
	require.Equal(t, http.StatusCreated, status)
	require.Equal(t, "deployed web", announced(t, srv, "deploy web"))
}

func TestRules(t *testing.T) {
	srv := st2test.New(t)
	status, r := ask(t, srv, http.MethodGet, "/api/v1/rules/chatops.notify-errbot", nil)
	require.Equal(t, http.StatusOK, status)
	require.Equal(t, true, r["enabled"])
	status, _ = ask(t, srv, http.MethodGet, "/api/v1/rules/chatops.nosuch", nil)
	require.Equal(t, http.StatusNotFound, status)

	srv.AddRule(st2test.Rule{Ref: "mine.notify", Route: "team", Announce: "errbot"})
	srv.AddRule(st2test.Rule{Ref: "chatops.notify-errbot", Route: "errbot", Announce: "errbot", Disabled: true})
	srv.RemoveRule("chatops.notify")
	_, rules := get(t, srv, "/api/v1/rules?include_attributes=enabled")
	require.Regexp(t, `^\[\{"ref":"chatops.notify-errbot","enabled":false,"id":"[0-9a-f]{24}"\},\{"ref":"mine.notify","enabled":true,"id":"[0-9a-f]{24}"\}\]$`, rules)

	stream := listen(t, srv, "events=st2.announcement__*")
	for _, route := range []string{"errbot", "hubot", "team"} {
		status, _ := ask(t, srv, http.MethodPost, "/api/v1/executions", map[string]any{
			"action": "core.noop", "notify": map[string]any{"on_complete": map[string]any{
				"routes": []string{route}, "data": map[string]any{"user": "alice", "source_channel": route},
			}},
		})
		require.Equal(t, http.StatusCreated, status)
	}
	name, data := nextEvent(t, stream)
	require.Equal(t, "st2.announcement__errbot", name)
	require.Contains(t, data, `"channel":"team"`)
}

func TestDeny(t *testing.T) {
	srv := st2test.New(t)
	srv.AddUser("bob", "b")
	srv.Deny("bob", "action_execute")
	srv.Deny("bob", "stream_view")
	srv.Deny("bob", "execution_list")
	for _, c := range []struct {
		method, path string
		body         any
		fault        string
	}{
		{http.MethodPost, "/api/v1/executions", map[string]any{"action": "core.noop"}, `User "bob" doesn't have required permission "action_execute" on resource "action:core:noop"`},
		{http.MethodPost, "/api/v1/aliasexecution/match_and_execute", map[string]any{"command": "pack get x", "user": "b", "source_channel": "c"},
			`User "bob" doesn't have required permission "action_execute" on resource "action:packs:get"`},
		{http.MethodGet, "/stream/v1/stream", nil, `User "bob" doesn't have required permission "stream_view"`},
		{http.MethodGet, "/api/v1/executions", nil, `User "bob" doesn't have required permission "execution_list"`},
	} {
		status, answer := askAs(t, srv, "bob", c.method, c.path, c.body)
		require.Equal(t, http.StatusForbidden, status)
		require.Equal(t, c.fault, answer["faultstring"])
	}
	status, _ := ask(t, srv, http.MethodGet, "/api/v1/actionalias/help", nil)
	require.Equal(t, http.StatusInternalServerError, status, "RBAC breaks help for everybody")
	_, me := askAs(t, srv, "bob", http.MethodGet, "/api/v1/user", nil)
	require.Equal(t, map[string]any{"enabled": true, "roles": []any{}, "is_admin": false}, me["rbac"])
}

func TestDemoAliasesGiveWay(t *testing.T) {
	srv := st2test.New(t)
	srv.AddAlias(st2test.Alias{Pack: "demo", Name: "greet", ActionRef: "core.noop", Demo: true, Formats: []st2test.Format{{Text: "greet {{name}}"}}})
	status, _ := ask(t, srv, http.MethodPost, "/api/v1/actionalias", map[string]any{
		"name": "hello", "pack": "mine", "action_ref": "core.noop", "formats": []any{map[string]any{"display": "greet <name>", "representation": []string{"greet {{name}}"}}},
	})
	require.Equal(t, http.StatusCreated, status)
	status, matched := ask(t, srv, http.MethodPost, "/api/v1/actionalias/match", map[string]any{"command": "greet bob"})
	require.Equal(t, http.StatusOK, status, matched)
	require.Equal(t, "mine.hello", matched["actionalias"].(map[string]any)["ref"])
}

func TestRerunIsNotAnnounced(t *testing.T) {
	srv := st2test.New(t)
	_, answer := ask(t, srv, http.MethodPost, "/api/v1/aliasexecution/match_and_execute", map[string]any{
		"command": "pack get core", "user": "alice", "source_channel": "#ops", "notification_route": "errbot",
	})
	execution := answer["results"].([]any)[0].(map[string]any)["execution"].(map[string]any)
	require.NoError(t, srv.Wait(t.Context()))
	status, _ := ask(t, srv, http.MethodPost, "/api/v1/executions/"+execution["id"].(string)+"/re_run", nil)
	require.Equal(t, http.StatusCreated, status)
	require.NoError(t, srv.Wait(t.Context()))
	r, _ := get(t, srv, "/api/v1/executions?action=packs.get")
	require.Equal(t, "2", r.Header.Get("X-Total-Count"))
	r, _ = get(t, srv, "/api/v1/executions?action=chatops.post_result")
	require.Equal(t, "1", r.Header.Get("X-Total-Count"))
}

func TestTimeAndDelay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := st2test.New(t, st2test.InMemory(), st2test.WithNotifyDelay(time.Second))
		body := `{"action":"core.local","parameters":{"cmd":"sleep 30","timeout":5},"notify":{"on-complete":{"routes":["errbot"],"data":{"user":"u","source_channel":"c"}}}}`
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://st2/api/v1/executions", strings.NewReader(body))
		require.NoError(t, err)
		r.Header.Set("X-Auth-Token", srv.Token("st2admin", 0))
		answer, err := transport(t, srv).RoundTrip(r)
		require.NoError(t, err)
		answer.Body.Close()
		began := time.Now()
		require.NoError(t, srv.Wait(t.Context()))
		require.Equal(t, 6*time.Second, time.Since(began), "five until the timeout, one until the notification")
	})
}

func TestOldExecutionsAreDropped(t *testing.T) {
	srv := st2test.New(t, st2test.WithMaxExecutions(3))
	first := srv.Announce("errbot", map[string]any{"message": "0", "channel": "c"})
	for n := range 3 {
		srv.Announce("errbot", map[string]any{"message": fmt.Sprint(n + 1), "channel": "c"})
	}
	r, _ := get(t, srv, "/api/v1/executions")
	require.Equal(t, "3", r.Header.Get("X-Total-Count"))
	r, _ = get(t, srv, "/api/v1/executions/"+first)
	require.Equal(t, http.StatusNotFound, r.StatusCode)
}

func TestRequestsAreRemembered(t *testing.T) {
	srv := st2test.New(t)
	key := srv.AddAPIKey("st2admin")
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, srv.APIURL()+"/actionalias/match/?st2-api-key="+key, strings.NewReader(`{"command":"x"}`))
	require.NoError(t, err)
	answer, err := http.DefaultTransport.RoundTrip(r)
	require.NoError(t, err)
	answer.Body.Close()
	got := srv.Requests()
	require.Len(t, got, 1)
	require.Equal(t, st2test.Request{
		Method: http.MethodPost, Path: "/api/v1/actionalias/match/", Query: map[string][]string{}, Body: `{"command":"x"}`, User: "st2admin", Status: http.StatusBadRequest,
	}, got[0])
	srv.ForgetRequests()
	require.Empty(t, srv.Requests())
}

func TestBodiesAreBounded(t *testing.T) {
	srv := st2test.New(t)
	status, answer := ask(t, srv, http.MethodPost, "/api/v1/actionalias/match", `{"command":"`+strings.Repeat("x", 1<<20)+`"}`)
	require.Equal(t, http.StatusRequestEntityTooLarge, status)
	require.Nil(t, answer, "a page of nginx, no JSON")
}

func TestCommonHeaders(t *testing.T) {
	srv := st2test.New(t)
	answer, _ := get(t, srv, "/api/v1/user")
	require.Regexp(t, `^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`, answer.Header.Get("X-Request-ID"))
	require.Equal(t, "GET,POST,PUT,DELETE,OPTIONS", answer.Header.Get("Access-Control-Allow-Methods"))
	answer, _ = get(t, srv, "/nothing")
	require.Equal(t, http.StatusNotFound, answer.StatusCode)
	require.Equal(t, "application/json", answer.Header.Get("Content-Type"))
}

func TestCloseCancelsWhatRuns(t *testing.T) {
	srv, err := st2test.Start()
	require.NoError(t, err)
	began, ended := make(chan struct{}), make(chan struct{})
	srv.AddAction(st2test.Action{Ref: "demo.long", Run: func(ctx context.Context, _ *st2test.Call) (any, error) {
		close(began)
		<-ctx.Done()
		close(ended)
		return nil, ctx.Err()
	}})
	status, _ := ask(t, srv, http.MethodPost, "/api/v1/executions", map[string]any{"action": "demo.long"})
	require.Equal(t, http.StatusCreated, status)
	<-began
	srv.Close()
	srv.Close()
	select {
	case <-ended:
	default:
		t.Fatal("Close did not wait for what ran")
	}
	require.Error(t, srv.Start())
}
