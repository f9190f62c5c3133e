// Package markup writes the pieces of Markdown that the answers of the core plugins are made
// of. It turns nothing into the markup of a network: that is what the backends do.
package markup

import "strings"

// Code returns text as a code span on one line, in which nothing is markup. Of nothing it
// makes nothing.
func Code(text string) string {
	text = oneLine(text)
	if text == "" {
		return ""
	}
	fence := "`"
	for strings.Contains(text, fence) {
		fence += "`"
	}
	if len(fence) > 1 {
		// They keep a backtick at either end apart from the fence, and are not shown.
		text = " " + text + " "
	}
	return fence + text + fence
}

// Table returns a table. Cells are Markdown; each is put on one line, and a "|" does not
// end it.
func Table(head []string, rows [][]string) string {
	lines := []string{row(head), "|" + strings.Repeat("---|", len(head))}
	for _, cells := range rows {
		lines = append(lines, row(cells))
	}
	return strings.Join(lines, "\n")
}

func row(cells []string) string {
	var b strings.Builder
	b.WriteString("|")
	for _, c := range cells {
		b.WriteString(" " + strings.ReplaceAll(oneLine(c), "|", `\|`) + " |")
	}
	return b.String()
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }
