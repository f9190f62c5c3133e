package schema_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/st2/st2test/internal/pyjson"
	"github.com/go-errbot/errbot/st2/st2test/internal/schema"
)

func typed(kind string) *pyjson.Object { return pyjson.Of("p", pyjson.Of("type", kind)) }

func TestCast(t *testing.T) {
	for _, c := range []struct {
		kind  string
		value any
		want  string // JSON, or the error
	}{
		{"integer", "3", `3`},
		{"integer", " 1_000 ", `1000`},
		{"integer", 2.9, `2`},
		{"integer", true, `1`},
		{"integer", "three", "invalid literal for int() with base 10: 'three'"},
		{"number", "1.5", `1.5`},
		{"number", "x", "could not convert string to float: 'x'"},
		{"boolean", "TRUE", `true`},
		{"boolean", "false", `false`},
		{"boolean", "yes", "malformed node or string on line 1: <ast.Name object at 0x7f0000000000>"},
		{"array", "a, b ,c", `["a","b","c"]`},
		{"array", []any{"a,b"}, `["a,b"]`},
		{"object", `{"a": 1}`, `{"a":1}`},
		{"object", `{'a': 1}`, `{"a":1}`},
		{"string", "x", `"x"`},
		{"string", int64(5), `Value "5" must either be a string or None. Got "int".`},
		{"integer", nil, `null`},
		{"", "x", `"x"`},
	} {
		out, err := schema.Cast(typed(c.kind), pyjson.Of("p", c.value), schema.PlainFault)
		if err != nil {
			require.EqualError(t, err, c.want)
			continue
		}
		require.Equal(t, c.want, string(pyjson.Encode(out.Get("p"))))
	}
	_, err := schema.Cast(typed("integer"), pyjson.Of("p", "x"), schema.AliasFault)
	require.EqualError(t, err, `Failed to cast value "x" (type: str) for parameter "p" of type "integer": invalid literal for int() with base 10: 'x'. Perhaps the value is of an invalid type?`)
}

func TestValidate(t *testing.T) {
	s := pyjson.Of(
		"need", pyjson.Of("type", "string", "required", true),
		"opt", pyjson.Of("type", "integer"),
		"def", pyjson.Of("type", "integer", "default", int64(1)),
		"pick", pyjson.Of("type", "string", "enum", []any{"a", "b"}),
		"short", pyjson.Of("type", "string", "minLength", int64(1), "maxLength", int64(3)),
	)
	for _, c := range []struct {
		given *pyjson.Object
		want  string
	}{
		{pyjson.Of("need", "x", "opt", nil), ""},
		{pyjson.Of(), "'need' is a required property"},
		{pyjson.Of("need", "x", "opt", "y"), "'y' is not of type 'integer', 'null'"},
		{pyjson.Of("need", "x", "def", nil), "None is not of type 'integer'"},
		{pyjson.Of("need", "x", "pick", "c"), "'c' is not one of ['a', 'b']"},
		{pyjson.Of("need", "x", "short", ""), "'' should be non-empty"},
		{pyjson.Of("need", "x", "short", "long"), "'long' is too long"},
		{pyjson.Of("need", "x", "y", 1, "z", 2), "Additional properties are not allowed ('y', 'z' were unexpected)"},
	} {
		v := schema.Validate(s, c.given)
		if c.want == "" {
			require.Nil(t, v)
			continue
		}
		require.NotNil(t, v, c.want)
		require.Equal(t, c.want, v.Message)
	}
}

func TestSecretsAndImmutables(t *testing.T) {
	s := pyjson.Of("pin", pyjson.Of("secret", true), "fixed", pyjson.Of("immutable", true))
	given := pyjson.Of("pin", "1234", "fixed", 1)
	require.Equal(t, `{"pin":"********","fixed":1}`, string(pyjson.Encode(schema.MaskSecrets(s, given))))
	require.Equal(t, "1234", given.Get("pin"), "what is stored keeps its secret")
	require.Equal(t, []string{"fixed"}, schema.Immutables(s, given))
}
