package markdown_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/backend/markdown"
)

type vector struct {
	Name string  `json:"name"`
	Body string  `json:"body"`
	Text string  `json:"text"`
	ANSI *string `json:"ansi"` // nil: as text
}

func vectors(t testing.TB) []vector {
	data, err := os.ReadFile("testdata/vectors.json")
	require.NoError(t, err)
	var all []vector
	require.NoError(t, json.Unmarshal(data, &all))
	return all
}

func TestVectors(t *testing.T) {
	r := markdown.New()
	for _, v := range vectors(t) {
		t.Run(v.Name, func(t *testing.T) {
			require.Equal(t, v.Text, r.Text(v.Body))
			ansi := v.Text
			if v.ANSI != nil {
				ansi = *v.ANSI
			}
			require.Equal(t, ansi, r.ANSI(v.Body))
		})
	}
}

func TestGolden(t *testing.T) {
	sources, err := filepath.Glob("testdata/golden/*.md")
	require.NoError(t, err)
	require.NotEmpty(t, sources)
	r := markdown.New()
	for _, source := range sources {
		body, err := os.ReadFile(source)
		require.NoError(t, err)
		base := strings.TrimSuffix(source, ".md")
		golden(t, base+".text", r.Text(string(body)))
		golden(t, base+".ansi", r.ANSI(string(body)))
	}
}

// golden compares got with a file; with UPDATE_GOLDEN set it writes the file.
func golden(t *testing.T, file, got string) {
	t.Helper()
	if os.Getenv("UPDATE_GOLDEN") != "" {
		require.NoError(t, os.WriteFile(file, []byte(got+"\n"), 0o644))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, string(want), got+"\n", file)
}

func TestEscapeRoundTrip(t *testing.T) {
	r := markdown.New()
	for _, v := range vectors(t) {
		text := typed(v.Body)
		require.Equal(t, text, r.Text(markdown.Escape(text)), v.Name)
	}
	const errbot310 = "#not a title\n*not italic*\n_nor this_ [no](link) `code`\n- item\n1. one\n> quote\n&lt; a|b\n-|-\n~~~"
	require.Equal(t, errbot310, r.Text(markdown.Escape(errbot310)))
	long := strings.Repeat("| *a* _b_ `c` |\n", 1000) + "end"
	require.Equal(t, long, r.Text(markdown.Escape(long)))
	require.Equal(t, "hello", markdown.Escape("hello"))
}

// typed is text without what every message loses: control characters, and white space
// behind lines and around the whole.
func typed(text string) string {
	lines := strings.Split(markdown.Clean(text), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " \t")
	}
	return strings.Trim(strings.Join(lines, "\n"), "\n")
}

func TestClean(t *testing.T) {
	for text, want := range map[string]string{
		"plain\ttext\n":                   "plain\ttext\n",
		"Grüße, 世界 👋":                     "Grüße, 世界 👋",
		"\x1b[1;31mred\x1b[0m":            "red",
		"\x1b[?25l\x1b[2Jx":               "x",
		"\x1b]0;title\x07":                "]0;title",
		"\x1b[" + strings.Repeat("1", 50): "[" + strings.Repeat("1", 50),
		"a\r\nb\rc":                       "a\nb\nc",
		"a\x00b\x7fc\u009bd":              "abcd",
		"\xff":                            "\uFFFD",
	} {
		require.Equal(t, want, markdown.Clean(text), "%q", text)
	}
}

func TestConcurrentUse(t *testing.T) {
	r := markdown.New()
	want := markdown.New().ANSI("- **a** `b`")
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 50 {
				if got := r.ANSI("- **a** `b`"); got != want {
					t.Errorf("got %q, want %q", got, want)
				}
			}
		})
	}
	wg.Wait()
}

// A body whose nesting makes naive parsers quadratic must be done long before the
// test's own time limit, and must not grow out of proportion.
func TestPathologicalBodies(t *testing.T) {
	r := markdown.New()
	seeds := []string{
		"[", "[a](", "*", "*a _b ", "> ", "- ", "|", "`", "![[]()", "# a\n", "1. a\n2. ", "<a@", "&", "\\", "{:",
		"  - a\n", "_*", "a|b\n-|-\n1|2\n\n", "|a<br>", "~~~\n",
	}
	for _, seed := range seeds {
		for _, size := range []int{250 << 10, 1 << 20} {
			body := strings.Repeat(seed, size/len(seed))
			require.LessOrEqual(t, len(r.ANSI(body)), 64*len(body), "%q", seed)
		}
		paragraph := strings.TrimSpace(strings.Repeat(seed, 4000/len(seed))) + "\n\n"
		require.NotEmpty(t, r.Text(strings.Repeat(paragraph, 50)), "%q", seed)
	}
}

// Short bodies of everything that is markup, in every order: what a fuzzer finds late.
func TestEveryShortBody(t *testing.T) {
	r := markdown.New()
	for _, marks := range []string{">- \t\n|1", "-|\n:a`<", "1.\t\n >#", "*_[]()a", "-* \n\t`~", "|-\n\t\\`a", "{:a=}'\n"} {
		var bodies func(start string, more int)
		bodies = func(start string, more int) {
			require.NotPanics(t, func() { noControls(t, r.Text(start)) }, "%q", start)
			for i := range min(more, 1) * len(marks) {
				bodies(start+marks[i:i+1], more-1)
			}
		}
		bodies("", 5)
	}
}

func TestWideTableIsShownAsTyped(t *testing.T) {
	body := "|" + strings.Repeat("a", 3000) + "|b|\n|-|-|\n" + strings.Repeat("|1|2|\n", 1000)
	require.Equal(t, typed(body), markdown.New().Text(body))
}

func TestLongBodyIsShownAsTyped(t *testing.T) {
	body := strings.Repeat("**a** \x1b[1m\n", 40_000)
	require.Equal(t, strings.TrimSpace(strings.Repeat("**a** \n", 40_000)), markdown.New().Text(body))
}
