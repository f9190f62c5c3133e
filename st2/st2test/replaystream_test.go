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
const heartbeat = 50 * time.Millisecond

// tap is a recorded stream that is open on our server.
type tap struct {
	head  []string // how its head differs
	beats chan struct{}
	done  chan struct{}
	close func()

	mu     sync.Mutex
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
	return slices.DeleteFunc(slices.Clone(p.frames), func(frame string) bool { return strings.Contains(frame, endOfRecording) })
}

// recordedFrames cuts the recorded body of a stream into its events.
func recordedFrames(body string) []string {
	var frames []string
	for rest := strings.TrimLeft(body, "\n"); rest != ""; {
		frame, after, whole := strings.Cut(rest, "\n\n")
		if !whole {
			break // a recording that was cut
		}
		frames = append(frames, frame+"\n\n")
		rest = strings.TrimLeft(after, "\n")
	}
	return frames
}

// compareStream compares what a stream has brought with the recording, frame by frame.
func (r *replay) compareStream() []string {
	p := r.open[r.record.name]
	if p == nil {
		p = r.openStream(r.record)
	}
	got := r.all(p)
	p.close()
	out := p.head
	if eventless[r.record.name] != "" {
		return out
	}
	if list, isList := r.record.response.Get("body").([]any); isList {
		return r.compareSummary(out, list, got)
	}
	want := recordedFrames(r.record.response.Text("body"))
	if r.record.name == "stream.announcements-of-all-loops" {
		return r.compareKnown(out, want, got)
	}
	if r.record.name == "stream.inquiry.execution-update-of-core-ask" {
		got = r.inOrderOf(want, got) // five workflows ran side by side
	}
	if len(got) < len(want) || len(want) == 0 && len(got) > 0 {
		return append(out, fmt.Sprintf("%d events, recorded %d", len(got), len(want)))
	}
	for i := range want {
		r.equalFrame(&out, fmt.Sprintf("event %d", i), want[i], got[i])
	}
	return out
}

// inOrderOf puts our events in the order of the recorded ones; those of one execution keep theirs.
func (r *replay) inOrderOf(want, got []string) (sorted []string) {
	for _, w := range want {
		_, theirs := parseFrame(w)
		i := slices.IndexFunc(got, func(frame string) bool {
			_, ours := parseFrame(frame)
			return ours.Text("id") == r.fill(theirs.Text("id"))
		})
		if i >= 0 {
			sorted = append(sorted, got[i])
			got = slices.Delete(got, i, i+1)
		}
	}
	return sorted
}

// compareKnown compares a stream that also has what commands led to that were not recorded,
// or were recorded anew: each of our events is one of the recorded ones.
func (r *replay) compareKnown(out, want, got []string) []string {
	for _, frame := range got {
		i := slices.IndexFunc(want, func(w string) bool {
			var different []string
			r.equalFrame(&different, "", w, frame)
			return different == nil
		})
		if i < 0 {
			out = append(out, "not recorded: "+frame)
			continue
		}
		want = slices.Delete(want, i, i+1)
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
