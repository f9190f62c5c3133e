package matrix

import (
	"strings"

	known "github.com/kyokomi/emoji/v2"
)

// emoji translates between names ("white_check_mark"), as the host and plugins use them, and
// the characters that reactions are on Matrix. What has no name keeps its own.
type emoji struct {
	characters map[string]string
	names      map[string][]string
}

func newEmoji() *emoji { return &emoji{known.CodeMap(), known.RevCodeMap()} }

// asPicture is behind a character that is to be shown as an emoji. Some clients leave it out.
const asPicture = "\ufe0f"

func (e *emoji) character(name string) string {
	if c, ok := e.characters[":"+name+":"]; ok {
		return c
	}
	return name
}

func (e *emoji) name(character string) string {
	for _, c := range []string{character, strings.TrimSuffix(character, asPicture)} {
		if names := e.names[c]; len(names) > 0 {
			return strings.Trim(names[0], ":")
		}
	}
	return character
}
