package args_test

import (
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/bot/internal/args"
)

type names struct {
	LastName  string `flag:"" json:"last_name"`
	FirstName string `flag:"" json:"first_name"`
}

type two struct {
	A string `json:"a"`
	B int    `json:"b"`
}

type repeat struct {
	Value       string `json:"value"`
	RepeatCount int    `flag:"repeat-count" default:"1" metavar:"REPEAT" json:"repeat_count"`
}

type deploy struct {
	Host        string   `arg:"host" help:"where to deploy" json:"host"`
	RepeatCount int      `flag:"repeat-count" short:"r" default:"1" metavar:"N" help:"how often; more than once only where the first attempt is known to be harmless" json:"repeat_count"`
	Mode        string   `flag:"mode" choices:"fast,safe" default:"safe" json:"mode"`
	Ratio       float64  `flag:"ratio" default:"0.5" json:"ratio"`
	Tag         []string `flag:"tag" short:"t" json:"tag"`
	Verbose     bool     `flag:"verbose" short:"v" help:"say more" json:"verbose"`
	Quick       bool     `flag:"quick" short:"q" json:"quick"`
	File        []string `arg:"file" optional:"true" help:"what to deploy" json:"file"`
}

type choose struct {
	Color string `choices:"red,green" json:"color"`
	Size  int    `choices:"1,2" json:"size"`
	Owner string `flag:"owner" required:"true" json:"owner"`
}

type many struct {
	Words []string `arg:"words" metavar:"word" json:"words"`
}

type template4 struct {
	MyVar string `arg:"my_var" json:"my_var"`
}

// answer is what a parser made of a line; of the fields after Line, one is set, and
// Usage may come with Message.
type answer struct {
	Command, Line string
	Values        map[string]any
	Message       string
	Usage         string
	Quotes        string
	Help          string
}

// commands are those that the recordings and vectors name.
var commands = map[string]func(t *testing.T, command, line string) answer{
	"names":     ask[names],
	"two":       ask[two],
	"repeat":    ask[repeat],
	"deploy":    ask[deploy],
	"choose":    ask[choose],
	"many":      ask[many],
	"template4": ask[template4],
}

func ask[T any](t *testing.T, command, line string) answer {
	t.Helper()
	p, err := args.New[T]()
	require.NoError(t, err)
	got := answer{Command: command, Line: line}
	values, err := p.Parse(command, line)
	var wrong *args.Error
	var quotes *args.QuoteError
	switch {
	case errors.Is(err, args.ErrHelp):
		got.Help = p.Help(command, command+" does it")
	case errors.As(err, &wrong):
		got.Message, got.Usage = wrong.Message, wrong.Usage
	case errors.As(err, &quotes):
		got.Quotes = quotes.Message
	default:
		require.NoError(t, err)
		text, err := json.Marshal(values)
		require.NoError(t, err)
		require.NoError(t, json.Unmarshal(text, &got.Values))
	}
	return got
}

func readAnswers(t *testing.T, file string) []answer {
	t.Helper()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	var all []answer
	require.NoError(t, json.Unmarshal(text, &all))
	require.NotEmpty(t, all)
	return all
}

// TestAnswersLikeArgparse runs what testdata/record.py recorded from Python 3.11.
func TestAnswersLikeArgparse(t *testing.T) {
	for _, want := range readAnswers(t, "testdata/argparse.json") {
		t.Run(want.Command+" "+want.Line, func(t *testing.T) {
			got := commands[want.Command](t, want.Command, want.Line)
			got.Usage = "" // not recorded; part of the help
			for name, value := range got.Values {
				if value == nil { // Go's empty slice
					got.Values[name] = []any{}
				}
			}
			got.Help, want.Help = unwrapUsage(got.Help), unwrapUsage(want.Help)
			require.Equal(t, want, got)
		})
	}
}

// unwrapUsage puts the first paragraph of a help on one line, as our usage always is.
func unwrapUsage(help string) string {
	usage, rest, _ := strings.Cut(strings.TrimSpace(help), "\n\n")
	return strings.Join(strings.Fields(usage), " ") + "\n\n" + rest
}

// TestVectors runs the facts known of Errbot's argument commands.
func TestVectors(t *testing.T) {
	for _, want := range readAnswers(t, "testdata/vectors.json") {
		t.Run(want.Command+" "+want.Line, func(t *testing.T) {
			got := commands[want.Command](t, want.Command, want.Line)
			require.Contains(t, got.Help, want.Help)
			require.Equal(t, want.Message, got.Message)
			if want.Usage != "" {
				require.Equal(t, want.Usage, got.Usage)
			}
			require.Equal(t, want.Quotes, got.Quotes)
			require.Equal(t, want.Values, got.Values)
		})
	}
}
