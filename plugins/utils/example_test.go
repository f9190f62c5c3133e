package utils_test

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/go-errbot/errbot/backend/text"
	"github.com/go-errbot/errbot/bot"
	"github.com/go-errbot/errbot/plugins/utils"
)

func Example() {
	chat := text.New(text.Options{In: strings.NewReader("!echo hello\n!history\n"), Out: os.Stdout})
	b, err := bot.New(bot.DefaultConfig(), chat, bot.WithPlugins(utils.New()))
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := b.Run(context.Background()); err != nil {
		fmt.Println(err)
	}
	// Output:
	// hello
	//  1:!echo hello
}
