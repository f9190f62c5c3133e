package args

import (
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/kballard/go-shellquote"
)

const (
	enDash = "–"
	// white is what separates words: as in Python's shlex, and no-break spaces.
	white = " \t\n\r\u00a0\u202f"
)

// typographic undoes what keyboards and word processors make of plain characters.
var typographic = strings.NewReplacer(
	"—", "--",
	"“", `"`, "”", `"`,
	"‘", "'", "’", "'",
	"\u00a0", " ", "\u202f", " ",
)

// word is one word of a line. If err is set, which happens only to the last one, the
// word could not be unquoted.
type word struct {
	text  string
	start int // where in the line it begins
	err   error
}

func splitWords(line string) []word {
	words := make([]word, 0, 8)
	for at := 0; ; {
		at += len(line[at:]) - len(strings.TrimLeft(line[at:], white))
		if at == len(line) {
			return words
		}
		end := at + wordEnd(line[at:])
		text, ok, err := unquote(plain(line[at:end]))
		if ok {
			words = append(words, word{text: text, start: at, err: err})
		}
		at = end
	}
}

// wordEnd returns the length of the word that s begins with. The words' own splitter
// does not tell where a word stood, and a raw argument has to know.
func wordEnd(s string) int {
	var quote rune
	escaped := false
	for i, r := range s {
		q := quoteOf(r)
		switch {
		case escaped:
			escaped = false
		case r == '\\' && quote != '\'':
			escaped = true
		case quote != 0:
			if q == quote {
				quote = 0
			}
		case q != 0:
			quote = q
		case strings.ContainsRune(white, r):
			return i
		}
	}
	return len(s)
}

// quoteOf returns the quote that r means, or 0.
func quoteOf(r rune) rune {
	switch r {
	case '"', '“', '”':
		return '"'
	case '\'', '‘', '’':
		return '\''
	}
	return 0
}

// plain returns a word, still quoted, as it would look on a typewriter.
func plain(s string) string {
	if strings.IndexFunc(s, func(r rune) bool { return r > unicode.MaxASCII }) < 0 {
		return s // the replacer allocates even if it finds nothing
	}
	if rest, ok := strings.CutPrefix(s, enDash); ok {
		s = dashes(rest) + rest
	}
	return typographic.Replace(s)
}

// dashes returns what an en dash before rest means.
func dashes(rest string) string {
	first, size := utf8.DecodeRuneInString(rest)
	second, _ := utf8.DecodeRuneInString(rest[size:])
	switch {
	case unicode.IsLetter(first) && unicode.IsLetter(second):
		return "--"
	case unicode.IsLetter(first) || unicode.IsDigit(first):
		return "-"
	}
	return enDash
}

// unquote removes quotes and backslashes from a single word. It reports false if nothing
// remains, not even an empty word.
func unquote(s string) (string, bool, error) {
	if !strings.ContainsAny(s, `'"\`) {
		return s, true, nil
	}
	parts, err := shellquote.Split(s)
	switch {
	case errors.Is(err, shellquote.UnterminatedEscapeError):
		return s, true, &QuoteError{Message: "No escaped character"}
	case err != nil:
		return s, true, &QuoteError{Message: "No closing quotation"}
	case len(parts) == 0: // a backslash that only continues the line
		return "", false, nil
	}
	return parts[0], true, nil
}
