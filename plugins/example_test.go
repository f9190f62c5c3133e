package plugins_test

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/go-errbot/errbot/backend/text"
	"github.com/go-errbot/errbot/bot"
	"github.com/go-errbot/errbot/plugins"
)

func ExampleCore() {
	chat := text.New(text.Options{In: strings.NewReader("!echo ready\n!ecko ready\n"), Out: os.Stdout})
	b, err := bot.New(bot.DefaultConfig(), chat, bot.WithPlugins(plugins.Core()...))
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := b.Run(context.Background()); err != nil {
		fmt.Println(err)
	}
	// Output:
	// ready
	// Command "ecko" / "ecko ready" not found.
	//
	// Did you mean "!echo" ?
}
