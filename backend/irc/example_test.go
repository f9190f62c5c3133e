package irc_test

import (
	"crypto/tls"
	"fmt"

	"github.com/go-errbot/errbot/backend/irc"
)

func ExampleNew() {
	b, err := irc.New(irc.Options{
		Server:       "irc.example.com",
		Nick:         "errbot",
		TLS:          &tls.Config{},
		SASL:         "PLAIN",
		SASLPassword: "a-password",
	})
	fmt.Println(b.Name(), b.Self().Nick, err)

	_, err = irc.New(irc.Options{Nick: "not a nick"})
	fmt.Println(err)
	// Output:
	// irc errbot <nil>
	// irc: the server is missing
	// irc: "not a nick" cannot be a nick
	// irc: "not a nick_" cannot be a nick
	// irc: "not a nick" cannot be a username
}
