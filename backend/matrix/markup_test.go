package matrix

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/id"
)

func TestRenderHTML(t *testing.T) {
	const alice = `<a href="https://matrix.to/#/@alice:example.org">@alice:example.org</a>`
	for md, want := range map[string]string{
		"plain":                           "plain",
		"a\nb":                            "a<br>\nb",
		"**b** _i_ `c`":                   "<strong>b</strong> <em>i</em> <code>c</code>",
		"<b>x</b> & y":                    "&lt;b&gt;x&lt;/b&gt; &amp; y",
		"[x](javascript:alert(1))":        `<a href="">x</a>`,
		"@alice:example.org":              alice,
		"hi @alice:example.org, go":       "hi " + alice + ", go",
		"(see @alice:example.org.)":       "(see " + alice + ".)",
		"[@alice:example.org]":            "[" + alice + "]",
		`\@alice\:example\.org`:           "@alice:example.org",
		"`@alice:example.org`":            "<code>@alice:example.org</code>",
		"me@alice:example.org":            "me@alice:example.org",
		"@alice":                          "@alice",
		"| a | b |\n|---|---|\n| 1 | 2 |": "<table>\n<thead>\n<tr>\n<th>a</th>\n<th>b</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n<td>1</td>\n<td>2</td>\n</tr>\n</tbody>\n</table>",
		"```\na  b\n```":                  "<pre><code>a  b\n</code></pre>",
	} {
		page, called := renderHTML(md)
		require.Equal(t, want, page, md)
		if strings.Contains(want, alice) {
			require.Equal(t, []id.UserID{"@alice:example.org"}, called, md)
		} else {
			require.Empty(t, called, md)
		}
	}
}

func TestPills(t *testing.T) {
	for page, want := range map[string][]id.UserID{
		"": nil,
		`<a href="https://matrix.to/#/@a:b.c">a</a> <a href="https://matrix.to/#/%40x%3Ay">x</a>`:    {"@a:b.c", "@x:y"},
		`<a href="https://matrix.to/#/@a:b.c">a</a><a href="https://matrix.to/#/@a:b.c?via=x">a</a>`: {"@a:b.c"},
		`<a href="https://matrix.to/#/#room:b.c">r</a> <a href="https://example.com/@a:b.c">x</a>`:   nil,
		`<a href="https://matrix.to/#/%zz`: nil,
	} {
		require.Equal(t, want, pills(page), page)
	}
}

func TestEmoji(t *testing.T) {
	e := newEmoji()
	for name, character := range map[string]string{"+1": "👍", "eyes": "👀", "white_check_mark": "✅", "heavy_check_mark": "✔️", "no such name": "no such name"} {
		require.Equal(t, character, e.character(name))
		require.Equal(t, name, e.name(character))
	}
	require.Equal(t, "👍", e.character("thumbsup"))
	require.Equal(t, "+1", e.name("👍️"), "some clients add that it is a picture")
}

// A user ID in a text is found whole, and never reaches beyond the text.
func FuzzUserIDAt(f *testing.F) {
	for _, seed := range []string{"@a:b", "@alice:example.org.", "@a:[::1]:8448 x", "@:", "@a:b:", "@ä:b"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		n := userIDAt([]byte(text))
		if n > 0 {
			require.True(t, isUserID(text[:n]))
			require.NotContains(t, text[:n], " ")
		}
	})
}

// Whatever is typed, HTML has no element that Markdown has not, and pills are user IDs.
func FuzzHTML(f *testing.F) {
	for _, seed := range []string{"<script>", "[a](javascript:x)", "@a:b <@a:b> [](", "**`|`**\n---|---", "> - # `"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		page, _ := renderHTML(text)
		lower := strings.ToLower(page)
		require.NotContains(t, lower, "<script")
		require.NotContains(t, lower, `"javascript:`)
		for _, user := range pills(page) {
			require.True(t, isUserID(string(user)))
		}
	})
}

func BenchmarkRenderHTML(b *testing.B) {
	text := strings.Repeat("All **hosts** of @alice:example.org are up:\n- one\n- two\n\n", 50)
	b.ReportAllocs()
	for b.Loop() {
		renderHTML(text)
	}
}
