package args_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/kballard/go-shellquote"
	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/bot/internal/args"
)

func FuzzParse(f *testing.F) {
	for _, line := range []string{
		"", "web -r 3 a b", `web "a b" 'c' \ d`, "—mode “fast” –v x", "--tag=a --tag b -vq -- -x",
		"-r", `it's`, `a\`, "\u00a0x\u202fy", "-vq=false", "–é", "a\\\nb", "\xff –\xff", "-\xff -v\xff",
	} {
		f.Add(line)
	}
	plain := newParser[deploy](f)
	raw := newParser[say](f)
	f.Fuzz(func(t *testing.T, line string) {
		if _, err := plain.Parse("deploy", line); err != nil {
			requireKnown(t, err)
		}
		switch got, err := raw.Parse("say", line); {
		case err != nil:
			requireKnown(t, err)
		case !strings.HasSuffix(line, got.Text):
			t.Errorf("%q is not the end of %q", got.Text, line)
		}
	})
}

func requireKnown(t *testing.T, err error) {
	t.Helper()
	var wrong *args.Error
	var quotes *args.QuoteError
	switch {
	case errors.Is(err, args.ErrHelp):
	case errors.As(err, &wrong):
		require.NotEmpty(t, wrong.Message)
		require.True(t, strings.HasPrefix(wrong.Usage, "usage: "))
	default:
		require.ErrorAs(t, err, &quotes)
	}
}

// FuzzWords holds our finding of the words' ends against the library's own splitting of
// the whole line.
func FuzzWords(f *testing.F) {
	for _, line := range []string{
		`a 'b c' "d \" e" f\ g`, "“a b” ‘c’", "a\u00a0b '\u202f'", `''`, "\\\n", "a\\\n \\\nb", `"a\`, "—x — –", `x"\é"`,
		"\xe2\x80 \xff",
	} {
		f.Add(line)
	}
	p := newParser[struct {
		Words []string `optional:"true"`
	}](f)
	replace := strings.NewReplacer("—", "--", "“", `"`, "”", `"`, "‘", "'", "’", "'", "\u00a0", " ", "\u202f", " ")
	f.Fuzz(func(t *testing.T, line string) {
		if strings.ContainsAny(line, "\r–") || len(line) > 60<<10 {
			t.Skip("where the library does not know what we know")
		}
		want, wantErr := shellquote.Split(replace.Replace(line))
		got, err := p.Parse("words", "-- "+line)
		require.Equal(t, wantErr != nil, err != nil, "%v, %v", wantErr, err)
		if wantErr == nil {
			require.Equal(t, want, append([]string{}, got.Words...))
		}
	})
}

func BenchmarkParse(b *testing.B) {
	p := newParser[deploy](b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.Parse("deploy", "web --repeat-count=3 -v --tag blue --mode safe file"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParseQuoted(b *testing.B) {
	p := newParser[say](b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.Parse("say", `—as “the boss” "#my ops" deployed to 'production'`); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkParseHostile reads the longest line, made to cost as much as one can.
func BenchmarkParseHostile(b *testing.B) {
	p := newParser[deploy](b)
	for name, line := range map[string]string{
		"words":    strings.Repeat("a ", 32<<10),
		"unknown":  "web " + strings.Repeat("--repat-count ", 4<<10),
		"switches": "web -" + strings.Repeat("v", 65<<10-1100),
		"quotes":   "web " + strings.Repeat(`"'" `, 16<<10-1),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_, _ = p.Parse("deploy", line)
			}
		})
	}
}
