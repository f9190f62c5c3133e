package hold_test

import (
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/st2/st2test/internal/hold"
)

func TestGate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var gate hold.Gate
		release, releaseAll := gate.Hold("core.noop", "requested"), gate.Hold("", "scheduled")
		require.True(t, gate.Wait("core.local", "requested", nil), "another action")
		require.True(t, gate.Wait("core.noop", "running", nil), "another state")
		passed := make(chan bool, 2)
		go func() { passed <- gate.Wait("core.noop", "requested", nil) }()
		go func() { passed <- gate.Wait("core.local", "scheduled", nil) }()
		synctest.Wait()
		require.Empty(t, passed)
		release()
		require.True(t, <-passed)
		releaseAll()
		releaseAll()
		require.True(t, <-passed)
		require.True(t, gate.Wait("core.noop", "requested", nil), "released for good")
	})
}

func TestCanceled(t *testing.T) {
	var gate hold.Gate
	defer gate.Hold("", "requested")()
	canceled := make(chan struct{})
	close(canceled)
	require.False(t, gate.Wait("core.noop", "requested", canceled))
}
