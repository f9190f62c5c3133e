package textcmds_test

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/go-errbot/errbot/backend/text"
	"github.com/go-errbot/errbot/bot"
	"github.com/go-errbot/errbot/plugins/textcmds"
)

func Example() {
	chat := text.New(text.Options{In: strings.NewReader("!asuser alice\n!inroom ops\n"), Out: os.Stdout})
	b, err := bot.New(bot.DefaultConfig(), chat, bot.WithPlugins(textcmds.New(chat)))
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := b.Run(context.Background()); err != nil {
		fmt.Println(err)
	}
	// Output:
	// You are now: @alice.
	// Joined Room #ops.
}
