package st2_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func newRedirect(t testing.TB, to string) string {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, to+r.URL.Path, http.StatusPermanentRedirect)
	}))
	t.Cleanup(srv.Close)
	return srv.URL
}

func TestWebhook(t *testing.T) {
	t.Parallel()
	chat := newChat(t, newStackStorm(t))
	form := func(payload string) string { return url.Values{"payload": {payload}}.Encode() }
	const (
		asJSON = "application/json"
		asForm = "application/x-www-form-urlencoded"
		ok     = `{"status":"accepted"}`
	)
	fault := func(text string) string { return `{"error":"` + text + `","status":"error"}` }
	for name, c := range map[string]struct {
		kind, body string
		status     int
		answer     string
		room       string
		private    string
	}{
		"to a room":         {asJSON, `{"channel":"#ops","message":"hello","user":"@alice","whisper":false,"extra":{"slack":{}}}`, 200, ok, "hello", ""},
		"whispered":         {asJSON, `{"channel":"#ops","message":"psst","user":"@alice","whisper":true}`, 200, ok, "", "psst"},
		"whispered in text": {asJSON, `{"channel":"#ops","message":"psst","user":"@alice","whisper":"yes"}`, 200, ok, "", "psst"},
		"to a person":       {asJSON, `{"message":"you","user":"@alice"}`, 200, ok, "", "you"},
		"no type":           {"", `{"channel":"#ops","message":"plain"}`, 200, ok, "plain", ""},
		"a form":            {asForm, form(`{"channel":"#ops","message":"a+b & c"}`), 200, ok, "a+b & c", ""},
		"an object":         {asJSON, `{"channel":"#ops","message":{"a":1}}`, 200, ok, "```json\n{\n  \"a\": 1\n}\n```", ""},
		"pretext":           {asJSON, `{"channel":"#ops","message":"a{~}b","unknown":1}`, 200, ok, "a\nb", ""},

		"no JSON":         {asJSON, `{"channel":`, 400, fault("expected a JSON object with channel, message, user, whisper and extra"), "", ""},
		"a list":          {asJSON, `[]`, 400, fault("expected a JSON object with channel, message, user, whisper and extra"), "", ""},
		"null":            {asJSON, `null`, 400, fault("expected a JSON object with channel, message, user, whisper and extra"), "", ""},
		"empty":           {asJSON, ``, 400, fault("expected a JSON object with channel, message, user, whisper and extra"), "", ""},
		"no message":      {asJSON, `{"channel":"#ops"}`, 400, fault("the announcement has no message"), "", ""},
		"nowhere":         {asJSON, `{"message":"x"}`, 400, fault("the announcement names neither a channel nor a user"), "", ""},
		"whisper to none": {asJSON, `{"channel":"#ops","message":"x","whisper":true}`, 400, fault("the announcement names neither a channel nor a user"), "", ""},
		"no form":         {asForm, `a=%zz`, 400, fault("the body is not a form"), "", ""},
		"another form":    {asForm, `message=x`, 400, fault(`the form has no field \"payload\"`), "", ""},
		"too large":       {asJSON, `{"channel":"#ops","message":"` + strings.Repeat("x", 4<<20) + `"}`, 413, fault("the body is larger than 4 MiB"), "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			answer := chat.Post("/chatops/message", c.kind, strings.NewReader(c.body))
			require.Equal(t, c.status, answer.Code)
			require.Equal(t, c.answer+"\n", answer.Body.String())
			require.Equal(t, "application/json", answer.Header().Get("Content-Type"))
			if c.room != "" {
				chat.In("#ops").Expect(c.room)
			}
			if c.private != "" {
				chat.As("@alice").Expect(c.private)
			}
			chat.In("#ops").ExpectNothing()
			chat.As("@alice").ExpectNothing()
		})
	}
	require.Equal(t, http.StatusMethodNotAllowed, chat.Get("/chatops/message").Code)
	require.Equal(t, http.StatusNotFound, chat.Get("/chatops/messages").Code)
}

// A megabyte fits.
func TestWebhookLargeMessage(t *testing.T) {
	t.Parallel()
	chat := newChat(t, newStackStorm(t))
	line := strings.Repeat("0123456789abcde\n", 1<<16)
	answer := chat.Post("/chatops/message", "application/json", strings.NewReader(`{"channel":"#ops","message":"`+strings.ReplaceAll(line, "\n", `\n`)+`"}`))
	require.Equal(t, http.StatusOK, answer.Code)
	var got strings.Builder
	for got.Len() < len(line)-10_000 {
		got.WriteString(chat.In("#ops").Next().Body)
	}
	require.True(t, strings.HasPrefix(line, got.String()[:9_000]))
}

func TestWebhookWorksWithoutStackStorm(t *testing.T) {
	t.Parallel()
	srv := newStackStorm(t)
	srv.Stop()
	chat := newChat(t, srv)
	require.Equal(t, http.StatusOK, chat.Post("/chatops/message", "", strings.NewReader(`{"channel":"#ops","message":"hello"}`)).Code)
	chat.In("#ops").Expect("hello")
	require.ErrorIs(t, chat.Stop(), nil)
	require.Equal(t, http.StatusNotFound, chat.Post("/chatops/message", "", strings.NewReader(`{}`)).Code)
}
