package st2test_test

import (
	"bufio"
	"fmt"
	"net/http"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/st2/st2test/internal/pyjson"
)

// heartbeat is that of the replay: two of them after the last execution has ended say that
// everything was sent.
const heartbeat = 100 * time.Millisecond

// tap is a recorded stream that is open on our server.
type tap struct {
	head  []string // how its head differs
	beats chan struct{}
	done  chan struct{}
	close func()

	mu     sync.Mutex
	first  string // the first line: a newline
	frames []string
}

// openAll opens the recorded streams of a pattern.
func (r *replay) openAll(pattern string) {
	for _, x := range r.recordings {
		if match, _ := path.Match(pattern, x.name); match && isStream(x) {
			r.open[x.name] = r.openStream(x)
		}
	}
}

func isStream(x recording) bool {
	return strings.HasPrefix(x.response.Object("headers").Text("Content-Type"), "text/event-stream")
}

// openStream opens a stream as it was recorded, and reads it until the test ends.
func (r *replay) openStream(x recording) *tap {
	now := r.record
	r.record = x
	defer func() { r.record = now }()
	answer, err := http.DefaultTransport.RoundTrip(r.newRequest())
	require.NoError(r.t, err)
	p := &tap{head: r.headDifferences(answer), beats: make(chan struct{}), done: make(chan struct{})}
	p.close = func() {
		answer.Body.Close()
		<-p.done
	}
	r.t.Cleanup(p.close)
	go p.read(bufio.NewReader(answer.Body))
	<-p.beats // the first newline says that the subscription is live
	return p
}

func (p *tap) read(body *bufio.Reader) {
	defer close(p.done)
	var frame strings.Builder
	for beats := 0; ; {
		line, err := body.ReadString('\n')
		if err != nil {
			return
		}
		frame.WriteString(line)
		if line != "\n" {
			continue
		}
		if frame.Len() > 1 {
			p.mu.Lock()
			p.frames = append(p.frames, frame.String())
			p.mu.Unlock()
		} else if beats++; beats == 1 {
			p.beats <- struct{}{}
		} else {
			select {
			case p.beats <- struct{}{}:
			default:
			}
		}
		frame.Reset()
	}
}

// all returns the frames until now.
func (r *replay) all(p *tap) []string {
	settle(r.t, r.srv)
	for range 2 {
		select {
		case <-p.beats:
		case <-p.done:
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.frames)
}

// recordedFrames cuts the recorded body of a stream into its events.
func recordedFrames(body string) []string {
	var frames []string
	for rest := strings.TrimLeft(body, "\n"); rest != ""; {
		frame, after, _ := strings.Cut(rest, "\n\n")
		frames = append(frames, frame+"\n\n")
		rest = strings.TrimLeft(after, "\n")
	}
	return frames
}

// compareStream compares what a stream has brought with the recording: frame by frame, in
// the order of their executions, whose order among each other is chance.
func (r *replay) compareStream() []string {
	p := r.open[r.record.name]
	if p == nil {
		p = r.openStream(r.record)
	}
	got := r.all(p)
	p.close()
	out := p.head
	if headsOnly[r.record.name] != "" {
		return out
	}
	if list, isList := r.record.response.Get("body").([]any); isList {
		return r.compareSummary(out, list, got)
	}
	want := recordedFrames(r.record.response.Text("body"))
	if len(got) < len(want) || len(want) == 0 && len(got) > 0 {
		return append(out, fmt.Sprintf("%d events, recorded %d", len(got), len(want)))
	}
	for i := range want {
		r.equalFrame(&out, fmt.Sprintf("event %d", i), want[i], got[i])
	}
	return out
}

// compareSummary compares a stream of which only the names and states were kept.
func (r *replay) compareSummary(out []string, want []any, got []string) []string {
	var seen []string
	for _, frame := range got {
		name, d := parseFrame(frame)
		if d.Object("runner") != nil {
			seen = append(seen, name+" "+d.Text("id")+" "+d.Object("runner").Text("name")+" "+d.Text("status"))
		}
	}
	for _, x := range want {
		one := x.([]any)
		id, isID := one[2].(string)
		if !isID {
			continue
		}
		line := fmt.Sprintf("%s %s %s %s", one[1], r.fill(id), one[3], one[4])
		i := slices.Index(seen, line)
		if i < 0 {
			out = append(out, "no event "+line)
			continue
		}
		seen = slices.Delete(seen, i, i+1)
	}
	return out
}

func parseFrame(frame string) (name string, data *pyjson.Object) {
	event, rest, _ := strings.Cut(frame, "\n")
	v, err := pyjson.Decode([]byte(strings.TrimPrefix(strings.TrimSpace(rest), "data: ")))
	if err != nil {
		return event, nil
	}
	data, _ = v.(*pyjson.Object)
	return strings.TrimPrefix(event, "event: "), data
}

// equalFrame compares two events: as bytes, or by their documents where these describe
// actions in our own words.
func (r *replay) equalFrame(out *[]string, path, want, got string) {
	wantName, wantData := parseFrame(want)
	gotName, gotData := parseFrame(got)
	if wantData == nil || gotData == nil || wantData.Get("payload") != nil {
		r.equal(out, path, want, got)
		return
	}
	if wantName != gotName {
		*out = append(*out, fmt.Sprintf("%s: %s, recorded %s", path, gotName, wantName))
		return
	}
	r.equal(out, path, wantData, gotData)
}
