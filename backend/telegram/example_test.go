package telegram_test

import (
	"fmt"

	"github.com/go-errbot/errbot/backend/telegram"
)

func ExampleNew() {
	b, err := telegram.New(telegram.Options{Token: "123456:a-token", OffsetFile: "data/telegram.offset"})
	fmt.Println(b.Name(), err)

	_, err = telegram.New(telegram.Options{})
	fmt.Println(err)
	// Output:
	// telegram <nil>
	// telegram: the token must look like 123456:ABC..., as @BotFather tells it
}
