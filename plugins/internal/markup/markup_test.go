package markup_test

import (
	"strings"
	"testing"

	"github.com/go-errbot/errbot/backend/markdown"
	"github.com/go-errbot/errbot/plugins/internal/markup"
	"github.com/stretchr/testify/require"
)

func TestCode(t *testing.T) {
	tests := map[string]string{
		"":                 "",
		"!help [command]":  "`!help [command]`",
		"a\n  b":           "`a b`",
		"a`b":              "`` a`b ``",
		"`":                "`` ` ``",
		"``":               "``` `` ```",
		"^(?P<x>.*)_*_y*$": "`^(?P<x>.*)_*_y*$`",
	}
	for text, want := range tests {
		require.Equal(t, want, markup.Code(text))
	}
}

func TestCodeIsShownAsItIs(t *testing.T) {
	renderer := markdown.New()
	for _, text := range []string{"@alice", "a*b*c", "<room> [topic]", "a`b", `C:\dir`, "#ops", "a|b"} {
		require.Equal(t, text, strings.Trim(renderer.Text(markup.Code(text)), "`"))
	}
}

func TestTable(t *testing.T) {
	table := markup.Table([]string{"key", "value"}, [][]string{{"nick", "`alice`"}, {"text", "a|b\nc"}, {"none", ""}})
	require.Equal(t, "| key | value |\n|---|---|\n| nick | `alice` |\n| text | a\\|b c |\n| none |  |", table)
	shown := markdown.New().Text(table)
	require.Contains(t, shown, "│ text │ a|b c │")
	require.Contains(t, shown, "│ none │       │")
}
