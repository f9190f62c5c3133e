package mattermost_test

import (
	"fmt"

	"github.com/go-errbot/errbot/backend/mattermost"
)

func ExampleNew() {
	b, err := mattermost.New(mattermost.Options{Server: "https://chat.example.com", Team: "main", Token: "the bot's token"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(b.Name(), b.Limits().MessageSize) // bot.New(cfg, b) takes it from here
	_, err = mattermost.New(mattermost.Options{Server: "chat.example.com"})
	fmt.Println(err)
	// Output:
	// mattermost 16383
	// mattermost: server: "chat.example.com" is no address such as https://chat.example.com
	// token: give a token, or login and password
}
