package st2_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/st2/st2test"
)

// What is announced again with the same words is told again; an event that comes twice is not.
func TestSameWords(t *testing.T) {
	t.Parallel()
	inBubble(t, func(b *bubble) {
		b.start()
		for i := range 200 {
			b.srv.SetFaults(st2test.Faults{Duplicate: i % 2, Lose: i % 3 / 2})
			b.announce("again")
			if i%50 == 0 {
				b.srv.DropStreams()
			}
			b.pass(300 * time.Millisecond)
		}
		b.settle()
		require.Len(b.t, b.heard("#ops", "again"), 200)
	})
}

// The web server, the stream and the list of executions bring the same announcement, in any order.
func TestWebhookAndStream(t *testing.T) {
	t.Parallel()
	inBubble(t, func(b *bubble) {
		b.start()
		for i := range 200 {
			text := fmt.Sprintf("announcement %d", i)
			post := func() {
				body := strings.NewReader(fmt.Sprintf(`{"channel": "#ops", "message": %q, "extra": {}}`, text))
				require.Equal(b.t, http.StatusOK, b.chat.Post("/chatops/message", "application/json", body).Code)
			}
			both := []func(){post, func() { b.announce(text) }, func() { b.pass(time.Duration(i%7) * time.Second) }}
			if i%2 == 0 {
				slices.Reverse(both)
			}
			b.srv.SetFaults(st2test.Faults{Lose: i % 3 / 2, Duplicate: i % 5 / 4})
			if i%20 == 0 {
				b.srv.DropStreams()
			}
			for _, do := range both {
				do()
			}
		}
		b.settle()
		require.ElementsMatch(b.t, texts(200, "announcement %d"), b.heard("#ops", ""))
	})
}

// Thousands of announcements reach the chat in the order in which the stream brought them.
func TestThousandsInOrder(t *testing.T) {
	t.Parallel()
	const count = 5000
	inBubble(t, func(b *bubble) {
		b.start()
		for i := range count {
			b.announce(fmt.Sprintf("announcement %d", i))
		}
		b.pass(time.Second)
		require.Equal(b.t, texts(count, "announcement %d"), b.heard("#ops", ""))
	})
}
