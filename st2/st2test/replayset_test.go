package st2test_test

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"path"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/st2/st2test"
	"github.com/go-errbot/errbot/st2/st2test/internal/pyjson"
)

// leftOut lists the recordings that are not answered alike, with the reason. A pattern
// that no differing recording matches any more fails the test.
var leftOut = []struct{ pattern, reason string }{
	{"execution.get.canceled-workflow", "shows a workflow whose engine went on for a while after it was canceled"},
	{"alias.exec.ack-syntax-error.was-it-started", "shows another execution, which a slow server had not ended"},
	{"misc.re-run-announced", "a summary, no answer: see TestRerunIsNotAnnounced"},
}

// eventless lists the recordings whose events are not compared, with the reason.
var eventless = map[string]string{
	"misc.auth-disabled.stream":    "its only event is a late one of a workflow of another recording",
	"loop.trailing-quote-stripped": "its announcement is that of another command",
}

// newReplay sets up what the recorded StackStorm had: its accounts, the actions of the
// pack demo, the aliases registered from files, and what the recorded commands printed.
func newReplay(t *testing.T, all []recording) *replay {
	srv := st2test.New(t, st2test.WithAccount("testu", "testp"), st2test.WithSystemUser("root"), st2test.WithHeartbeat(heartbeat))
	srv.AddUser("bob", "bob:p:w")
	srv.AddUser("alice", "alicep")
	srv.AddService("svc", "svcp")
	srv.AddNickname("alice", "slack", "@alice")
	r := &replay{t: t, srv: srv, sleeping: make(chan struct{}, 1), stall: make(chan chan struct{}, 1), open: map[string]*tap{}, recordings: all, bound: map[string]string{
		"<token>":         srv.Token("testu", 0),
		"<token:alice>":   srv.Token("alice", 0),
		"<token:expired>": srv.Token("testu", -1),
		"<time>":          "2000-01-01T00:00:00.000000Z",
	}}
	results, aliases := map[string]any{}, map[string]*pyjson.Object{}
	for _, x := range all {
		collect(x.all, results, aliases)
	}
	r.addActions(results)
	r.addWorkflows()
	r.addAliases(aliases)
	return r
}

// collect finds the results of recorded shell commands, and the aliases that came from files.
func collect(v any, results map[string]any, aliases map[string]*pyjson.Object) {
	switch v := v.(type) {
	case string:
		if strings.Contains(v, "\nevent: ") {
			for _, frame := range recordedFrames(v) {
				_, data := parseFrame(frame)
				collect(data, results, aliases)
			}
		}
	case []any:
		for _, item := range v {
			collect(item, results, aliases)
		}
	case *pyjson.Object:
		result := v.Object("result")
		if command := v.Object("parameters").Text("cmd"); command != "" && result != nil && result.Get("message") == nil {
			results[repeatedText(command)] = result
		}
		if v.Text("metadata_file") != "" && v.Get("formats") != nil && aliases[v.Text("ref")] == nil {
			aliases[v.Text("ref")] = v
		}
		for _, k := range v.Keys() {
			collect(v.Get(k), results, aliases)
		}
	}
}

// addAliases registers aliases as if from their files, and binds their ids.
func (r *replay) addAliases(aliases map[string]*pyjson.Object) {
	for _, name := range []string{"examples.remote_shell_cmd", "hello_st2.greet", "packs.pack_get", "packs.pack_install", "packs.pack_search", "packs.pack_show"} {
		theirs := aliases[name]
		require.NotNil(r.t, theirs, name)
		r.srv.RemoveAlias(name)
		body := theirs.Clone()
		body.Delete("id")
		status, answer := askAs(r.t, r.srv, "testu", http.MethodPost, "/api/v1/actionalias", string(pyjson.Encode(body)))
		require.Equal(r.t, http.StatusCreated, status)
		r.bound[theirs.Text("id")] = answer["id"].(string)
	}
}

// addActions scripts the actions of the recordings.
func (r *replay) addActions(results map[string]any) {
	srv := r.srv
	shell := func(ctx context.Context, call *st2test.Call) (any, error) {
		command, _ := call.Parameters["cmd"].(string)
		result, known := results[command]
		result = r.fillAll(result)
		switch {
		case strings.HasPrefix(command, "sleep "):
			select {
			case r.sleeping <- struct{}{}:
			default:
			}
			<-ctx.Done()
			return nil, ctx.Err()
		case !known:
			return nil, errors.New("never recorded: " + command)
		}
		if result.(*pyjson.Object).Get("failed") == true {
			return nil, &st2test.Failure{Result: st2test.Raw{Value: result}}
		}
		return st2test.Raw{Value: result}, nil
	}
	srv.AddAction(st2test.Action{Ref: "core.local", Runner: "local-shell-cmd", Run: shell, Parameters: map[string]any{
		"cmd":  map[string]any{"description": "", "required": true, "type": "string"},
		"sudo": map[string]any{"immutable": true},
	}})
	srv.AddAction(st2test.Action{Ref: "hello_st2.greet", Runner: "local-shell-script", Parameters: map[string]any{
		"greeting": map[string]any{"type": "string", "description": "", "required": true, "position": 1},
	}})
	integer := map[string]any{"type": "integer"}
	srv.AddAction(st2test.Action{Ref: "demo.py_ok", Run: r.lucky(pyOK), Parameters: map[string]any{
		"text": map[string]any{"type": "string", "default": "hello"}, "n": map[string]any{"type": "integer", "default": 3},
	}})
	srv.AddAction(st2test.Action{Ref: "demo.py_fail", Run: r.lucky(pyFail), Parameters: map[string]any{
		"how": map[string]any{"type": "string", "default": "raise"},
	}})
	srv.AddAction(st2test.Action{Ref: "demo.typed", Run: typed, Parameters: map[string]any{
		"s": map[string]any{"type": "string", "required": true}, "i": integer, "f": map[string]any{"type": "number"},
		"b": map[string]any{"type": "boolean"}, "a": map[string]any{"type": "array"}, "o": map[string]any{"type": "object"},
		"e": map[string]any{"type": "string", "enum": []any{"red", "green"}}, "sec": map[string]any{"type": "string", "secret": true},
		"im": map[string]any{"type": "string", "immutable": true, "default": "fixed"},
	}})
	srv.AddAction(st2test.Action{Ref: "demo.switched_off", Disabled: true})
}

// lucky lets an action run, unless its virtualenv is broken.
func (r *replay) lucky(run func(context.Context, *st2test.Call) (any, error)) func(context.Context, *st2test.Call) (any, error) {
	return func(ctx context.Context, call *st2test.Call) (any, error) {
		if r.unlucky.Load() {
			return nil, &st2test.Failure{Result: st2test.Raw{Value: pyjson.Of("error", "no virtualenv", "traceback", "")}}
		}
		return run(ctx, call)
	}
}

func pyOK(_ context.Context, call *st2test.Call) (any, error) {
	result := pyjson.Of("text", call.Parameters["text"], "n", call.Parameters["n"], "list", []any{1, 2, "x"},
		"nested", pyjson.Of("k", pyjson.Of("deep", true)), "none", nil, "zero", 0, "ml", "line1\nline2")
	return st2test.Raw{Value: pyjson.Of("stdout", "a line on stdout\n", "stderr", "st2.actions.python.PyOk: INFO     a log line\n",
		"exit_code", 0, "result", result)}, nil
}

func pyFail(_ context.Context, call *st2test.Call) (any, error) {
	if call.Parameters["how"] == "tuple" {
		return nil, &st2test.Failure{Result: map[string]any{"why": "it said no"}}
	}
	return nil, &st2test.Failure{Result: st2test.Raw{Value: pyjson.Of("stdout", "", "stderr", "Traceback: it broke\n", "exit_code", 1, "result", "None")}}
}

func typed(_ context.Context, call *st2test.Call) (any, error) {
	result := pyjson.Of()
	order := []string{"s", "i", "f", "b", "a", "o", "e", "sec", "im"}
	if call.Parameters["sec"] != nil {
		order = []string{"s", "sec", "i", "a", "o", "f", "b", "e", "im"} // as they were given
	}
	for _, name := range order {
		v, err := pyjson.From(call.Parameters[name])
		if err != nil {
			return nil, err
		}
		result.Set(name, v)
	}
	return result, nil
}

func TestReplay(t *testing.T) {
	all := recordings(t)
	r := newReplay(t, all)
	r.listen()
	r.openAll("stream.first-client-after-service-start")
	needed := map[string]bool{}
	for _, r.record = range reordered(all) {
		name := r.record.name
		different := r.one()
		if len(different) == 0 {
			continue
		}
		listed := false
		for _, l := range leftOut {
			if ok, _ := path.Match(l.pattern, name); ok {
				listed, needed[l.pattern] = true, true
			}
		}
		if !listed {
			t.Errorf("%s:\n\t%s", name, strings.Join(different, "\n\t"))
		}
	}
	for _, l := range leftOut {
		if !needed[l.pattern] {
			t.Errorf("%s is answered as recorded: take it off the list", l.pattern)
		}
	}
}

// one replays one recording. What it bound counts only when nothing differs.
func (r *replay) one() []string {
	r.before()
	if isStream(r.record) {
		return r.compareStream()
	}
	bound := maps.Clone(r.bound)
	answer, content := r.send()
	different := append(r.differences(answer, content), r.consequences()...)
	if len(different) > 0 {
		r.bound = bound
	}
	return different
}

func settle(t *testing.T, srv *st2test.Server) {
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	require.NoError(t, srv.Wait(ctx))
}
