package args_test

import (
	"fmt"
	"math/big"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/bot/internal/args"
)

func newParser[T any](t testing.TB) *args.Parser[T] {
	t.Helper()
	p, err := args.New[T]()
	require.NoError(t, err)
	return p
}

func message(t *testing.T, err error) string {
	t.Helper()
	var wrong *args.Error
	require.ErrorAs(t, err, &wrong)
	return wrong.Message
}

func TestTypographyIsUnderstood(t *testing.T) {
	type command struct {
		Verbose bool     `flag:"verbose" short:"v"`
		Name    string   `flag:"name" short:"n"`
		Words   []string `optional:"true"`
	}
	p := newParser[command](t)
	for line, want := range map[string]command{
		"—name “the name”":       {Name: "the name"},
		"–name x":                {Name: "x"},
		"–name=x –verbose":       {Name: "x", Verbose: true},
		"–v –n x":                {Name: "x", Verbose: true},
		"–n=x":                   {Name: "x"},
		"-n\u00a0x\u202fy":       {Name: "x", Words: []string{"y"}},
		"“a\u00a0b” ‘c “d’":      {Words: []string{"a b", `c "d`}},
		"–5 – a–b":               {Words: []string{"-5", "–", "a–b"}},
		"a\r\nb\tc":              {Words: []string{"a", "b", "c"}},
		"a—b":                    {Words: []string{"a--b"}},
		"a \\\n b 'it'\"'\"'s' ": {Words: []string{"a", "b", "it's"}},
		"—\u00a0-v":              {Words: []string{"-v"}},
	} {
		got, err := p.Parse("command", line)
		require.NoError(t, err, line)
		require.Equal(t, want, got, line)
	}
}

type (
	level  int
	common struct {
		Level level `flag:"level" default:"3"`
	}
	typed struct {
		common
		On        bool
		Small     int8
		Port      uint16
		Ratio     float32
		Wait      time.Duration   `flag:"wait"`
		Waits     []time.Duration `flag:"waits" default:"1s,2m"`
		Addr      netip.Addr      `flag:"addr"`
		Ignored   chan int        `arg:"-"`
		HTTPPorts []uint64
	}
)

func TestTypes(t *testing.T) {
	p := newParser[typed](t)
	require.Equal(t, "[-h] [--level LEVEL] [--wait WAIT] [--waits WAITS] [--addr ADDR] "+
		"on small port ratio http-ports [http-ports ...]", p.Syntax())

	got, err := p.Parse("command", "true -128 65535 .5 --wait=-1m --addr ::1 80 443")
	require.NoError(t, err)
	require.Equal(t, typed{
		common: common{Level: 3},
		On:     true, Small: -128, Port: 65535, Ratio: 0.5,
		Wait: -time.Minute, Waits: []time.Duration{time.Second, 2 * time.Minute},
		Addr: netip.IPv6Loopback(), HTTPPorts: []uint64{80, 443},
	}, got)

	got, err = p.Parse("command", "true 1 1 1 --waits 5s 1 --waits 6s --level -4 --on=false")
	require.Zero(t, got)
	require.Equal(t, "unrecognized arguments: --on=false", message(t, err))
}

func TestMessages(t *testing.T) {
	p := newParser[typed](t)
	_, err := p.Parse("command", "no")
	require.EqualError(t, err, "argument on: invalid bool value: 'no'\nusage: command "+p.Syntax())
	for line, want := range map[string]string{
		"true 128":              "argument small: invalid int value: '128'",
		"true 1 -1":             "argument port: invalid non-negative int value: '-1'",
		"true 1 1 x":            "argument ratio: invalid float value: 'x'",
		"--wait 5":              "argument --wait: invalid duration value: '5'",
		"--waits 5s --waits 6x": "argument --waits: invalid duration value: '6x'",
		"--level high":          "argument --level: invalid int value: 'high'",
		"--addr home":           `argument --addr: ParseAddr("home"): unable to parse IP`,
		"true " + strings.Repeat("é", 10_000): "argument small: invalid int value: '" +
			strings.Repeat("é", 482) + "...",
		strings.Repeat("x", 70_000): "the line is too long: 70000 bytes, where 65536 are allowed",
	} {
		_, err := p.Parse("command", line)
		require.Equal(t, want, message(t, err))
	}
}

func TestNearFlagIsSuggested(t *testing.T) {
	p := newParser[struct {
		Count   int      `flag:"repeat-count"`
		Verbose bool     `flag:"verbose"`
		Words   []string `optional:"true"`
	}](t)
	for line, want := range map[string]string{
		"--repaet-count 3":    "--repaet-count (did you mean --repeat-count?)",
		"--rep=3":             "--rep=3 (did you mean --repeat-count?)",
		"--v x --rep":         "--v --rep (did you mean --verbose?)",
		"-verbose":            "-verbose (did you mean --verbose?)",
		"--bad":               "--bad",
		"-z":                  "-z",
		"--hlep":              "--hlep (did you mean --help?)",
		"--" + longWord + "=": "--" + longWord + "=",
	} {
		_, err := p.Parse("command", line)
		require.Equal(t, "unrecognized arguments: "+want, message(t, err))
	}
}

var longWord = strings.Repeat("verbose", 40)

type say struct {
	Room string `arg:"room"`
	Loud bool   `flag:"loud" short:"l"`
	As   string `flag:"as"`
	Text string `arg:"text,raw"`
}

func TestRawTextIsTakenAsTyped(t *testing.T) {
	p := newParser[say](t)
	require.Equal(t, "[-h] [-l] [--as AS] room text ...", p.Syntax())
	for line, want := range map[string]say{
		`#ops any  text "as is"`:          {Room: "#ops", Text: `any  text "as is"`},
		`#ops it's — “fine” \`:            {Room: "#ops", Text: `it's — “fine” \`},
		`"#my ops" --loud --as 'me' ‘hi`:  {Room: "#my ops", Loud: true, As: "me", Text: "‘hi"},
		`#ops --bad -x --loud`:            {Room: "#ops", Text: "--bad -x --loud"},
		`#ops -- --loud`:                  {Room: "#ops", Text: "--loud"},
		`-l #ops -l a -l`:                 {Room: "#ops", Loud: true, Text: "a -l"},
		"“é” #\n  code\n\tblock\n":        {Room: "é", Text: "#\n  code\n\tblock\n"},
		"#ops -":                          {Room: "#ops", Text: "-"},
		"-- --as x":                       {Room: "--as", Text: "x"},
		"#ops " + strings.Repeat("'", 99): {Room: "#ops", Text: strings.Repeat("'", 99)},
	} {
		got, err := p.Parse("say", line)
		require.NoError(t, err, line)
		require.Equal(t, want, got, line)
	}

	var quotes *args.QuoteError
	for _, line := range []string{`"#ops hello`, `#ops --as "me`, `#ops -l"`} {
		_, err := p.Parse("say", line)
		require.ErrorAs(t, err, &quotes, line)
		require.EqualError(t, err, "No closing quotation")
	}
	_, err := p.Parse("say", "#ops --")
	require.Equal(t, "the following arguments are required: text", message(t, err))
	_, err = p.Parse("say", "#ops --help")
	require.ErrorIs(t, err, args.ErrHelp)
}

func TestOptionalRawText(t *testing.T) {
	p := newParser[struct {
		Text string `arg:"text,raw" default:"hi there"`
	}](t)
	require.Equal(t, "[-h] [text ...]", p.Syntax())
	got, err := p.Parse("say", "")
	require.NoError(t, err)
	require.Equal(t, "hi there", got.Text)
}

func TestSwitches(t *testing.T) {
	type command struct {
		Color bool `flag:"color" short:"c" default:"true"`
		Quick bool `flag:"quick" short:"q"`
		One   bool `flag:"one" short:"1"`
	}
	p := newParser[command](t)
	for line, want := range map[string]command{
		"":                        {Color: true},
		"--color=false":           {},
		"-c=false -q":             {Quick: true},
		"-qc=false":               {Quick: true},
		"-1":                      {Color: true, One: true},
		"-q1":                     {Color: true, Quick: true, One: true},
		"--quick --quick=0 -cccc": {Color: true},
	} {
		got, err := p.Parse("command", line)
		require.NoError(t, err, line)
		require.Equal(t, want, got, line)
	}
	_, err := p.Parse("command", "-5")
	require.Equal(t, "unrecognized arguments: -5", message(t, err), "a digit may be a flag here")
	_, err = p.Parse("command", "--quick=maybe")
	require.Equal(t, "argument -q/--quick: invalid bool value: 'maybe'", message(t, err))
}

func TestFlagsBetweenPositionals(t *testing.T) {
	p := newParser[deploy](t)
	got, err := p.Parse("deploy", "web -r 2 a -v b --mode=fast c")
	require.NoError(t, err)
	require.Equal(t, deploy{
		Host: "web", RepeatCount: 2, Mode: "fast", Ratio: 0.5, Verbose: true, File: []string{"a", "b", "c"},
	}, got)
}

func TestHelp(t *testing.T) {
	require.Equal(t, `usage: say [-h] [-l] [--as AS] room text ...

Says something, in a room of your choice, with all the quotes and dashes that
you may want.

As yourself.

positional arguments:
  room
  text

options:
  -h, --help  show this help message and exit
  -l, --loud
  --as AS`, newParser[say](t).Help("say", `
		Says something, in a room of your choice, with all the
		quotes and dashes that you may want.

		As yourself.
	`))
	require.Equal(t, "usage: nothing [-h]\n\noptions:\n  -h, --help  show this help message and exit",
		newParser[struct{}](t).Help("nothing", ""))
}

func TestResultsShareNothing(t *testing.T) {
	p := newParser[struct {
		Tags   []string `flag:"tag" default:"a,b"`
		Number big.Int  `flag:"number" default:"7"`
	}](t)
	first, err := p.Parse("command", "")
	require.NoError(t, err)
	second, err := p.Parse("command", "--tag x --number 8")
	require.NoError(t, err)
	third, err := p.Parse("command", "")
	require.NoError(t, err)
	third.Tags[0] = "changed"
	require.Equal(t, []string{"a", "b"}, first.Tags)
	require.Equal(t, []string{"x"}, second.Tags)
	require.Equal(t, int64(7), first.Number.Int64())
	require.Equal(t, int64(8), second.Number.Int64())
}

func TestConcurrentUse(t *testing.T) {
	p := newParser[deploy](t)
	var wg sync.WaitGroup
	for worker := range 8 {
		wg.Go(func() {
			host := fmt.Sprint("host", worker)
			for i := range 200 {
				got, err := p.Parse("deploy", fmt.Sprintf("%s -r %d --tag %s", host, i, host))
				if err != nil || got.Host != host || got.RepeatCount != i || got.Tag[0] != host {
					t.Errorf("got %+v, %v", got, err)
				}
				if _, err := p.Parse("deploy", "-r x"); err == nil {
					t.Error("a bad number was taken")
				}
			}
		})
	}
	wg.Wait()
}
