package form_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/st2/internal/form"
)

// review is the schema of an inquiry that was recorded.
const review = `{"title":"review","type":"object","additionalProperties":false,"properties":{` +
	`"who":{"type":"string","description":"Who reviewed it","required":true},"n":{"type":"integer","minimum":1,"maximum":5},` +
	`"opt":{"type":"string","enum":["a","b"],"default":"a"},"pin":{"type":"string","secret":true,"position":3}}}`

const goOn = `{"title":"response_data","type":"object","properties":{"continue":{"type":"boolean","description":"Would you like to continue the workflow?","required":true}}}`

func parse(t testing.TB, schema string) *form.Form {
	t.Helper()
	f, err := form.Parse(json.RawMessage(schema))
	require.NoError(t, err)
	return f
}

func lines(f *form.Form) []string {
	var out []string
	for i := range f.Questions {
		out = append(out, f.Questions[i].Line())
	}
	return out
}

func TestLines(t *testing.T) {
	for schema, want := range map[string][]string{
		goOn: {"continue (yes or no; required): Would you like to continue the workflow?"},
		review: {
			"who (text; required): Who reviewed it", "n (a whole number from 1 to 5)", "opt (one of: a, b; a when left out)", "pin (text; secret)",
		},
		`{}`:                                   nil,
		`{"properties":null}`:                  nil,
		`{"properties":{"x":5}}`:               {"x (text or JSON)"},
		`{"properties":{"x":{"type":"list"}}}`: {"x (text or JSON)"},
		`{"properties":{"z":{"position":2},"y":{"position":0},"x":{"position":1}}}`:                                     {"y (text or JSON)", "x (text or JSON)", "z (text or JSON)"},
		`{"properties":{"x":{"type":["integer","string"]}}}`:                                                            {"x (a whole number, or text)"},
		`{"properties":{"x":{"type":"number","minimum":0.5,"exclusiveMinimum":true}}}`:                                  {"x (a number above 0.5)"},
		`{"properties":{"x":{"type":"number","maximum":9,"exclusiveMaximum":true}}}`:                                    {"x (a number below 9)"},
		`{"properties":{"x":{"type":"array"},"y":{"type":"object"}}}`:                                                   {"x (a list (JSON, or with commas))", "y (a JSON object)"},
		`{"properties":{"x":{"type":"string","secret":true,"default":"s3cret"}}}`:                                       {"x (text; secret)"},
		`{"properties":{"x":{"description":"two\nlines  here","enum":[1,true,"x"],"minLength":"odd","required":true}}}`: {"x (one of: 1, true, x; required): two lines here"},
	} {
		require.Equal(t, want, lines(parse(t, schema)), schema)
	}
	require.True(t, parse(t, review).HasSecret())
	require.False(t, parse(t, goOn).HasSecret())
	require.Equal(t, "review", parse(t, review).Title)
}

func TestParseFaults(t *testing.T) {
	for _, schema := range []string{``, `[]`, `5`, `{"properties":[]}`, `{"properties":"x"}`} {
		_, err := form.Parse(json.RawMessage(schema))
		require.Error(t, err, schema)
	}
	for _, schema := range []string{
		`{"required":["x"],"properties":{"x":{"type":"string"}}}`,
		`{"properties":{"x":{"type":"object","required":["y"]}}}`,
		`{"properties":{"x":{"anyOf":[{"required":[]}]}}}`,
	} {
		_, err := form.Parse(json.RawMessage(schema))
		require.ErrorIs(t, err, form.ErrUnanswerable, schema)
	}
}

func TestConvert(t *testing.T) {
	for _, c := range []struct{ property, text, want string }{
		{`{"type":"boolean"}`, "Yes", `true`},
		{`{"type":"boolean"}`, " off ", `false`},
		{`{"type":"boolean"}`, "perhaps", `! x has to be yes or no, not "perhaps".`},
		{`{"type":"boolean","secret":true}`, "perhaps", `! x has to be yes or no.`},
		{`{"type":"integer"}`, "+03", `3`},
		{`{"type":"integer"}`, "-12345678901234567890123", `-12345678901234567890123`},
		{`{"type":"integer"}`, "1.5", `! x has to be a whole number, not "1.5".`},
		{`{"type":"integer","minimum":1}`, "0", `! x has to be a whole number from 1, not "0".`},
		{`{"type":"integer","maximum":5}`, "9", `! x has to be a whole number to 5, not "9".`},
		{`{"type":"number"}`, "1e3", `1000`},
		{`{"type":"number"}`, "7", `7`},
		{`{"type":"number"}`, "inf", `! x has to be a number, not "inf".`},
		{`{"type":"number"}`, "NaN", `! x has to be a number, not "NaN".`},
		{`{"type":"string"}`, "true", `"true"`},
		{`{"type":"string","minLength":2}`, "a", `! x has to have at least 2 characters, not 1.`},
		{`{"type":"string","maxLength":2}`, "äöü", `! x has to have at most 2 characters, not 3.`},
		{`{"type":"string","minLength":1,"maxLength":2}`, "", `! x has to have 1 to 2 characters, not 0.`},
		{`{"type":"string","pattern":"^v\\d+$"}`, "v12", `"v12"`},
		{`{"type":"string","pattern":"^v\\d+$"}`, "12", `! x has to be like ^v\d+$, not "12".`},
		{`{"type":"string","pattern":"(?<=x)y"}`, "12", `"12"`},
		{`{"type":"array"}`, "a, b,,c", `["a","b","c"]`},
		{`{"type":"array"}`, "[1, 2]", `[1, 2]`},
		{`{"type":"array"}`, "[1, 2", `! x has to be a list (JSON, or with commas), not "[1, 2".`},
		{`{"type":"array","maxItems":1}`, "a,b", `! x has to have at most 1 elements, not 2.`},
		{`{"type":"object"}`, `{"a":1}`, `{"a":1}`},
		{`{"type":"object"}`, `a=1`, `! x has to be a JSON object, not "a=1".`},
		{`{"type":["null","integer"]}`, "null", `null`},
		{`{"type":["integer","string"]}`, "5", `5`},
		{`{"type":["integer","string"]}`, "five", `"five"`},
		{`{}`, `{"a":1}`, `{"a":1}`},
		{`{}`, `word`, `"word"`},
		{`{"enum":["Red","green","GREEN"]}`, "red", `"Red"`},
		{`{"enum":["Red","green","GREEN"]}`, "green", `"green"`},
		{`{"enum":["Red","green","GREEN"]}`, "Green", `! x has to be one of: Red, green, GREEN; not "Green".`},
		{`{"enum":[1,2]}`, "2", `2`},
		{`{"enum":["a"],"secret":true}`, "tell", `! x has to be one of: a.`},
	} {
		f := parse(t, `{"properties":{"x":`+c.property+`}}`)
		value, err := f.Questions[0].Convert(c.text)
		got := string(value)
		if err != nil {
			got = "! " + err.Error()
		}
		require.Equal(t, c.want, got, "%s %q", c.property, c.text)
	}
}

func TestRead(t *testing.T) {
	for _, c := range []struct{ schema, text, want string }{
		{goOn, "yes", `{"continue":true}`},
		{goOn, "continue=no", `{"continue":false}`},
		{goOn, `{"continue":true,"extra":1}`, `{"continue":true,"extra":1}`},
		{goOn, `{"continue":123}`, `! continue has to be yes or no, not "123".`},
		{goOn, `{"continue":null}`, `! continue has to be yes or no, not "null".`},
		{goOn, `{"continue":"true"}`, `! continue has to be yes or no, not "\"true\"".`},
		{goOn, `{}`, `! continue is missing; it has to be answered.`},
		{goOn, `{"continue"`, `! That begins like a JSON object and is none.`},
		{review, `who="Ann Lee" n=3`, `{"n":3,"who":"Ann Lee"}`},
		{review, `who=x opt=B`, `{"opt":"b","who":"x"}`},
		{review, `{"who":"x","n":null}`, `{"n":null,"who":"x"}`},
		{review, `{"who":"x","n":9}`, `! n has to be a whole number from 1 to 5, not "9".`},
		{review, `{"who":"x","n":"3"}`, `! n has to be a whole number from 1 to 5, not "\"3\"".`},
		{review, `{"who":"x","opt":"z"}`, `! opt has to be one of: a, b; not "z".`},
		{review, `{"who":"x","more":1}`, `! "more" is not asked for; the names are: who, n, opt, pin.`},
		{review, `n=3`, `! who is missing; it has to be answered.`},
		{review, `who=x more=1`, `! "more" is not asked for; the names are: who, n, opt, pin.`},
		{review, `who=x who=y`, `! who is answered twice.`},
		{review, `who="x`, `! A quote is not closed.`},
		{review, `just words`, `! Please answer with name=value for each of: who, n, opt, pin. A value with blanks goes in quotes.`},
		{`{}`, `a=1 b=x`, `{"a":1,"b":"x"}`},
		{`{}`, ``, `{}`},
		{`{"properties":{"x":{"required":true,"default":1}}}`, `{}`, `{}`},
		{`{"properties":{"x":{"secret":true,"type":"integer"}}}`, `{"x":"hunter2"}`, `! x has to be a whole number.`},
	} {
		response, err := parse(t, c.schema).Read(c.text)
		got := ""
		if err != nil {
			var own *form.Error
			require.ErrorAs(t, err, &own)
			got = "! " + err.Error()
		} else {
			text, err := json.Marshal(response)
			require.NoError(t, err)
			got = string(text)
		}
		require.Equal(t, c.want, got, "%s", c.text)
	}
	_, err := parse(t, goOn).Read(string(make([]byte, form.MaxAnswer+1)))
	require.Error(t, err)
}

// Whatever is asked and answered: what is read is JSON that fits, or a plain error.
func FuzzRead(f *testing.F) {
	for _, schema := range []string{goOn, review, `{}`, `{"properties":{"x":{"type":["array","null"],"enum":[[1],null]}}}`, `{"required":[]}`, `[`} {
		for _, text := range []string{"yes", "who=x n=3", `{"continue":true}`, `x="a b`, "=", "a=[1,2]", "\x00"} {
			f.Add(schema, text)
		}
	}
	f.Fuzz(func(t *testing.T, schema, text string) {
		asked, err := form.Parse(json.RawMessage(schema))
		if err != nil {
			return
		}
		for i := range asked.Questions {
			_ = asked.Questions[i].Line()
			if value, err := asked.Questions[i].Convert(text); err == nil {
				require.True(t, json.Valid(value), "%q", value)
			}
		}
		response, err := asked.Read(text)
		if err != nil {
			var own *form.Error
			require.ErrorAs(t, err, &own)
			return
		}
		require.NoError(t, asked.Check(response))
		_, err = json.Marshal(response)
		require.NoError(t, err)
	})
}
