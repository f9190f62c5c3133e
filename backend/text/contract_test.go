package text_test

import (
	"context"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/backend/backendtest"
	"github.com/go-errbot/errbot/backend/chattest"
	"github.com/go-errbot/errbot/backend/text"
)

func TestContract(t *testing.T) { backendtest.Run(t, newNetwork) }

func TestConversation(t *testing.T) { chattest.Run(t, newNetwork(t)) }

func newNetwork(t testing.TB) backendtest.Network {
	in, typed := io.Pipe()
	t.Cleanup(func() { _ = typed.Close() })
	out := &screen{heard: map[string]chan string{"": make(chan string, 1000), "#ops": make(chan string, 1000)}}
	b := text.New(text.Options{In: in, Out: out})
	return backendtest.Network{
		Backend: b,
		Person:  "@admin",
		Room:    "#ops",
		Unknown: "nobody",
		Say: func(room, line string) {
			if out.room = room; room == "" {
				b.InPerson()
			} else {
				b.InRoom(room)
			}
			_, err := io.WriteString(typed, line+"\n")
			require.NoError(t, err)
		},
		Heard: func(ctx context.Context, room string) (string, error) {
			select {
			case message := <-out.heard[room]:
				return message, nil
			case <-ctx.Done():
				return "", ctx.Err()
			}
		},
		Cannot: []backendtest.Feature{ // a terminal has lines of text, and nothing else
			backendtest.Credentials, backendtest.Reconnects, backendtest.Gaps, backendtest.RateLimits,
			backendtest.Echoes, backendtest.Delays, backendtest.Edits, backendtest.Threads, backendtest.Mentions,
			backendtest.FilesIn, backendtest.Reactions, backendtest.Presence, backendtest.RoomChanges,
			backendtest.Invitations,
		},
	}
}

// screen sorts what is written by the place where it is said. What has no label is said
// where the person is.
type screen struct {
	room  string
	heard map[string]chan string
}

func (s *screen) Write(p []byte) (int, error) {
	message := strings.TrimSuffix(string(p), "\n")
	for label, room := range map[string]string{"[#ops]": "#ops", "[@admin]": ""} {
		if rest, ok := strings.CutPrefix(message, label); ok {
			s.heard[room] <- rest[1:]
			return len(p), nil
		}
	}
	s.heard[s.room] <- message
	return len(p), nil
}
