package st2_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// The plugin can be ended and started again, also while StackStorm is away.
func TestReactivation(t *testing.T) {
	t.Parallel()
	srv := newStackStorm(t)
	chat := newChat(t, srv)
	for range 3 {
		works(t, srv, chat)
		require.NoError(t, chat.Bot.Deactivate(t.Context(), "St2"))
		require.Eventually(t, func() bool { return srv.Streams() == 0 }, timeout, timeout/1000)
		chat.As("@alice").Say("!st2 greet you").ExpectContains("not found")
		require.NoError(t, chat.Bot.Activate(t.Context(), "St2"))
	}
	require.NoError(t, chat.Bot.Deactivate(t.Context(), "St2"))
	srv.Stop()
	require.NoError(t, chat.Bot.Activate(t.Context(), "St2"))
	chat.As("@alice").Say("!st2 greet you").ExpectContains("StackStorm cannot be reached")
}

// Many people at once: everybody gets their own results, after their own acknowledgement.
func TestManyPeople(t *testing.T) {
	t.Parallel()
	srv := newStackStorm(t)
	chat := newChat(t, srv)
	var people sync.WaitGroup
	for i := range 20 {
		people.Go(func() {
			person := chat.As(fmt.Sprintf("@user%d", i))
			for n := range 5 {
				person.Say(fmt.Sprintf("!st2 greet %d-%d", i, n)).
					Expect(fmt.Sprintf("Greeting %d-%d.", i, n), fmt.Sprintf("Hello %d-%d!", i, n))
			}
		})
	}
	people.Wait()
}
