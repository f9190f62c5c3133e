package main

import (
	"testing"

	"github.com/go-errbot/errbot/bot/bottest"
)

func TestHello(t *testing.T) {
	chat := bottest.New(t, hello{})
	chat.As("@alice").In("#ops").Say("!hello").Expect("Hello, alice!")
}
