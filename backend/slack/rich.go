package slack

import (
	"strings"

	"github.com/slack-go/slack"

	"github.com/go-errbot/errbot/backend/markdown"
)

// Bounds of what becomes rich text; what is beyond them is sent as it was typed.
const (
	maxBody   = 256 << 10 // bytes of a body
	maxInline = 4 << 10   // bytes of a line
	maxIndent = 8         // levels of a list
)

// renderer turns Markdown into Slack's rich text. It is immutable.
type renderer struct {
	inline *inline
	tables *markdown.Renderer
}

func newRenderer(people func(username string) (id string)) *renderer {
	return &renderer{inline: newInline(people), tables: markdown.New()}
}

// plain returns text to be shown exactly as it is.
func plain(text string) *slack.RichTextBlock {
	if text == "" {
		return nil
	}
	return slack.NewRichTextBlock("", slack.NewRichTextSection(slack.NewRichTextSectionTextElement(text, nil)))
}

// rich returns a body in Markdown; nil when there is nothing to show.
func (r *renderer) rich(body string) *slack.RichTextBlock {
	body = strings.Trim(markdown.Clean(body), "\n")
	if len(body) > maxBody {
		return plain(body)
	}
	p := page{renderer: r, lines: strings.Split(body, "\n")}
	for p.next < len(p.lines) {
		p.block()
	}
	p.flush()
	if len(p.elements) == 0 {
		return plain(body) // an empty fence, say: better its marks than nothing
	}
	return slack.NewRichTextBlock("", p.elements...)
}

// page is a body on its way.
type page struct {
	*renderer
	lines    []string
	next     int
	elements []slack.RichTextElement
	section  []slack.RichTextSectionElement // that is being written
}

// block takes the next lines that belong together.
func (p *page) block() {
	line := p.lines[p.next]
	switch {
	case fenceMark(line) != "":
		p.fence(line)
	case p.isTable():
		p.table()
	case isQuote(line):
		p.quote()
	default:
		if item, ok := parseItem(line); ok {
			p.list(item)
			return
		}
		p.line(line)
	}
}

// line adds a line of text to the section.
func (p *page) line(line string) {
	p.next++
	if title := heading(line); title != "" {
		p.section = append(p.section, p.inline.elements(title, slack.RichTextSectionTextStyle{Bold: true})...)
	} else {
		p.section = append(p.section, p.inline.elements(line, slack.RichTextSectionTextStyle{})...)
	}
	p.section = append(p.section, part("\n", slack.RichTextSectionTextStyle{}))
}

// flush ends the section. Blocks are on lines of their own anyway, so the last line break
// is left out.
func (p *page) flush() {
	section := joined(p.section)
	p.section = nil
	if len(section) == 0 {
		return
	}
	if last, ok := section[len(section)-1].(*slack.RichTextSectionTextElement); ok {
		if last.Text = strings.TrimSuffix(last.Text, "\n"); last.Text == "" {
			section = section[:len(section)-1]
		}
	}
	p.add(slack.NewRichTextSection(section...), len(section))
}

// add adds an element that has so many parts: Slack refuses empty ones.
func (p *page) add(e slack.RichTextElement, parts int) {
	if parts > 0 {
		p.elements = append(p.elements, e)
	}
}

// fence takes a code block. One that is not closed ends with the body.
func (p *page) fence(open string) {
	p.flush()
	mark := fenceMark(open)
	var code []string
	for p.next++; p.next < len(p.lines); p.next++ {
		line := p.lines[p.next]
		if strings.HasPrefix(fenceMark(line), mark) && strings.TrimSpace(line) == fenceMark(line) {
			p.next++
			break
		}
		code = append(code, line)
	}
	p.code(strings.Join(code, "\n"))
}

func (p *page) code(code string) {
	if code == "" {
		return
	}
	p.add(&slack.RichTextPreformatted{
		Type:     slack.RTEPreformatted,
		Elements: []slack.RichTextSectionElement{part(code, slack.RichTextSectionTextStyle{})},
	}, 1)
}

// isTable reports whether a table begins here: a line of cells above one of dashes.
func (p *page) isTable() bool {
	if p.next+1 >= len(p.lines) || !strings.Contains(p.lines[p.next], "|") {
		return false
	}
	rule := p.lines[p.next+1]
	return strings.Contains(rule, "|") && strings.Contains(rule, "-") && strings.Trim(rule, "-:| \t") == ""
}

// table draws a table in a code block: Slack's rich text has none.
func (p *page) table() {
	p.flush()
	start := p.next
	for p.next < len(p.lines) && strings.Contains(p.lines[p.next], "|") {
		p.next++
	}
	p.code(p.tables.Text(strings.Join(p.lines[start:p.next], "\n")))
}

func isQuote(line string) bool {
	line = strings.TrimLeft(line, " ")
	return strings.HasPrefix(line, ">") && !strings.HasPrefix(line, ">>")
}

func (p *page) quote() {
	p.flush()
	var quoted []slack.RichTextSectionElement
	for first := true; p.next < len(p.lines) && isQuote(p.lines[p.next]); p.next++ {
		if !first {
			quoted = append(quoted, part("\n", slack.RichTextSectionTextStyle{}))
		}
		first = false
		line := strings.TrimPrefix(strings.TrimLeft(p.lines[p.next], " ")[1:], " ")
		quoted = append(quoted, p.inline.elements(line, slack.RichTextSectionTextStyle{})...)
	}
	quoted = joined(quoted)
	p.add(&slack.RichTextQuote{Type: slack.RTEQuote, Elements: quoted}, len(quoted))
}

// heading returns the text of a heading, or "".
func heading(line string) string {
	rest := strings.TrimLeft(line, "#")
	if level := len(line) - len(rest); level == 0 || level > 6 || !strings.HasPrefix(rest, " ") {
		return ""
	}
	return strings.TrimSpace(rest)
}

// fenceMark returns the backticks or tildes that a line of a code fence begins with.
func fenceMark(line string) string {
	line = strings.TrimLeft(line, " ")
	for _, c := range []string{"`", "~"} {
		rest := strings.TrimLeft(line, c)
		if n := len(line) - len(rest); n >= 3 && !strings.Contains(rest, c) {
			return line[:n]
		}
	}
	return ""
}
