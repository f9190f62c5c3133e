package discord_test

import (
	"testing"

	"github.com/go-errbot/errbot/backend/backendtest"
	"github.com/go-errbot/errbot/backend/chattest"
)

// The session is taken up after a cut, or it is lost, and the history tells.
func TestContract(t *testing.T) {
	for name, forgetful := range map[string]bool{"sessions resume": false, "sessions are lost": true} {
		t.Run(name, func(t *testing.T) {
			backendtest.Run(t, func(t testing.TB) backendtest.Network {
				f := newFake(t)
				f.forgetful = forgetful
				return f.network(t, f.newBot(t, nil))
			})
		})
	}
}

func TestConversation(t *testing.T) {
	f := newFake(t)
	chattest.Run(t, f.network(t, f.newBot(t, nil)))
}
