package args_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/bot/internal/args"
)

func TestEveryMistakeInTagsIsReported(t *testing.T) {
	type inner struct {
		Bad chan int `flag:"bad"`
	}
	_, err := args.New[struct {
		inner
		Both     string   `arg:"both" flag:"both"`
		Long     string   `flag:"long" short:"lo"`
		Short    string   `short:"s"`
		Spaced   string   `arg:"a b"`
		Help     bool     `flag:"help"`
		H        bool     `flag:"hush" short:"h"`
		Number   int      `flag:"number" default:"x"`
		Color    string   `flag:"color" choices:"red,green" default:"blue"`
		Size     int      `flag:"size" choices:"1,big"`
		Must     string   `flag:"must" required:"true" default:"x"`
		Perhaps  string   `flag:"perhaps" optional:"true"`
		Maybe    string   `flag:"maybe" required:"sometimes"`
		Need     string   `arg:"need" required:"true"`
		Option   string   `arg:"option,rest"`
		RawInt   int      `arg:"n,raw"`
		hidden   string   `flag:"hidden"` //nolint:unused // a mistake on purpose
		Pointer  *string  `arg:"pointer"`
		Nested   [][]byte `arg:"nested"`
		Choosy   string   `arg:"choosy,raw" choices:"a"`
		Twice    string   `flag:"number"`
		Dash     string   `flag:"-x"`
		Embedded inner    `arg:"embedded"`
	}]()
	require.Error(t, err)
	for _, want := range []string{
		"field Bad: the type chan int cannot be read from a word",
		"field Both: is both arg and flag",
		"field Long: short is not one letter or digit",
		"field Short: short is for flags",
		"field Spaced: the name 'a b' is not made of letters, digits, - and _",
		"the flag --help is taken",
		"the flag -h is taken",
		"field Number: default or choice: argument --number: invalid int value: 'x'",
		"field Color: default or choice: argument --color: invalid choice: 'blue' (choose from 'red', 'green')",
		"field Size: default or choice: argument --size: invalid int value: 'big'",
		"field Must: a required flag has no use for a default",
		"field Perhaps: positionals have optional, flags have required: remove optional",
		"field Maybe: required is neither true nor false",
		"field Need: positionals have optional, flags have required: remove required",
		`field Option: unknown option "rest" in the arg tag, only raw is known`,
		"field RawInt: raw is for positional strings",
		"field hidden: has tags but is not exported",
		"field Pointer: the type *string cannot be read from a word",
		"field Nested: the type [][]uint8 cannot be read from a word",
		"field Choosy: raw text has no choices",
		"the flag --number is taken",
		"field Dash: the name '-x' is not made of letters, digits, - and _",
		"field Embedded: the type args_test.inner cannot be read from a word",
	} {
		require.ErrorContains(t, err, want)
	}
}

func TestPositionalsThatCannotBeFilled(t *testing.T) {
	_, err := args.New[struct {
		First  []string
		Second string
	}]()
	require.ErrorContains(t, err, "first takes all that is left: nothing remains for second")

	_, err = args.New[struct {
		First  string `default:"x"`
		Second string
	}]()
	require.ErrorContains(t, err, "second is required but follows first, which is optional")

	_, err = args.New[struct {
		First  string
		Second string `arg:"first"`
	}]()
	require.ErrorContains(t, err, "two positionals are called first")
}

func TestOnlyStructsHaveArguments(t *testing.T) {
	_, err := args.New[string]()
	require.EqualError(t, err, "arguments of string: string is not a struct")
	_, err = args.New[any]()
	require.ErrorContains(t, err, "is not a struct")
	_, err = args.New[*struct{}]()
	require.ErrorContains(t, err, "is not a struct")
}
