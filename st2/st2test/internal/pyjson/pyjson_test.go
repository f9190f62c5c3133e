package pyjson_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/st2/st2test/internal/pyjson"
)

func TestEncodeKeepsOrderAndEscapesOnlyWhatJSONDemands(t *testing.T) {
	for _, text := range []string{
		`{"z":1,"a":[true,false,null,1.5,2.0,-3],"o":{}}`,
		`"é☃𝄞\u0001 </script> \"q\" \\ \n\r\t\b\f"`,
		"\"\u2028\"",
		`123456789012345678901234567890`,
		`[]`,
	} {
		v, err := pyjson.Decode([]byte(text))
		require.NoError(t, err)
		require.Equal(t, text, string(pyjson.Encode(v)))
	}
}

func TestDecodeFaultsInTheServersWords(t *testing.T) {
	for text, want := range map[string]string{
		`{"ttl": `:        "unexpected end of data: line 1 column 9 (char 8)",
		`{"command": "a"`: "unexpected end of data: line 1 column 16 (char 15)",
		``:                "unexpected end of data: line 1 column 1 (char 0)",
		`hello`:           "unexpected character: line 1 column 1 (char 0)",
		`nope`:            "invalid literal: line 1 column 1 (char 0)",
	} {
		_, err := pyjson.Decode([]byte(text))
		require.EqualError(t, err, want, text)
	}
}

func TestPythonTexts(t *testing.T) {
	v, err := pyjson.Decode([]byte(`{"a":"it's","b":"\"","c":[1,2.0,null,true],"d":"x\n\u0007é"}`))
	require.NoError(t, err)
	require.Equal(t, `{'a': "it's", 'b': '"', 'c': [1, 2.0, None, True], 'd': 'x\n\x07é'}`, pyjson.Repr(v))
	require.Equal(t, "plain", pyjson.Str("plain"))
	require.Equal(t, "int", pyjson.TypeName(int64(5)))
}

func TestObjectKeepsOrder(t *testing.T) {
	o := pyjson.Of("b", 1, "a", 2)
	o.Set("b", 3)
	o.Set("c", nil)
	c := o.Clone()
	c.Delete("a")
	require.Equal(t, []string{"b", "a", "c"}, o.Keys())
	require.Equal(t, `{"b":3,"c":null}`, string(pyjson.Encode(c)))
	require.Equal(t, 0, (*pyjson.Object)(nil).Len())
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"a":[1,2.5,"x"]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		v, err := pyjson.Decode(text)
		if err != nil {
			return
		}
		again, err := pyjson.Decode(pyjson.Encode(v))
		require.NoError(t, err)
		require.Equal(t, v, again)
	})
}

func TestDumps(t *testing.T) {
	v := pyjson.Of("text", "é☃𝄞\n\"x\"", "n", int64(1), "f", 1.5, "list", []any{true, nil}, "empty", pyjson.Of())
	require.Equal(t, `{"text": "\u00e9\u2603\ud834\udd1e\n\"x\"", "n": 1, "f": 1.5, "list": [true, null], "empty": {}}`, pyjson.Dumps(v))
}
