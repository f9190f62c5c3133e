package xmpp_test

import (
	"fmt"

	"github.com/go-errbot/errbot/backend/xmpp"
)

func ExampleNew() {
	b, err := xmpp.New(xmpp.Options{
		Username:     "errbot@example.com",
		Password:     "a-password",
		RoomServices: []string{"rooms.example.net"},
	})
	if err != nil {
		panic(err)
	}
	fmt.Println(b.Name(), b.Self())
	// Output: xmpp errbot@example.com
}
