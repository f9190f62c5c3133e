package bot

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// prefixes finds out whether a message is addressed to the bot.
type prefixes struct {
	main         string
	alt          []string // longest first; lower case when folded
	separators   []string
	fold         bool // alternate prefixes in any case
	optionalChat bool // no prefix needed in private
}

func newPrefixes(cfg *Config) *prefixes {
	p := &prefixes{
		main:         cfg.Prefix,
		separators:   cfg.AltPrefixSeparators,
		fold:         cfg.AltPrefixCaseInsensitive,
		optionalChat: cfg.PrefixOptionalOnChat,
	}
	for _, a := range cfg.AltPrefixes {
		if p.fold {
			a = strings.ToLower(a)
		}
		p.alt = append(p.alt, a)
	}
	slices.SortStableFunc(p.alt, func(a, b string) int { return len(b) - len(a) })
	return p
}

// addressed is what a message's body says to the bot.
type addressed struct {
	text     string // without prefix and the white space around it
	prefixed bool   // there was a prefix
	command  bool   // may be a command: prefixed, or private where no prefix is needed
}

// parse takes the prefix off body. In private the prefix may be optional.
func (p *prefixes) parse(body string, private bool) addressed {
	rest, prefixed := p.cutAlt(body)
	if text, ok := strings.CutPrefix(rest, p.main); ok {
		rest, prefixed = text, true
	} else if prefixed {
		// A blank between an alternate prefix and the prefix is no obstacle.
		rest = strings.TrimPrefix(strings.TrimLeftFunc(rest, unicode.IsSpace), p.main)
	}
	return addressed{
		text:     strings.TrimSpace(rest),
		prefixed: prefixed,
		command:  prefixed || private && p.optionalChat,
	}
}

// cutAlt cuts an alternate prefix and the separators after it.
func (p *prefixes) cutAlt(body string) (rest string, found bool) {
	for _, alt := range p.alt {
		rest, ok := p.cutOne(body, alt)
		if !ok {
			continue
		}
		trimmed, separated := p.cutSeparators(rest)
		if !separated && !p.boundary(alt, rest) {
			continue // "errors" does not begin with the name "err"
		}
		return trimmed, true
	}
	return body, false
}

// cutOne cuts one alternate prefix off body.
func (p *prefixes) cutOne(body, alt string) (rest string, ok bool) {
	if !p.fold {
		return strings.CutPrefix(body, alt)
	}
	// Lower case may be longer or shorter than what was typed, so go rune by rune.
	for alt != "" {
		if body == "" {
			return "", false
		}
		_, n := utf8.DecodeRuneInString(body)
		cut, ok := strings.CutPrefix(alt, strings.ToLower(body[:n]))
		if !ok {
			return "", false
		}
		alt, body = cut, body[n:]
	}
	return body, true
}

// boundary reports whether the word in which alt ends, ends there.
func (p *prefixes) boundary(alt, rest string) bool {
	if rest == "" || p.main != "" && strings.HasPrefix(rest, p.main) {
		return true
	}
	last, _ := utf8.DecodeLastRuneInString(alt)
	next, _ := utf8.DecodeRuneInString(rest)
	return !isWord(last) || !isWord(next)
}

func isWord(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) }

// cutSeparators cuts separators in any order, each at most once, with the white space
// before them.
func (p *prefixes) cutSeparators(rest string) (trimmed string, found bool) {
	left := slices.Clone(p.separators)
	for {
		text := strings.TrimLeftFunc(rest, unicode.IsSpace)
		i := slices.IndexFunc(left, func(s string) bool { return s != "" && strings.HasPrefix(text, s) })
		if i < 0 {
			return rest, found
		}
		rest, found = text[len(left[i]):], true
		left = slices.Delete(left, i, i+1)
	}
}
