package conf_test

import (
	"testing"
	"time"

	"github.com/go-errbot/errbot/bot/conf"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"
)

func TestSecondsRead(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"90": 90 * time.Second, "0": 0, "0.5": 500 * time.Millisecond, "1e3": 1000 * time.Second,
		"90s": 90 * time.Second, "15m": 15 * time.Minute, "1h30m": 90 * time.Minute, `"250ms"`: 250 * time.Millisecond,
		"${PORT}": 8080 * time.Second, "2147483647": 2147483647 * time.Second,
	} {
		var got struct{ Wait conf.Seconds }
		require.NoError(t, parse(t, "wait: "+text).Decode(&got), text)
		require.Equal(t, want, got.Wait.Duration(), text)
	}
}

func TestSecondsRefused(t *testing.T) {
	const form = `expected a number of seconds or a duration such as "90s" or "15m"`
	for text, want := range map[string]string{
		"-1": "expected a time span that is not negative", "-0.1": "expected a time span that is not negative",
		"-5m": "expected a time span that is not negative", "-.inf": "expected a time span that is not negative",
		"1e300": "expected a time span below 290 years", ".inf": "expected a time span below 290 years",
		".nan": form, "soon": form, `"90"`: form, "true": form, "[90]": form, "{}": form, "!!int x": form, "''": form,
	} {
		got := struct{ Wait conf.Seconds }{Wait: 5}
		require.EqualError(t, parse(t, "wait: "+text).Decode(&got), "bot.yaml: line 1, column 7: wait: "+want, text)
		require.Equal(t, conf.Seconds(5), got.Wait, "unchanged")
	}
}

func TestSecondsPrinted(t *testing.T) {
	for span, want := range map[time.Duration]string{
		0: "0\n", 90 * time.Second: "90\n", 1500 * time.Millisecond: "1.5s\n",
	} {
		out, err := conf.Encode(conf.Seconds(span))
		require.NoError(t, err)
		require.Equal(t, want, string(out))

		var back conf.Seconds
		require.NoError(t, yaml.Unmarshal(out, &back))
		require.Equal(t, span, back.Duration())
	}
	require.Equal(t, "1m30s", conf.Seconds(90*time.Second).String())
}
