package aliasformat

import (
	"fmt"
	"strings"
)

// anchors reports whether an expression says itself where it begins and ends. Like
// StackStorm it looks only at the top level, into groups without a repeat, and into
// the second of several alternatives.
func anchors(expression string) (begins, ends bool) {
	s := &scanner{text: expression}
	return s.sequence()
}

type scanner struct {
	text string
	at   int
}

type found struct{ begins, ends bool }

func (f *found) add(begins, ends bool) {
	f.begins = f.begins || begins
	f.ends = f.ends || ends
}

// sequence reads up to the end of the group it is called in, or of the text.
func (s *scanner) sequence() (begins, ends bool) {
	alternatives := []found{{}}
	for s.at < len(s.text) && s.text[s.at] != ')' {
		current := &alternatives[len(alternatives)-1]
		switch c := s.text[s.at]; c {
		case '|':
			s.at++
			alternatives = append(alternatives, found{})
		case '\\':
			next := s.text[min(s.at+1, len(s.text)-1)]
			current.add(next == 'A', next == 'Z')
			s.at += 2
		case '[':
			s.at = classEnd(s.text, s.at)
		case '(':
			current.add(s.group())
		default:
			current.add(c == '^', c == '$')
			s.at++
		}
	}
	counted := alternatives[min(1, len(alternatives)-1)]
	return counted.begins, counted.ends
}

func (s *scanner) group() (begins, ends bool) {
	rest := s.text[s.at:]
	around := strings.HasPrefix(rest, "(?=") || strings.HasPrefix(rest, "(?!") ||
		strings.HasPrefix(rest, "(?<=") || strings.HasPrefix(rest, "(?<!")
	s.at++
	begins, ends = s.sequence()
	s.at++
	repeated := s.at < len(s.text) && strings.IndexByte("*+?{", s.text[s.at]) >= 0
	if around || repeated {
		return false, false
	}
	return begins, ends
}

// classEnd returns the offset behind the character class that begins at start.
func classEnd(text string, start int) int {
	i := start + 1
	if i < len(text) && text[i] == '^' {
		i++
	}
	if i < len(text) && text[i] == ']' {
		i++
	}
	for i < len(text) && text[i] != ']' {
		if text[i] == '\\' {
			i++
		}
		i++
	}
	return min(i+1, len(text))
}

// translate turns Python's notation into regexp2's and makes the checks that Python
// makes and regexp2 does not. It returns the names of the groups in order.
func translate(expression string) (translated string, names []string, err error) {
	var b strings.Builder
	groups := map[string]int{}
	count := 0
	for i := 0; i < len(expression); {
		rest := expression[i:]
		switch {
		case strings.HasPrefix(rest, `\Z`):
			b.WriteString(`\z`)
			i += 2
		case rest[0] == '\\':
			n := min(2, len(rest))
			b.WriteString(rest[:n])
			i += n
		case rest[0] == '[':
			end := classEnd(expression, i)
			b.WriteString(expression[i:end])
			i = end
		case strings.HasPrefix(rest, "(?P="):
			name, _, _ := strings.Cut(rest[4:], ")")
			b.WriteString(`\k<` + name + `>`)
			i += 4 + len(name) + 1
		case strings.HasPrefix(rest, "(?P<"):
			name, _, closed := strings.Cut(rest[4:], ">")
			count++
			if !closed || !isIdentifier(name) {
				return "", nil, fmt.Errorf("bad character in group name '%s' at position %d", name, i+4)
			}
			if first, known := groups[name]; known {
				return "", nil, fmt.Errorf("redefinition of group name '%s' as group %d; was group %d at position %d", name, count, first, i+4)
			}
			groups[name] = count
			names = append(names, name)
			b.WriteString("(?<" + name + ">")
			i += 4 + len(name) + 1
		case isGlobalFlags(rest) && i > 0:
			return "", nil, fmt.Errorf("global flags not at the start of the expression at position %d", i)
		default:
			if rest[0] == '(' && !strings.HasPrefix(rest, "(?") {
				count++
			}
			b.WriteByte(rest[0])
			i++
		}
	}
	return b.String(), names, nil
}

// isGlobalFlags tells (?i), which counts for the whole expression, from (?i:...).
func isGlobalFlags(s string) bool {
	if !strings.HasPrefix(s, "(?") {
		return false
	}
	flags := strings.TrimLeft(s[2:], "aiLmsux")
	return len(flags) < len(s)-2 && strings.HasPrefix(flags, ")")
}

func isIdentifier(s string) bool {
	for i, r := range s {
		letter := r == '_' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r > 127
		if !letter && (i == 0 || r < '0' || r > '9') {
			return false
		}
	}
	return s != ""
}
