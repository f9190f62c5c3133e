// Package exectext says in plain text what executions are and have brought.
package exectext

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-errbot/errbot/st2/client"
	"github.com/go-errbot/errbot/st2/internal/wording"
)

// Shown is how many bytes of parameters or of a result are shown.
const Shown = 3000

// Line is an execution in one line.
func Line(e *client.Execution) string {
	origin := e.Origin()
	line := fmt.Sprintf("%s  %-9s  %s", e.ID, e.Status, e.Action.Ref)
	if who := cmp.Or(origin.ChatUser, origin.User); who != "" {
		line += "  by " + wording.Clip(who, 40)
	}
	if !e.Start.IsZero() {
		line += "  " + Ago(e.Start)
	}
	if e.Status.Final() && e.ElapsedSeconds >= 0.001 {
		line += ", took " + Elapsed(e)
	}
	return line
}

// Elapsed says how long an execution took.
func Elapsed(e *client.Execution) string {
	return Took(time.Duration(e.ElapsedSeconds * float64(time.Second)).Round(time.Millisecond))
}

// Ago says how long ago something was.
func Ago(t time.Time) string {
	d := time.Since(t)
	if d < time.Minute {
		return "just now"
	}
	return Took(d.Round(time.Minute)) + " ago"
}

// Took shows a duration without parts that are zero.
func Took(d time.Duration) string {
	text := d.String()
	for _, zero := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(text, zero) {
			text = text[:len(text)-len("0s")]
		}
	}
	return text
}

// Result is [Output], shortened to what is shown.
func Result(e *client.Execution) string { return Cut(Output(e), Shown) }

// Output returns what matters of a result: what a command printed, what an action
// returned, what a workflow has as its output, or all of it.
func Output(e *client.Execution) string {
	var r struct {
		Stdout, Stderr, Error string
		Result, Output        json.RawMessage
	}
	if json.Unmarshal(e.Result, &r) != nil {
		return Pretty(e.Result) // of a form of its own
	}
	var parts []string
	for _, part := range []string{r.Stdout, r.Stderr, r.Error, Pretty(r.Result), Pretty(r.Output)} {
		if part = strings.TrimSpace(part); part != "" && part != "None" {
			parts = append(parts, part)
		}
	}
	if len(parts) == 0 {
		parts = append(parts, Pretty(e.Result))
	}
	return strings.Join(parts, "\n")
}

// Pretty shows JSON: texts without quotes, the rest laid out; "" for nothing.
func Pretty(data json.RawMessage) string {
	var text string
	if len(data) == 0 || string(data) == "null" || string(data) == "{}" {
		return ""
	}
	if json.Unmarshal(data, &text) == nil {
		return text
	}
	var out bytes.Buffer
	if json.Indent(&out, data, "", "  ") != nil {
		return ""
	}
	return out.String()
}

// Cut shortens a text of several lines to at most n bytes, and says so.
func Cut(text string, n int) string {
	if len(text) <= n {
		return text
	}
	for n > 0 && !utf8.RuneStart(text[n]) {
		n--
	}
	return fmt.Sprintf("%s\n… %d bytes more", text[:n], len(text)-n)
}
