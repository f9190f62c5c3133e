package markdown_test

import (
	"fmt"

	"github.com/go-errbot/errbot/backend/markdown"
)

func ExampleRenderer_Text() {
	r := markdown.New()
	fmt.Println(r.Text("**Hosts**, see [the docs](https://example.com):\n\n| name | load |\n|---|--:|\n| web | 0.5 |"))
	// Output:
	// Hosts, see the docs (https://example.com):
	//
	// ┏━━━━━━┳━━━━━━┓
	// ┃ name ┃ load ┃
	// ┡━━━━━━╇━━━━━━┩
	// │ web  │  0.5 │
	// └──────┴──────┘
}

func ExampleRenderer_ANSI() {
	fmt.Printf("%q\n", markdown.New().ANSI("it is **up**"))
	// Output: "it is \x1b[1mup\x1b[22m\x1b[0m"
}

func ExampleEscape() {
	fmt.Println(markdown.Escape("2 * 3 * 4"))
	// Output: 2 \* 3 \* 4
}
