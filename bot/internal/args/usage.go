package args

import (
	"fmt"
	"strings"
)

const (
	helpWidth  = 78 // of a line of help, as argparse has it on 80 columns
	helpColumn = 24 // where explanations begin at the latest
)

// usage is the syntax on one line, however long: it is the chat that wraps it.
func (s *syntax) usage() string {
	var parts []string
	for _, p := range s.params {
		if p.flag {
			parts = append(parts, p.usage())
		}
	}
	for _, i := range s.positionals {
		parts = append(parts, s.params[i].usage())
	}
	return strings.Join(parts, " ")
}

func (p *param) usage() string {
	text := p.placeholder()
	switch {
	case p.isSwitch():
		text = p.options()[0]
	case p.flag:
		text = p.options()[0] + " " + text
	case p.raw:
		text += " ..."
	case p.many && p.required:
		return fmt.Sprintf("%s [%s ...]", text, text)
	case p.many:
		text += " ..."
	}
	if p.required {
		return text
	}
	return "[" + text + "]"
}

// placeholder is what stands for the value in usage and help.
func (p *param) placeholder() string {
	switch {
	case p.metavar != "":
		return p.metavar
	case p.choices != nil:
		return "{" + strings.Join(p.choices, ",") + "}"
	case p.flag:
		return strings.ToUpper(strings.ReplaceAll(p.name, "-", "_"))
	}
	return p.name
}

// helpRow is one argument in the help: what is typed, and what it means.
type helpRow struct{ typed, text string }

func (p *param) helpRow() helpRow {
	if !p.flag {
		return helpRow{p.placeholder(), p.help}
	}
	options := p.options()
	if !p.isSwitch() {
		for i := range options {
			options[i] += " " + p.placeholder()
		}
	}
	return helpRow{strings.Join(options, ", "), p.help}
}

// helpText lays out the whole help like argparse.
func (s *syntax) helpText(command, description string) string {
	var positionals, options []helpRow
	for _, p := range s.params {
		if p.flag {
			options = append(options, p.helpRow())
		} else {
			positionals = append(positionals, p.helpRow())
		}
	}
	column := 0
	for _, row := range append(positionals, options...) {
		column = max(column, len(row.typed)+len("    "))
	}
	column = min(column, helpColumn)

	sections := []string{"usage: " + command + " " + s.usage()}
	for paragraph := range strings.SplitSeq(description, "\n\n") {
		if lines := wrap(paragraph, helpWidth); len(lines) > 0 {
			sections = append(sections, strings.Join(lines, "\n"))
		}
	}
	if len(positionals) > 0 {
		sections = append(sections, "positional arguments:"+layOut(positionals, column))
	}
	sections = append(sections, "options:"+layOut(options, column))
	return strings.Join(sections, "\n\n")
}

// layOut puts the explanations of rows at one column.
func layOut(rows []helpRow, column int) string {
	var b strings.Builder
	indent := "\n" + strings.Repeat(" ", column)
	for _, row := range rows {
		lines := wrap(row.text, helpWidth-column)
		b.WriteString("\n  " + row.typed)
		if room := column - len("    ") - len(row.typed); len(lines) > 0 && room >= 0 {
			b.WriteString(strings.Repeat(" ", room) + "  " + lines[0])
			lines = lines[1:]
		}
		for _, line := range lines {
			b.WriteString(indent + line)
		}
	}
	return b.String()
}

// wrap breaks text into lines of at most width characters, but never inside a word.
func wrap(text string, width int) []string {
	var lines []string
	line, length := "", 0
	for _, word := range strings.Fields(text) {
		n := len([]rune(word))
		if length > 0 && length+1+n > width {
			lines = append(lines, line)
			line, length = "", 0
		}
		if length > 0 {
			line, length = line+" ", length+1
		}
		line, length = line+word, length+n
	}
	if length > 0 {
		lines = append(lines, line)
	}
	return lines
}
