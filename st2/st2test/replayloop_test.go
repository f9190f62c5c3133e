package st2test_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/st2/st2test/internal/pyjson"
)

// listen opens the stream that the announcements of the replay are read from.
func (r *replay) listen() { r.stream = listen(r.t, r.srv, "events=st2.announcement__*") }

// endOfRecording is the route of our own announcements.
const endOfRecording = "end-of-recording"

// announced returns the frames that were announced since it was last asked, as bytes. An
// announcement of our own marks where they end.
func (r *replay) announced() []string {
	settle(r.t, r.srv)
	marker := r.srv.Announce(endOfRecording, map[string]any{"message": "end", "channel": "nowhere"})
	r.srv.PurgeExecution(marker)
	var frames []string
	for {
		frame := readFrame(r)
		if strings.HasPrefix(frame, "event: st2.announcement__"+endOfRecording+"\n") {
			return frames
		}
		frames = append(frames, frame)
	}
}

func readFrame(r *replay) string {
	var frame strings.Builder
	for {
		line, err := r.stream.ReadString('\n')
		require.NoError(r.t, err)
		if line == "\n" && frame.Len() == 0 {
			continue // a heartbeat
		}
		frame.WriteString(line)
		if line == "\n" {
			return frame.String()
		}
	}
}

// consequences compares what a command led to: the announcements byte for byte, and the
// executions on their way.
func (r *replay) consequences() []string {
	if r.record.name == "loop.canceled" {
		<-r.sleeping
		newest := r.list("/api/v1/executions?limit=1")[0].Text("id")
		status, _ := askAs(r.t, r.srv, "testu", http.MethodDelete, "/api/v1/executions/"+newest, nil)
		require.Equal(r.t, http.StatusOK, status)
	}
	var out []string
	switch {
	case strings.HasPrefix(r.record.name, "announcement.direct."):
		r.compareFrames(&out, []any{r.record.all.Get("announcement")})
		if e := r.record.all.Object("announcement_execution"); e != nil {
			r.compareExecution(&out, e, e.Text("id"))
		}
	case strings.HasPrefix(r.record.name, "loop."):
		recorded, _ := r.record.all.Get("announcements").([]any)
		r.compareFrames(&out, recorded)
		loops, _ := r.record.all.Get("loops").([]any)
		for _, l := range loops {
			r.compareLoop(&out, l.(*pyjson.Object))
		}
	}
	return out
}

func (r *replay) compareFrames(out *[]string, recorded []any) {
	if eventless[r.record.name] != "" {
		r.announced()
		return
	}
	var want []string
	for _, f := range recorded {
		if s, isText := f.(string); isText {
			want = append(want, s)
		}
	}
	got := r.announced()
	if len(got) != len(want) {
		*out = append(*out, fmt.Sprintf("%d announcements %q, recorded %d", len(got), got, len(want)))
		return
	}
	var different []string
	for range want {
		different = nil
		for i := range want {
			r.equal(&different, fmt.Sprintf("announcement %d", i), want[i], got[i])
		}
		if different == nil {
			break
		}
		slices.Reverse(got) // two executions of one command run side by side
	}
	*out = append(*out, different...)
}

// compareLoop compares the execution of a command with the chain that announced it. What
// was recorded while it ran shows less than ours, which has ended.
func (r *replay) compareLoop(out *[]string, loop *pyjson.Object) {
	original := loop.Object("original_execution")
	r.compareExecution(out, original, original.Text("id"))
	id := r.fill(original.Text("id"))
	var chain []*pyjson.Object
	for _, e := range r.list("/api/v1/executions?action=chatops.post_result&sort_asc=1&limit=-1") {
		if e.Object("parameters").Text("execution_id") == id {
			chain = append(chain, e)
		}
	}
	recorded := loop.Object("post_result_execution")
	if recorded == nil {
		return
	}
	if len(chain) != 1 {
		*out = append(*out, fmt.Sprintf("%d executions of chatops.post_result", len(chain)))
		return
	}
	r.compareKeys(out, "post_result", recorded, chain[0])
	children := r.list("/api/v1/executions/" + chain[0].Text("id") + "/children")
	for name, action := range map[string]string{
		"format_execution": "chatops.format_execution_result", "post_message_execution": "chatops.post_message", "core.noop": "core.noop",
	} {
		theirs := loop.Object(name)
		for _, child := range children {
			if theirs != nil && child.Object("action").Text("ref") == action {
				r.compareKeys(out, name, theirs, child)
			}
		}
	}
}

// compareKeys compares those keys of an execution that were recorded.
func (r *replay) compareKeys(out *[]string, path string, want, got *pyjson.Object) {
	unfinished := want.Text("status") != got.Text("status") && want.Text("status") != "failed"
	for _, k := range want.Keys() {
		if unfinished && k != "parameters" {
			continue
		}
		r.equal(out, path+"."+k, want.Get(k), got.Get(k))
	}
}

func (r *replay) compareExecution(out *[]string, want *pyjson.Object, id string) {
	if _, known := r.bound[id]; !known {
		return // the request was refused, which the answer has shown
	}
	for _, e := range r.list("/api/v1/executions?id=" + r.fill(id)) {
		r.equal(out, "execution", want, e)
	}
}
