package matrix_test

import (
	"fmt"

	"github.com/go-errbot/errbot/backend/matrix"
)

func ExampleNew() {
	b, err := matrix.New(matrix.Options{Server: "https://matrix.example.org", Token: "the bot's token"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(b.Name(), b.Limits().MessageSize) // bot.New(cfg, b) takes it from here
	_, err = matrix.New(matrix.Options{Server: "matrix.example.org"})
	fmt.Println(err)
	// Output:
	// matrix 20000
	// matrix: token: give a token, or user and password
	// server: "matrix.example.org" is no address such as https://matrix.example.org
}
