package matrix_test

import (
	"testing"

	"github.com/go-errbot/errbot/backend/chattest"
)

// A whole conversation with a bot, seen by a client that is not ours.
func TestSession(t *testing.T) { chattest.Run(t, newScene(t).network()) }
