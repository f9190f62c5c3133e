package presentation

import (
	"bytes"
	"encoding/json"
	"strings"
)

// pretextMark stands in a message between what introduces a result and the result.
const pretextMark = "{~}"

// content is a post taken apart.
type content struct {
	mention, pretext, text string
	color                  string // "#rrggbb"; empty when nothing asks for one
	extra                  extra
}

func newContent(p Post) *content {
	pretext, text := cut(p.Text)
	c := &content{pretext: pretext, text: text, extra: readExtra(p.Extra), mention: p.Mention}
	status := p.Status
	if status == "" {
		status = statusOf(p.Text)
	}
	c.color = statusColor(status)
	if asked := color(scalar(c.extra["color"])); asked != "" {
		c.color = asked
	}
	if c.mention != "" && beginsBlock(c.pretext+c.text) {
		c.mention += "\n"
	}
	return c
}

// beginsBlock reports whether text begins a heading, list, quote, table or code block, which
// it would not be behind something else on the same line.
func beginsBlock(text string) bool {
	return text != "" && strings.ContainsRune("#-*+>|`", rune(text[0]))
}

// cut parts a message into pretext and text. An object or list is laid out. What follows a
// second mark is left out.
func cut(message string) (pretext, text string) {
	message = trimBlankLines(message)
	if pretty, ok := indentJSON(message); ok {
		return "", jsonFence + pretty + "\n```"
	}
	parts := strings.Split(message, pretextMark)
	if len(parts) == 1 {
		return "", message
	}
	return trimBlankLines(parts[0]), trimBlankLines(parts[1])
}

const jsonFence = "```json\n"

// JSON returns the object or list that [Messages] has laid out in a body; ok is false when
// the body is something else.
func JSON(body string) (document string, ok bool) {
	body, begins := strings.CutPrefix(body, jsonFence)
	body, ends := strings.CutSuffix(body, "\n```")
	return body, begins && ends && json.Valid([]byte(body))
}

// indentJSON lays out a JSON object or list; ok is false for everything else.
func indentJSON(text string) (pretty string, ok bool) {
	if !strings.HasPrefix(text, "{") && !strings.HasPrefix(text, "[") {
		return "", false
	}
	var out bytes.Buffer
	if json.Indent(&out, []byte(text), "", "  ") != nil {
		return "", false
	}
	return out.String(), true
}

// statusOf returns the status that StackStorm's own result text tells, "" when there is
// none.
func statusOf(text string) string {
	for line := range strings.Lines(text) {
		if status, ok := strings.CutPrefix(strings.TrimSpace(line), "status : "); ok {
			return status
		}
	}
	return ""
}

// trimBlankLines takes lines without text off the beginning and the end. The first line
// keeps its indentation.
func trimBlankLines(text string) string {
	text = strings.TrimRight(text, " \t\r\n")
	for {
		line, rest, more := strings.Cut(text, "\n")
		if !more || strings.TrimSpace(line) != "" {
			return text
		}
		text = rest
	}
}

// lines joins two texts by a line end, where both are there.
func lines(a, b string) string {
	if a == "" || b == "" || strings.HasSuffix(a, " ") || strings.HasSuffix(a, "\n") {
		return a + b
	}
	return a + "\n" + b
}

// clip shortens text to at most n bytes, between two characters.
func clip(text string, n int) string {
	if len(text) <= n {
		return text
	}
	return strings.ToValidUTF8(text[:n-len("…")], "") + "…"
}
