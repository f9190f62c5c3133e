package args_test

import (
	"errors"
	"fmt"
	"time"

	"github.com/go-errbot/errbot/bot/internal/args"
)

func Example() {
	type remind struct {
		Who   string        `arg:"who" help:"whom to remind"`
		In    time.Duration `flag:"in" short:"i" default:"10m" help:"how long to wait"`
		About string        `arg:"about,raw" help:"what it is about"`
	}
	parser, err := args.New[remind]()
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, line := range []string{
		"@alice the cake",
		"@alice —in 5m it's  “done”",
		"@alice --in soon the cake",
		"@alice",
		"--help",
	} {
		r, err := parser.Parse("remind", line)
		switch {
		case errors.Is(err, args.ErrHelp):
			fmt.Println(parser.Help("remind", "Reminds somebody of something."))
		case err != nil:
			fmt.Println(err)
		default:
			fmt.Printf("%s in %v: %s\n", r.Who, r.In, r.About)
		}
	}
	// Output:
	// @alice in 10m0s: the cake
	// @alice in 5m0s: it's  “done”
	// argument -i/--in: invalid duration value: 'soon'
	// usage: remind [-h] [-i IN] who about ...
	// the following arguments are required: about
	// usage: remind [-h] [-i IN] who about ...
	// usage: remind [-h] [-i IN] who about ...
	//
	// Reminds somebody of something.
	//
	// positional arguments:
	//   who             whom to remind
	//   about           what it is about
	//
	// options:
	//   -h, --help      show this help message and exit
	//   -i IN, --in IN  how long to wait
}
