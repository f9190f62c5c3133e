package jinja_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/st2/st2test/internal/jinja"
	"github.com/go-errbot/errbot/st2/st2test/internal/pyjson"
)

func context(t *testing.T) *pyjson.Object {
	v, err := pyjson.Decode([]byte(`{"e":{"id":"abc","n":1.5,"ok":true,"list":[1,"x"],"d":{"k":"it's","a":2},"secs":63.2}}`))
	require.NoError(t, err)
	return v.(*pyjson.Object)
}

func TestStrict(t *testing.T) {
	for source, want := range map[string]string{
		"{{ e.id }} {{ e['n'] }} {{ e.ok }}":         "abc 1.5 True",
		"{{ e.list }} {{ e.d }}":                     `[1, 'x'] {'a': 2, 'k': "it's"}`,
		"{{ e.nosuch is defined }}":                  "False",
		"{% if 'k' in e.d %}\n  yes\n{% endif %}end": "  yes\nend",
		"{{ e.list | join(', ') }} {{ e.d|length }}": "1, x 2",
		"{{ e.secs | to_human_time_from_seconds }}":  "1m3s",
		"{{ e.d | to_yaml_string }}":                 "a: 2\nk: it's\n",
		"{{ e.list | to_json_string }}":              "[\n    1,\n    \"x\"\n]",
		"{% raw %}{{ nosuch }}{% endraw %}":          "{{ nosuch }}",
	} {
		text, err := jinja.Strict(source, context(t))
		require.NoError(t, err, source)
		require.Equal(t, want, text, source)
	}
}

func TestUndefined(t *testing.T) {
	for source, want := range map[string]string{
		"Running {{cmd}}":          "'cmd' is undefined",
		"{{ cmd.deeper }}":         "'cmd' is undefined",
		"{{ e.nosuch }}":           "'dict object' has no attribute 'nosuch'",
		"{% if nosuch %}{%endif%}": "'nosuch' is undefined",
	} {
		_, err := jinja.Strict(source, context(t))
		require.True(t, jinja.IsUndefined(err), source)
		require.EqualError(t, err, want)
	}
	for _, source := range []string{"{% if %}", "{{ e.id | nosuchfilter }}", "{{ e.id"} {
		_, err := jinja.Strict(source, context(t))
		require.Error(t, err)
		require.False(t, jinja.IsUndefined(err), source)
	}
}

func TestLenient(t *testing.T) {
	text, err := jinja.Lenient("x{{ e.nosuch }}y{{ nosuch }}z", context(t))
	require.NoError(t, err)
	require.Equal(t, "xyz", text)
	_, err = jinja.Lenient("{{ e.nosuch.deeper }}", context(t))
	require.Error(t, err)
}

func TestValuesKeepTypes(t *testing.T) {
	v, err := jinja.Values(pyjson.Of("text", "id {{ e.id }}", "n", int64(3), "l", []any{"{{ 1 + 1 }}"}), context(t))
	require.NoError(t, err)
	require.Equal(t, `{"text":"id abc","n":3,"l":["2"]}`, string(pyjson.Encode(v)))
}

func TestHumanTime(t *testing.T) {
	for seconds, want := range map[float64]string{
		0.702402: "0.702402μs", 1.10971: "1s", 1.819912: "2s", 63: "1m3s", 3723: "1h2m3s", 86461: "1d1m1s",
	} {
		require.Equal(t, want, jinja.HumanTime(seconds))
	}
}

func FuzzStrict(f *testing.F) {
	f.Add("{{ e.id }}{% if e.ok %}x{% endif %}")
	f.Fuzz(func(t *testing.T, source string) {
		if len(source) > 200 {
			t.Skip()
		}
		_, _ = jinja.Strict(source, pyjson.Of("e", pyjson.Of("id", "x")))
	})
}
