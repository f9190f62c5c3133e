// Package wording has what messages and logs of package st2 and its parts are worded with.
package wording

import "strings"

// Clip shortens text to at most n characters of one line, for messages and logs.
func Clip(text string, n int) string {
	text = strings.Join(strings.Fields(text), " ")
	if len(text) <= n {
		return text
	}
	if runes := []rune(text); len(runes) > n {
		return string(runes[:n-1]) + "…"
	}
	return text
}

// Sentence ends text with a full stop, where nothing ends it.
func Sentence(text string) string {
	if text == "" || strings.ContainsAny(text[len(text)-1:], ".?!") {
		return text
	}
	return text + "."
}

// plainText makes of quotes and blanks that keyboards and chat networks put in the place of
// plain ones what StackStorm understands.
var plainText = strings.NewReplacer(
	"\u201c", `"`, "\u201d", `"`,
	"\u2018", "'", "\u2019", "'",
	"\u00a0", " ", "\u202f", " ",
)

// Normalise returns what somebody typed as StackStorm is sent it: without the typographic
// quotes and blanks of chat networks, and without white space around it.
func Normalise(typed string) string { return strings.TrimSpace(plainText.Replace(typed)) }
