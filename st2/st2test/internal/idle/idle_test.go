package idle_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/st2/st2test/internal/idle"
)

func isIdle(c *idle.Counter) bool {
	select {
	case <-c.Idle():
		return true
	default:
		return false
	}
}

func TestCounter(t *testing.T) {
	var c idle.Counter
	require.True(t, isIdle(&c))
	c.Begin()
	c.Begin()
	waiting := c.Idle()
	c.End()
	require.False(t, isIdle(&c))
	c.End()
	<-waiting
	require.True(t, isIdle(&c))
}
