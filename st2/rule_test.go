package st2_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"github.com/go-errbot/errbot/bot/bottest"
	"github.com/go-errbot/errbot/bot/conf"
	"github.com/go-errbot/errbot/st2"
	"github.com/go-errbot/errbot/st2/doctor"
	"github.com/go-errbot/errbot/st2/st2test"
)

// create registers a rule's file over the API, as "st2 rule create" does, and returns the
// status of the answer.
func create(t *testing.T, srv *st2test.Server, file string) int {
	t.Helper()
	var document map[string]any
	require.NoError(t, yaml.Unmarshal([]byte(file), &document))
	body, err := json.Marshal(document)
	require.NoError(t, err)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, srv.APIURL()+"/rules", bytes.NewReader(body))
	require.NoError(t, err)
	request.Header.Set("X-Auth-Token", srv.Token("errbot", 0))
	answer, err := http.DefaultTransport.RoundTrip(request)
	require.NoError(t, err)
	defer http.DefaultClient.CloseIdleConnections()
	defer answer.Body.Close()
	return answer.StatusCode
}

// The rule that is written out brings results back, on a route that StackStorm ships no
// rule for.
func TestNotifyRule(t *testing.T) {
	t.Parallel()
	for _, route := range []string{"ops", "the ops: 'bot'", "errbot2"} {
		t.Run(route, func(t *testing.T) {
			t.Parallel()
			file, err := st2.NotifyRule(route)
			require.NoError(t, err)
			srv := newStackStorm(t)
			require.Equal(t, http.StatusCreated, create(t, srv, file))
			chat := newChat(t, srv, passwordAuth, fmt.Sprintf("route_key: %q", route))
			chat.As("@alice").In("#ops").Say("!st2 greet world").Expect("Greeting world.", "Hello world!")
		})
	}
}

func TestNotifyRuleOfOperators(t *testing.T) {
	t.Parallel()
	file, err := st2.NotifyRule(st2.DefaultRoute)
	require.NoError(t, err)
	require.Contains(t, file, "\nname: notify-errbot\npack: chatops\nenabled: true\n")
	require.Contains(t, file, "/opt/stackstorm/packs/chatops/rules/")
	require.Contains(t, file, "notify_errbot.yaml")
	for route, problem := range map[string]string{"": "empty", "a.b": "dot", "a*": "several routes", strings.Repeat("x", 201): "longer"} {
		_, err := st2.NotifyRule(route)
		require.ErrorContains(t, err, problem)
	}
}

// A doctor's probe passes a bot that runs without a word to anybody.
func TestProbeIsIgnored(t *testing.T) {
	t.Parallel()
	srv := newStackStorm(t)
	chat := newChat(t, srv)
	plugin := st2.New()
	require.NoError(t, plugin.Configure(document(t, section(srv, passwordAuth))))
	results := doctor.Run(t.Context(), plugin.Doctor())
	require.False(t, doctor.Failed(results), results)
	// One that is for a room, to see that its mark is what counts; a room's come in order.
	srv.Announce("errbot", map[string]any{"channel": "#ops", "message": "probe", "context": map[string]any{"errbot_go_probe": "1"}})
	srv.Announce("errbot", map[string]any{"channel": "#ops", "message": "news", "context": map[string]any{"other": "1"}})
	chat.As("@alice").In("#ops").Expect("news")
	require.NoError(t, chat.Stop())
	chat.As(bottest.Admin).ExpectNothing()
	require.NotContains(t, chat.Log(), "errbot-go-probe")
}

// document is a section as the plugin gets it.
func document(t *testing.T, text string) *conf.Document {
	t.Helper()
	doc, err := conf.Parse("bot.yaml", []byte(text), nil)
	require.NoError(t, err)
	return doc
}

// What the doctor is told is what the plugin does.
func TestDoctorKnowsTheConfiguration(t *testing.T) {
	t.Parallel()
	plugin := st2.New()
	require.NoError(t, plugin.Configure(document(t, strings.Join([]string{
		"auth_url: https://st2.example.com/auth/v1",
		"api_url: http://st2.example.com/api/v1",
		"stream_url: https://st2.example.com/stream/v1",
		"api_auth: {token: one, apikey: two}",
		"route_key: ops",
	}, "\n"))))
	o := plugin.Doctor()
	require.Equal(t, "ops", o.Route)
	require.Equal(t, "http://st2.example.com/api/v1", o.Client.APIURL)
	require.Len(t, o.Remarks, 2)
	require.Contains(t, o.Remarks[0], "only apikey is used")
	require.Contains(t, o.Remarks[1], "api_url: credentials travel unencrypted")
}

// A rule that the StackStorm in memory could not act on is refused, not taken as another.
func TestRulesThatAreNotUnderstood(t *testing.T) {
	t.Parallel()
	srv := newStackStorm(t)
	file, err := st2.NotifyRule("ops")
	require.NoError(t, err)
	for _, change := range [][2]string{
		{"core.st2.generic.notifytrigger", "core.st2.webhook"},
		{"type: equals", "type: matchregex"},
		{"chatops.post_result", "chatops.post_message"},
		{"trigger.data.source_channel", "trigger.data.user"},
		{"name: notify-ops", "description2: none"},
	} {
		require.Equal(t, http.StatusBadRequest, create(t, srv, strings.ReplaceAll(file, change[0], change[1])), change)
	}
	require.Equal(t, http.StatusCreated, create(t, srv, file))
	require.Equal(t, http.StatusConflict, create(t, srv, file))
}
