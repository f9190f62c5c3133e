package help_test

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/go-errbot/errbot/backend/text"
	"github.com/go-errbot/errbot/bot"
	"github.com/go-errbot/errbot/plugins/help"
)

func Example() {
	chat := text.New(text.Options{In: strings.NewReader("!help apropos\n"), Out: os.Stdout})
	b, err := bot.New(bot.DefaultConfig(), chat, bot.WithPlugins(help.New()))
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := b.Run(context.Background()); err != nil {
		fmt.Println(err)
	}
	// Output:
	// !apropos - Finds commands by their names and by what help says about them.
	//
	// Usage: !apropos <term>
}
