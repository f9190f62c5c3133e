package discord_test

import (
	"testing"

	"github.com/go-errbot/errbot/backend/backendtest"
	"github.com/go-errbot/errbot/backend/chattest"
)

func TestContract(t *testing.T) {
	backendtest.Run(t, func(t testing.TB) backendtest.Network {
		f := newFake(t)
		return f.network(t, f.newBot(t, nil))
	})
}

// TestContractWithoutSessions is for a Discord that has lost the session at every cut, as it
// has after some minutes.
func TestContractWithoutSessions(t *testing.T) {
	backendtest.Run(t, func(t testing.TB) backendtest.Network {
		f := newFake(t)
		f.forgetful = true
		n := f.network(t, f.newBot(t, nil))
		// Discord does not tell bots of private conversations that they do not know;
		// TestHistory is about those that they know.
		n.Cannot = append(n.Cannot, backendtest.Gaps)
		return n
	})
}

func TestConversation(t *testing.T) {
	f := newFake(t)
	chattest.Run(t, f.network(t, f.newBot(t, nil)))
}
