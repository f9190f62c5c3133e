package st2test_test

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/st2/st2test"
	"github.com/go-errbot/errbot/st2/st2test/internal/pyjson"
)

// recording is one exchange with a real StackStorm. Ids, times, tokens and the like in it
// are placeholders: <id:7>, <time>, <token:alice>.
type recording struct {
	name     string
	request  *pyjson.Object
	response *pyjson.Object
	all      *pyjson.Object
}

func recordings(t *testing.T) []recording {
	t.Helper()
	text, err := os.ReadFile("testdata/recordings.json")
	require.NoError(t, err)
	v, err := pyjson.Decode(text)
	require.NoError(t, err)
	var list []recording
	for _, x := range v.([]any) {
		o := x.(*pyjson.Object)
		list = append(list, recording{name: o.Text("name"), request: o.Object("request"), response: o.Object("response"), all: o})
	}
	return list
}

// replay answers the recordings in their order from one server, and remembers which id
// of ours stands for which of theirs.
type replay struct {
	t          *testing.T
	srv        *st2test.Server
	recordings []recording
	bound      map[string]string // placeholder to our text
	record     recording

	sleeping chan struct{}      // a "sleep" of core.local runs
	stall    chan chan struct{} // has one when the next workflow is to tell that it begins, and wait
	release  func()             // what is held
	unlucky  atomic.Bool        // actions of the pack demo fail, as when its virtualenv is broken
	stream   *bufio.Reader      // of announcements
	open     map[string]*tap    // streams by the names of their recordings
	loops    string             // when the first loop began
}

var (
	placeholder = regexp.MustCompile(`<(id:\d+|time|uuid|token(?::[a-z0-9-]+)?|apikey(?::[a-z]+)?|keyhash|host|pid|address|seconds|src|base|path|python|template)>`)
	repeated    = regexp.MustCompile(`<(\d+) times (.)>`)
	bindable    = regexp.MustCompile(`^<(id|apikey|token)`)
	took        = regexp.MustCompile(`Took \S+ to complete`)
)

// fill puts our texts in the place of placeholders, for requests.
func (r *replay) fill(text string) string {
	text = repeated.ReplaceAllStringFunc(text, func(s string) string {
		m := repeated.FindStringSubmatch(s)
		n, err := strconv.Atoi(m[1])
		require.NoError(r.t, err)
		return strings.Repeat(m[2], n)
	})
	return placeholder.ReplaceAllStringFunc(text, func(s string) string {
		if ours, known := r.bound[s]; known {
			return ours
		}
		return s
	})
}

func (r *replay) fillAll(v any) any {
	switch v := v.(type) {
	case string:
		return r.fill(v)
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = r.fillAll(v[i])
		}
		return out
	case *pyjson.Object:
		out := pyjson.Of()
		for _, k := range v.Keys() {
			out.Set(k, r.fillAll(v.Get(k)))
		}
		return out
	default:
		return v
	}
}

// send makes the recorded request and returns the answer and its body.
func (r *replay) send() (*http.Response, []byte) {
	answer, err := http.DefaultTransport.RoundTrip(r.newRequest())
	require.NoError(r.t, err)
	defer answer.Body.Close()
	content, err := io.ReadAll(answer.Body)
	require.NoError(r.t, err)
	return answer, content
}

func (r *replay) newRequest() *http.Request {
	q := r.record.request
	var body string
	switch b := q.Get("body").(type) {
	case nil:
	case string:
		body = r.fill(b)
	default:
		body = string(pyjson.Encode(r.fillAll(b)))
	}
	url := r.srv.URL() + "/" + q.Text("service") + r.fill(q.Text("path"))
	if query := q.Text("query"); query != "" {
		url += "?" + r.fill(query)
	}
	request, err := http.NewRequestWithContext(r.t.Context(), q.Text("method"), url, strings.NewReader(body))
	require.NoError(r.t, err)
	headers := q.Object("headers")
	for _, k := range headers.Keys() {
		value := headers.Text(k)
		if account, isBasic := cutBasic(value); isBasic {
			value = value[:strings.Index(value, "<")] + base64.StdEncoding.EncodeToString([]byte(account))
		}
		request.Header.Set(k, r.fill(value))
	}
	return request
}

func cutBasic(header string) (account string, isBasic bool) {
	_, rest, found := strings.Cut(header, "<basic ")
	return strings.TrimSuffix(rest, ">"), found
}

// differences compares an answer with the recorded one.
func (r *replay) differences(answer *http.Response, content []byte) []string {
	out := r.headDifferences(answer)
	want := r.record.response
	var ours any = string(content)
	if _, isText := want.Get("body").(string); !isText || want.Object("headers").Text("Content-Type") == "application/json" {
		v, err := pyjson.Decode(content)
		if err != nil {
			return append(out, "body is no JSON: "+string(content))
		}
		ours = v
	}
	r.equal(&out, "body", want.Get("body"), ours)
	return out
}

// headDifferences compares the status and the headers.
func (r *replay) headDifferences(answer *http.Response) []string {
	want := r.record.response
	var out []string
	if status := int(want.Get("status").(int64)); status != answer.StatusCode {
		out = append(out, fmt.Sprintf("status %d, recorded %d", answer.StatusCode, status))
	}
	headers := want.Object("headers")
	for _, k := range headers.Keys() {
		if path := r.record.request.Text("path"); k == "X-Total-Count" && (strings.Contains(path, "executions") || strings.Contains(path, "triggerinstances")) {
			continue // how many there are depends on the order of all recordings
		}
		r.equal(&out, "header "+k, headers.Get(k), answer.Header.Get(k))
	}
	for _, k := range []string{"Set-Cookie", "X-Limit"} {
		if _, recorded := headers.Lookup(k); !recorded && answer.Header.Get(k) != "" {
			out = append(out, "header "+k+" was not recorded: "+answer.Header.Get(k))
		}
	}
	return out
}

// equal compares values; objects also in the order of their keys. Left out are texts
// that describe runners and actions (ours are our own words), durations, and everything
// but the first line of a schema violation.
func (r *replay) equal(out *[]string, path string, want, got any) {
	switch want := want.(type) {
	case *pyjson.Object:
		ours, isObject := got.(*pyjson.Object)
		if !isObject {
			*out = append(*out, fmt.Sprintf("%s: %s, recorded an object", path, pyjson.Encode(got)))
			return
		}
		r.equalObjects(out, path, want, ours)
	case []any:
		ours, isList := got.([]any)
		if !isList || len(ours) != len(want) {
			*out = append(*out, fmt.Sprintf("%s: %.300s, recorded %.300s", path, pyjson.Encode(got), pyjson.Encode(want)))
			return
		}
		for i := range want {
			r.equal(out, fmt.Sprintf("%s[%d]", path, i), want[i], ours[i])
		}
	case string:
		if want == "<pid>" || r.equalText(want, got) {
			return
		}
		*out = append(*out, fmt.Sprintf("%s: %.400s, recorded %.400q", path, pyjson.Encode(got), want))
	default:
		if string(pyjson.Encode(want)) != string(pyjson.Encode(got)) {
			*out = append(*out, fmt.Sprintf("%s: %.300s, recorded %s", path, pyjson.Encode(got), pyjson.Encode(want)))
		}
	}
}

var described = regexp.MustCompile(`\.(action|runner|rule)\b.*\.(description|metadata_file)$|\.elapsed_seconds$|\.entry_point$`)

// sized says that the size of a result depends on the text of a duration or of Python.
func sized(want *pyjson.Object) bool {
	return strings.Contains(string(pyjson.Encode(want)), "Took ") || strings.Contains(string(pyjson.Encode(want)), "Traceback")
}

func (r *replay) equalObjects(out *[]string, path string, want, got *pyjson.Object) {
	var theirs, ours []string
	theirs, ours = append(theirs, want.Keys()...), append(ours, got.Keys()...)
	if strings.HasSuffix(path, ".action.parameters") || strings.Contains(path, ".action.parameters.") {
		require.ElementsMatch(r.t, theirs, ours, path) // scripted actions are made of Go maps
	} else if strings.Join(theirs, ",") != strings.Join(ours, ",") {
		*out = append(*out, fmt.Sprintf("%s: keys %v, recorded %v", path, ours, theirs))
		return
	}
	for _, k := range theirs {
		if inner := path + "." + k; !described.MatchString(inner) && (k != "result_size" || !sized(want)) {
			r.equal(out, inner, want.Get(k), got.Get(k))
		}
	}
}

// equalText compares a text with one that may have placeholders, and binds new ids.
func (r *replay) equalText(want string, got any) bool {
	ours, isText := got.(string)
	if !isText {
		return false
	}
	if strings.Contains(want, "Traceback (most recent call last)") {
		return true // of Python's own
	}
	want, ours = took.ReplaceAllString(repeatedText(want), "Took"), took.ReplaceAllString(ours, "Took")
	for _, cut := range []string{"\n\nFailed validating", "TemplateSyntaxError: "} {
		if first, _, long := strings.Cut(want, cut); long {
			want = first
			ours, _, _ = strings.Cut(ours, cut)
		}
	}
	var pattern strings.Builder
	pattern.WriteString(`(?s)\A`)
	var names []string
	last := 0
	for _, m := range placeholder.FindAllStringIndex(want, -1) {
		pattern.WriteString(regexp.QuoteMeta(want[last:m[0]]))
		name := want[m[0]:m[1]]
		ours, known := r.bound[name]
		switch {
		case known && name != "<time>":
			pattern.WriteString("(" + regexp.QuoteMeta(ours) + ")")
		case strings.HasPrefix(name, "<id:"):
			pattern.WriteString(`([0-9a-f]{24})`)
		default:
			pattern.WriteString(`(.+?)`)
		}
		names = append(names, name)
		last = m[1]
	}
	pattern.WriteString(regexp.QuoteMeta(want[last:]) + `\z`)
	found := regexp.MustCompile(pattern.String()).FindStringSubmatch(ours)
	if found == nil {
		return false
	}
	for i, name := range names {
		if _, known := r.bound[name]; !known && bindable.MatchString(name) {
			r.bound[name] = found[i+1]
		}
	}
	return true
}

func repeatedText(s string) string {
	return repeated.ReplaceAllStringFunc(s, func(text string) string {
		m := repeated.FindStringSubmatch(text)
		n, _ := strconv.Atoi(m[1])
		return strings.Repeat(m[2], n)
	})
}
