package health_test

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/go-errbot/errbot/backend/text"
	"github.com/go-errbot/errbot/bot"
	"github.com/go-errbot/errbot/plugins/health"
)

func Example() {
	chat := text.New(text.Options{In: strings.NewReader("!status plugins\n"), Out: os.Stdout})
	b, err := bot.New(bot.DefaultConfig(), chat, bot.WithPlugins(health.New()))
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := b.Run(context.Background()); err != nil {
		fmt.Println(err)
	}
	// Output:
	// ┏━━━━━━━━┳━━━━━━━━┓
	// ┃ Status ┃ Name   ┃
	// ┡━━━━━━━━╇━━━━━━━━┩
	// │ A      │ Health │
	// └────────┴────────┘
	//
	// A = Activated, D = Deactivated, F = Failed
}
