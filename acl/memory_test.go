package acl

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

// Dynamic plugins come and go for as long as the bot runs.
func TestMemoryIsBounded(t *testing.T) {
	var m memory
	require.Nil(t, m.get("P", "0"))
	for i := range 3 * remembered {
		met := &meeting{order: i}
		m.put("P", strconv.Itoa(i), met)
		require.Same(t, met, m.get("P", strconv.Itoa(i)))
		require.LessOrEqual(t, len(*m.meetings.Load()), remembered)
	}
}
