package telegram_test

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

func TestConversation(t *testing.T) {
	f := newFake(t)
	chattest.Run(t, f.network(t, f.newBot(t, nil)))
}
