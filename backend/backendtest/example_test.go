package backendtest_test

import (
	"context"
	"testing"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/backend/backendtest"
)

// A backend's own test starts the network, connects a second client that acts as a
// person, and hands both to the suite.
func Example() {
	_ = func(t *testing.T) { // TestContract
		backendtest.Run(t, func(t testing.TB) backendtest.Network {
			server := startServer(t)
			return backendtest.Network{
				Backend: server.bot,
				Person:  "@alice",
				Room:    "#ops",
				Unknown: "@nobody",
				Say:     server.say,
				Heard:   server.heard,
				Cut:     server.cut,
				Cannot:  []backendtest.Feature{backendtest.Echoes, backendtest.Delays},
			}
		})
	}
}

// server stands for a chat server with a bot and a person on it.
type server struct{ bot backend.Backend }

func startServer(testing.TB) *server                                   { return &server{} }
func (*server) say(room, text string)                                  {}
func (*server) heard(context.Context, string) (text string, err error) { return "", nil }
func (*server) cut()                                                   {}
