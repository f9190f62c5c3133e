package slack

import (
	"strconv"
	"strings"

	"github.com/slack-go/slack"
)

// item is a line of a list.
type item struct {
	blanks int // before the mark
	number int // negative for a bullet
	text   string
}

// style returns how Slack shows the item.
func (i item) style() slack.RichTextListElementType {
	if i.number >= 0 {
		return slack.RTEListOrdered
	}
	return slack.RTEListBullet
}

// parseItem reads a line that begins a list item: a bullet, or a number of at most four
// digits, and a blank.
func parseItem(line string) (item, bool) {
	rest := strings.TrimLeft(line, " ")
	i := item{blanks: len(line) - len(rest), number: -1}
	if rest == "" {
		return item{}, false
	}
	if strings.IndexByte("-*+•", rest[0]) >= 0 && len(rest) > 2 && rest[1] == ' ' && !isRule(rest) {
		i.text = strings.TrimLeft(rest[2:], " ")
		return i, i.text != ""
	}
	digits := len(rest) - len(strings.TrimLeft(rest, "0123456789"))
	if digits == 0 || digits > 4 || len(rest) < digits+3 || rest[digits] != '.' && rest[digits] != ')' || rest[digits+1] != ' ' {
		return item{}, false
	}
	i.number, _ = strconv.Atoi(rest[:digits])
	i.text = strings.TrimLeft(rest[digits+2:], " ")
	return i, i.text != ""
}

// isRule reports whether a line is made of three or more of one mark.
func isRule(line string) bool {
	marks := strings.ReplaceAll(line, " ", "")
	return len(marks) >= 3 && strings.Trim(marks, marks[:1]) == ""
}

// list takes a list with those inside it. Slack knows a list's level and not its parent: one
// with other levels is several lists below each other.
func (p *page) list(first item) {
	p.flush()
	levels := []int{first.blanks}
	var current *slack.RichTextList
	number := first.number
	for p.next < len(p.lines) {
		i, ok := parseItem(p.lines[p.next])
		if !ok {
			break
		}
		p.next++
		levels = level(levels, i.blanks)
		indent := min(len(levels)-1, maxIndent)
		number++
		if current == nil || current.Indent != indent || current.Style != i.style() || i.number >= 0 && i.number != number {
			current = slack.NewRichTextList(i.style(), indent)
			current.Offset = max(i.number-1, 0)
			p.elements = append(p.elements, current)
			number = i.number
		}
		section := joined(p.inline.elements(i.text, slack.RichTextSectionTextStyle{}))
		current.Elements = append(current.Elements, slack.NewRichTextSection(section...))
	}
}

// level returns the indentations of the lists around an item that is indented by blanks.
func level(levels []int, blanks int) []int {
	for len(levels) > 1 && blanks < levels[len(levels)-1] {
		levels = levels[:len(levels)-1]
	}
	if blanks > levels[len(levels)-1]+1 {
		levels = append(levels, blanks)
	}
	return levels
}
