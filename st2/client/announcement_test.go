package client_test

import (
	"encoding/json"
	"testing"

	"github.com/go-errbot/errbot/st2/client"
	"github.com/stretchr/testify/require"
)

func TestDecodeAnnouncement(t *testing.T) {
	for _, tc := range []struct {
		name, data string
		want       client.Announcement
	}{
		{"as chatops.post_message sends it",
			`{"payload":{"user":"joe","channel":"#ops","whisper":false,"message":"hello","context":null,"extra":{}},"trace_context":null}`,
			client.Announcement{User: "joe", Channel: "#ops", Message: "hello", Extra: json.RawMessage(`{}`)}},
		{"whispered, with context",
			`{"payload":{"message":"m","channel":"c","user":null,"whisper":true,"context":{"id":5},"extra":null}}`,
			client.Announcement{Channel: "c", Message: "m", Whisper: true, Context: json.RawMessage(`{"id":5}`)}},
		{"keys missing", `{"payload":{}}`, client.Announcement{}},
		{"whisper as text", `{"payload":{"whisper":"True"}}`, client.Announcement{Whisper: true}},
		{"whisper as another text", `{"payload":{"whisper":"no"}}`, client.Announcement{}},
		{"whisper as number", `{"payload":{"whisper":1}}`, client.Announcement{Whisper: true}},
		{"whisper as something else: better private", `{"payload":{"whisper":"perhaps"}}`, client.Announcement{Whisper: true}},
		{"numbers for texts", `{"payload":{"user":5,"channel":true,"message":1.5}}`, client.Announcement{User: "5", Channel: "true", Message: "1.5"}},
		{"message is an object of any kind", `{"payload":{"message":{"a": [1, null]}}}`, client.Announcement{Message: `{"a":[1,null]}`}},
		{"message is an empty object", `{"payload":{"message":{}}}`, client.Announcement{Message: `{}`}},
		{"message is a list", `{"payload":{"message":["a"]}}`, client.Announcement{Message: `["a"]`}},
		{"core.announcement", `{"payload":{"message":{"message":"hi","channel":"#ops","user":null,"nested":{"a":1}}}}`,
			client.Announcement{Channel: "#ops", Message: "hi"}},
		{"extra as a text", `{"payload":{"message":"m","extra":"Cannot render"}}`, client.Announcement{Message: "m", Extra: json.RawMessage(`"Cannot render"`)}},
		{"unusual characters", `{"payload":{"message":"é☃𝄞 \u2028 \t \"quoted\" \\ back\nsecond\r\nthird </script>"}}`,
			client.Announcement{Message: "é☃𝄞 \u2028 \t \"quoted\" \\ back\nsecond\r\nthird </script>"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			tc.want.Route = "errbot"
			got, err := client.DecodeAnnouncement(client.Event{Name: "st2.announcement__errbot", Data: json.RawMessage(tc.data)})
			require.NoError(t, err)
			require.Equal(t, tc.want, got)
		})
	}
}

func TestDecodeAnnouncementRefuses(t *testing.T) {
	for _, e := range []client.Event{
		{Name: "st2.execution__update", Data: json.RawMessage(`{"payload":{}}`)},
		{Name: "st2.announcement__errbot", Data: json.RawMessage(`{"payload":`)},
		{Name: "st2.announcement__errbot", Data: json.RawMessage(`[]`)},
		{Name: "st2.announcement__errbot", Data: json.RawMessage(`{}`)},
		{Name: "st2.announcement__errbot", Data: json.RawMessage(`{"payload":null}`)},
		{Name: "st2.announcement__errbot", Data: json.RawMessage(`{"payload":"text"}`)},
	} {
		_, err := client.DecodeAnnouncement(e)
		require.Error(t, err, "%s %s", e.Name, e.Data)
	}
}

// The stored execution says what the stream said.
func TestAnnouncementOfExecution(t *testing.T) {
	page, err := serve(t, key, recorded(t, "announcement.list-recovery-query")).Executions(t.Context(), client.ExecutionQuery{})
	require.NoError(t, err)
	require.NotEmpty(t, page.Executions)
	a, err := page.Executions[0].Announcement()
	require.NoError(t, err)
	require.Equal(t, "errbot", a.Route)
	require.Equal(t, "joe", a.User)
	require.Equal(t, "#chan-00-default-local", a.Channel)
	require.Contains(t, a.Message, "stdout : hello")
	require.JSONEq(t, `{}`, string(a.Extra))
}

func TestRouteOfExecution(t *testing.T) {
	for _, tc := range []struct{ name, execution, want string }{
		{"parameter", `{"parameters":{"route":"p"},"action":{"parameters":{"route":{"default":"a"}}}}`, "p"},
		{"the action's default", `{"parameters":{},"action":{"parameters":{"route":{"default":"a"}}},"runner":{"runner_parameters":{"route":{"default":"r"}}}}`, "a"},
		{"the runner's default", `{"action":{"parameters":{"route":{}}},"runner":{"runner_parameters":{"route":{"default":"r"}}}}`, "r"},
		{"the server's", `{"parameters":{"route":5}}`, "general"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var e client.Execution
			require.NoError(t, json.Unmarshal([]byte(tc.execution), &e))
			e.Runner.Name = "announcement"
			e.Result = json.RawMessage(`{"output":{"message":"m"}}`)
			a, err := e.Announcement()
			require.NoError(t, err)
			require.Equal(t, tc.want, a.Route)
		})
	}
}

func TestExecutionThatAnnouncesNothing(t *testing.T) {
	e := client.Execution{Runner: client.Runner{Name: "local-shell-cmd"}, Result: json.RawMessage(`{"output":{}}`)}
	_, err := e.Announcement()
	require.Error(t, err)
	e = client.Execution{Runner: client.Runner{Name: "announcement"}}
	_, err = e.Announcement()
	require.Error(t, err, "not finished: no result")
}

func FuzzDecodeAnnouncement(f *testing.F) {
	f.Add(`{"payload":{"user":"joe","channel":"#ops","whisper":false,"message":"hello","context":null,"extra":{}},"trace_context":null}`)
	f.Add(`{"payload":{"message":{"message":{"message":"m"}},"whisper":[]}}`)
	f.Add(`{"payload":[]}`)
	f.Fuzz(func(t *testing.T, data string) {
		a, err := client.DecodeAnnouncement(client.Event{Name: client.AnnouncementPrefix + "r", Data: json.RawMessage(data)})
		if err != nil {
			return
		}
		require.Equal(t, "r", a.Route)
		for _, raw := range []json.RawMessage{a.Context, a.Extra} {
			require.True(t, raw == nil || json.Valid(raw))
		}
	})
}
