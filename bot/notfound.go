package bot

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/go-errbot/errbot/backend"
	"github.com/pmezard/go-difflib/difflib"
)

// How an unknown command is compared with the known ones.
const (
	suggestions     = 3
	similarEnough   = 0.6
	longestCompared = 64 // characters
)

// unmatched answers a message that is addressed to the bot and is no command.
func (b *Bot) unmatched(t *table, m *backend.Message, text string) {
	for _, f := range t.fallbacks {
		r := &Request{Message: m, Args: text, bot: b, entry: f.owner, typed: text}
		ctx, done, ok := b.begin(r)
		if !ok {
			continue
		}
		err := protect(func() error { return f.run(ctx, r) })
		if err != nil {
			b.refuse(r, err)
		}
		done()
		if errors.Is(err, ErrBlocked) {
			return
		}
	}
	if !b.cfg.SuppressCmdNotFound {
		b.answer(&Request{Message: m, bot: b}, b.notFound(t, m, text))
	}
}

// notFound returns the answer to an unknown command, with what may have been meant.
func (b *Bot) notFound(t *table, m *backend.Message, text string) string {
	word, rest := cutWord(text)
	second, _ := cutWord(rest)
	tried := []string{word}
	if second != "" {
		tried = append(tried, word+" "+second)
	}
	var quoted []string
	for _, name := range tried {
		quoted = append(quoted, fmt.Sprintf("%q", shorten(name)))
	}
	answer := "Command " + strings.Join(quoted, " / ") + " not found."
	if meant := b.similar(t, m, tried); len(meant) > 0 {
		answer += "\n\nDid you mean " + strings.Join(meant, " or ") + " ?"
	}
	return answer
}

// similar returns the commands that are most like what was tried, best first, quoted and
// with the prefix. It names only what the asker may run.
func (b *Bot) similar(t *table, m *backend.Message, tried []string) []string {
	type candidate struct {
		name  string
		ratio float64
	}
	var found []candidate
	for _, e := range t.regular {
		name := spokenName(e.Name)
		best := 0.0
		for _, word := range tried {
			best = max(best, similarity(word, name))
		}
		if best >= similarEnough && !e.Hidden && b.mayRun(e, m) {
			found = append(found, candidate{name, best})
		}
	}
	slices.SortFunc(found, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(b.ratio, a.ratio), cmp.Compare(a.name, b.name))
	})
	var names []string
	for _, c := range found[:min(len(found), suggestions)] {
		names = append(names, fmt.Sprintf("%q", b.cfg.Prefix+c.name))
	}
	return names
}

// similarity is the ratio of Python's difflib, which Errbot goes by.
func similarity(word, name string) float64 {
	if len(word) > longestCompared || len(name) > longestCompared {
		return 0
	}
	return difflib.NewMatcher(strings.Split(name, ""), strings.Split(word, "")).Ratio()
}

// shorten keeps an answer from repeating a whole page.
func shorten(text string) string {
	runes := []rune(text)
	if len(runes) <= longestCompared {
		return text
	}
	return string(runes[:longestCompared]) + "…"
}

// mayRun reports whether whoever said m may run e with some arguments.
func (b *Bot) mayRun(e *entry, m *backend.Message) bool {
	r := &Request{Message: m, bot: b, entry: e, typed: spokenName(e.Name)}
	q := b.query(r)
	q.ArgsUnknown = true
	return b.policy.Decide(q).Allowed
}
