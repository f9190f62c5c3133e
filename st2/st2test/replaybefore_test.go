package st2test_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/go-errbot/errbot/st2/st2test"
	"github.com/go-errbot/errbot/st2/st2test/internal/pyjson"
	"github.com/stretchr/testify/require"
)

// before is what had happened on the recorded server without being recorded.
func (r *replay) before() {
	name := r.record.name
	if !restless(name) {
		settle(r.t, r.srv)
	}
	switch name {
	case "auth.user.token-before-expiry":
		r.bound["<token:expired>"] = r.srv.Token("testu", time.Hour)
	case "auth.user.token-expired":
		r.bound["<token:expired>"] = r.srv.Token("testu", -1)
	case "auth.api.string-body":
		r.record.request.Set("body", `"a"`)
	case "auth.api.pagination-limit-minus-1":
		for n := range 12 {
			r.post("core.announcement", pyjson.Of("message", pyjson.Of("n", n)))
			settle(r.t, r.srv)
		}
	case "alias.help-one-alias-without-description.all":
		r.describe("demo.ack_url")
	case "alias.help.all":
		r.describe("")
	case "alias.bulk.help-pack-bulk-offset-99":
		r.addBulk()
	case "execution.create.own-context":
		r.release = r.srv.Hold("core.noop", "requested")
	case "execution.get.include-attributes":
		r.release()
		settle(r.t, r.srv)
	case "execution.create.orquesta-long":
		r.release = r.srv.Hold("demo.ask_default", "scheduled")
	case "execution.cancel.workflow":
		begun := make(chan struct{})
		r.stall <- begun
		r.release()
		<-begun
	case "stream.command-run-during-the-35-seconds":
		r.command("raw echo raw text")
		r.openAll("stream.35s.*")
	case "stream.35s.no-filter":
		r.touchAliases()
	case "alias.bulk.help-limit-0":
		for n := 60; n < 105; n++ {
			r.srv.RemoveAlias(fmt.Sprintf("bulk.b%03d", n))
		}
		status, _ := askAs(r.t, r.srv, "testu", http.MethodPut, r.fill("/api/v1/actionalias/<id:31>"), touched(r))
		require.Equal(r.t, http.StatusOK, status)
	case "execution.create.sleep":
		select {
		case <-r.sleeping: // of a recording before
		default:
		}
	case "execution.get.running":
		<-r.sleeping
	case "inquiry.start.default":
		r.openAll("stream.inquiry.*")
	case "inquiry.execution.pending":
		for _, x := range [][2]string{
			{"<id:1010>", "<id:1021>"}, {"<id:1013>", "<id:1027>"}, {"<id:1015>", "<id:1028>"}, {"<id:1018>", "<id:1029>"}, {"<id:1020>", "<id:1030>"},
		} {
			r.bindAsked(x[0], x[1])
		}
	case "inquiry.canceled-parent.cancel":
		r.bindAsked("<id:1047>", "<id:1049>")
	case "inquiry.list.before":
		r.addForgotten()
	case "execution.list.runner":
		delete(r.bound, "<id:320>") // of lists that were recorded later than they are replayed
		delete(r.bound, "<id:326>")
	case "loop.default-local":
		r.loops = time.Now().UTC().Format("2006-01-02T15:04:05.000000Z")
	case "loop.default-local-failed":
		r.fails("py abc", "#chan-01-default-python")
	case "loop.default-noop":
		r.fails("pyfail", "#chan-03-default-python-failed")
		r.fails("pyfail tuple", "#chan-04-default-python-false")
	case "loop.route-hubot":
		r.fails("py abc", "#chan-36-multi")
	case "announcement.list-recovery-query":
		r.bound["<time>"] = r.loops
	case "inquiry.canceled-parent.list-after":
		for _, id := range []string{"<id:358>", "<id:1007>", "<id:1008>"} {
			r.srv.PurgeExecution(r.bound[id])
		}
	case "execution.list.timestamp-gt":
		status, first := askAs(r.t, r.srv, "testu", http.MethodGet, r.fill("/api/v1/executions/<id:268>"), nil)
		require.Equal(r.t, http.StatusOK, status)
		at, err := time.Parse(time.RFC3339Nano, first["start_timestamp"].(string))
		require.NoError(r.t, err)
		r.bound["<time>"] = at.Add(-time.Microsecond).Format("2006-01-02T15:04:05.000000Z")
	case "execution.cancel.at-once-after-create":
		r.srv.SetFaults(st2test.Faults{RabbitDown: true})
		status, _ := askAs(r.t, r.srv, "testu", http.MethodPost, "/api/v1/executions", `{"action":"core.local","parameters":{"cmd":"sleep 20"}}`)
		require.Equal(r.t, http.StatusInternalServerError, status)
		r.srv.SetFaults(st2test.Faults{})
		_, last := askAs(r.t, r.srv, "testu", http.MethodGet, "/api/v1/executions/last", nil)
		r.bound["<id:339>"] = last["id"].(string)
	case "announcement.direct.post-message-minimal":
		r.openAll("stream.announcements-of-all-loops")
		r.openAll("stream.execution-update-of-post-message")
		r.announced() // those of the recordings before, which were not made while a stream was read
	case "execution.re-run.of-chat-command":
		_, answer := askAs(r.t, r.srv, "testu", http.MethodPost, "/api/v1/aliasexecution", map[string]any{
			"name": "noack", "format": "do {{cmd}}", "command": "do echo rerunme", "source_channel": "#ops", "notification_route": "errbot",
		})
		r.bound["<id:350>"] = answer["execution"].(map[string]any)["id"].(string)
		settle(r.t, r.srv)
	case "rabbit-down.match":
		r.openAll("rabbit-down.stream-open-before")
		r.post("core.announcement", pyjson.Of("message", pyjson.Of("n", "before")))
		settle(r.t, r.srv)
		r.srv.SetFaults(st2test.Faults{RabbitDown: true})
	case "misc.impersonate.use-token":
		r.bound["<token:impersonated-user>"] = r.srv.Token("alice", 0)
	case "misc.impersonate.use-token-of-unknown":
		r.bound["<token:impersonated-unknown-user>"] = r.srv.Token("ghost", 0)
	case "misc.token-of-deleted-user.user":
		r.srv.RemoveUser("ghost")
	case "misc.stream-outlives-token.user-after-expiry":
		r.bound["<token:3-seconds>"] = r.srv.Token("testu", time.Hour)
		r.openAll("misc.stream-outlives-token")
		r.srv.ExpireTokens()
		r.bound["<token>"] = r.srv.Token("testu", 0)
	case "misc.stream-outlives-token":
		r.post("core.announcement", pyjson.Of("message", pyjson.Of("after", "expiry")))
	case "misc.auth-disabled.user":
		r.srv.SetAuth(st2test.AuthDisabled)
	case "misc.auth-proxy.basic-any-password":
		r.srv.SetAuth(st2test.AuthProxy)
	case "misc.stream-server-terminated":
		r.srv.SetAuth(st2test.AuthStandalone)
	case "rabbit-down.stream-open-before":
		r.openAll("rabbit-down.stream-opened-while-down")
		r.srv.SetFaults(st2test.Faults{})
		r.openAll("rabbit-down.stream-opened-after")
		r.post("core.announcement", pyjson.Of("message", pyjson.Of("n", "after-0")))
		settle(r.t, r.srv)
		r.post("core.announcement", pyjson.Of("message", pyjson.Of("n", "after-1")))
	}
}

// reordered moves recordings that show what others led to behind those.
func reordered(all []recording) []recording {
	after := map[string]string{
		"stream.first-client-after-service-start": "auth.api.pagination-limit-minus-1",
		"execution.list.context-filter":           "stream.command-run-during-the-35-seconds",
		"execution.list.runner":                   "loop.channel-number-text",
	}
	late := map[string][]recording{}
	for _, x := range all {
		if target := after[x.name]; target != "" {
			late[target] = append(late[target], x)
		}
	}
	var list []recording
	for _, x := range all {
		if after[x.name] == "" {
			list = append(append(list, x), late[x.name]...)
		}
	}
	return list
}

// restless says that something is under way while a recording is made.
func restless(name string) bool {
	for _, prefix := range []string{
		"execution.create.", "execution.get.running", "execution.pause.running", "execution.resume.running", "execution.cancel.running",
		"execution.get.last", "execution.get.include-attributes", "execution.get.delayed", "execution.cancel.delayed",
		"execution.pause.workflow", "execution.get.pausing-workflow", "execution.cancel.workflow",
	} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// describe gives all aliases descriptions but one, and deletes two.
func (r *replay) describe(but string) {
	for _, ref := range []string{"demo.x3", "nosuchpack.x4"} {
		r.srv.RemoveAlias(ref)
	}
	for _, a := range r.list("/api/v1/actionalias?limit=-1") {
		if a.Text("ref") == but || a.Text("description") != "" {
			continue
		}
		a.Set("description", "About "+a.Text("name"))
		status, _ := askAs(r.t, r.srv, "testu", http.MethodPut, "/api/v1/actionalias/"+a.Text("id"), string(pyjson.Encode(a)))
		require.Equal(r.t, http.StatusOK, status)
	}
}

// command runs a command in #ops.
func (r *replay) command(text string) {
	status, _ := askAs(r.t, r.srv, "testu", http.MethodPost, "/api/v1/aliasexecution/match_and_execute", map[string]any{
		"command": text, "user": "joe", "source_channel": "#ops",
	})
	require.Equal(r.t, http.StatusCreated, status)
	settle(r.t, r.srv)
}

// fails runs a command that fails, in a room: the first round of loops was recorded while
// the virtualenv was broken, and only part of it again.
func (r *replay) fails(text, room string) {
	r.unlucky.Store(true)
	defer r.unlucky.Store(false)
	status, _ := askAs(r.t, r.srv, "testu", http.MethodPost, "/api/v1/aliasexecution/match_and_execute", map[string]any{
		"command": text, "user": "joe", "source_channel": room, "notification_route": "errbot",
	})
	require.Equal(r.t, http.StatusCreated, status)
	r.announced()
}

// touchAliases changes, makes and deletes an alias, as somebody did while streams were recorded.
func (r *replay) touchAliases() {
	status, _ := askAs(r.t, r.srv, "testu", http.MethodPut, r.fill("/api/v1/actionalias/<id:31>"), touched(r))
	require.Equal(r.t, http.StatusOK, status)
	status, made := askAs(r.t, r.srv, "testu", http.MethodPost, "/api/v1/actionalias",
		`{"name":"tmpalias","pack":"demo","description":"d","action_ref":"core.noop","formats":["tmpalias"]}`)
	require.Equal(r.t, http.StatusCreated, status)
	status, _ = askAs(r.t, r.srv, "testu", http.MethodDelete, "/api/v1/actionalias/"+made["id"].(string), nil)
	require.Equal(r.t, http.StatusNoContent, status)
}

// touched is an alias with the description it had while a stream was recorded.
func touched(r *replay) string {
	for _, a := range r.list("/api/v1/actionalias?name=ack_nourl") {
		a.Set("description", "touched")
		return string(pyjson.Encode(a))
	}
	return ""
}

func (r *replay) addBulk() {
	for n := range 105 {
		r.srv.AddAlias(st2test.Alias{
			Pack: "bulk", Name: fmt.Sprintf("b%03d", n), ActionRef: "core.noop", Description: "bulk",
			Formats: []st2test.Format{{Text: fmt.Sprintf("bulk number %03d", n)}},
		})
	}
}

// list gets a list of documents.
func (r *replay) list(path string) []*pyjson.Object {
	request, err := http.NewRequestWithContext(r.t.Context(), http.MethodGet, r.srv.URL()+path, nil)
	require.NoError(r.t, err)
	request.Header.Set("X-Auth-Token", r.bound["<token>"])
	answer, err := http.DefaultTransport.RoundTrip(request)
	require.NoError(r.t, err)
	defer answer.Body.Close()
	content, err := io.ReadAll(answer.Body)
	require.NoError(r.t, err)
	v, err := pyjson.Decode(content)
	require.NoError(r.t, err)
	var out []*pyjson.Object
	for _, x := range v.([]any) {
		out = append(out, x.(*pyjson.Object))
	}
	return out
}

// post creates an execution, and returns its id.
func (r *replay) post(action string, parameters *pyjson.Object) string {
	body := pyjson.Of("action", action, "parameters", parameters)
	status, answer := askAs(r.t, r.srv, "testu", http.MethodPost, "/api/v1/executions", string(pyjson.Encode(body)))
	require.Equal(r.t, http.StatusCreated, status)
	return answer["id"].(string)
}
