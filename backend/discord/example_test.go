package discord_test

import (
	"fmt"

	"github.com/go-errbot/errbot/backend/discord"
)

func ExampleNew() {
	b, err := discord.New(discord.Options{Token: "the-bot's-token"})
	fmt.Println(b.Name(), err)

	_, err = discord.New(discord.Options{})
	fmt.Println(err)
	// Output:
	// discord <nil>
	// discord: the token is missing
}
