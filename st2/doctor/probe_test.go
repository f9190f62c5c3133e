package doctor_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/st2/client"
	"github.com/go-errbot/errbot/st2/doctor"
)

// A probe is for nobody, and known by its mark, on the stream and as an execution.
func TestProbeIsForNobody(t *testing.T) {
	t.Parallel()
	srv := newStackStorm(t)
	o := optionsFor(srv.URL())
	require.Empty(t, notWell(doctor.Run(t.Context(), o)))
	c, err := client.New(o.Client)
	require.NoError(t, err)
	t.Cleanup(c.Close)
	found, err := c.Executions(t.Context(), client.ExecutionQuery{Runner: "announcement"})
	require.NoError(t, err)
	require.Len(t, found.Executions, 1, "one announcement is all that is left behind")
	a, err := found.Executions[0].Announcement()
	require.NoError(t, err)
	require.True(t, doctor.IsProbe(a))
	require.True(t, a.Whisper)
	require.Equal(t, "errbot", a.Route)
	require.Regexp(t, "^errbot-go-probe-", a.User)
	require.Equal(t, a.User, a.Channel)

	srv.Announce("errbot", map[string]any{"channel": "#ops", "message": "news", "context": map[string]any{"errbot_go": "probe"}})
	found, err = c.Executions(t.Context(), client.ExecutionQuery{Runner: "announcement", Limit: 1})
	require.NoError(t, err)
	a, err = found.Executions[0].Announcement()
	require.NoError(t, err)
	require.False(t, doctor.IsProbe(a))
}

func FuzzIsProbe(f *testing.F) {
	for _, context := range []string{`{"errbot_go_probe":"x"}`, `{"errbot_go_probe":7}`, `{"errbot_go_probe":""}`, `null`, `[]`, ``, `{`} {
		f.Add(context)
	}
	f.Fuzz(func(t *testing.T, context string) {
		var marked map[string]any
		_ = json.Unmarshal([]byte(context), &marked)
		id, isText := marked["errbot_go_probe"].(string)
		require.Equal(t, isText && id != "", doctor.IsProbe(client.Announcement{Context: json.RawMessage(context)}))
	})
}

// Results are data for machines, too.
func TestJSON(t *testing.T) {
	t.Parallel()
	text, err := json.Marshal(doctor.Result{Check: "notify rule", Status: doctor.Failure, Summary: "none", Advice: "Make one.", Seconds: 0.25})
	require.NoError(t, err)
	require.JSONEq(t, `{"check":"notify rule","status":"failure","summary":"none","advice":"Make one.","seconds":0.25}`, string(text))
}
