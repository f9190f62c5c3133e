package aliasformat

import (
	"sync"
	"time"

	"github.com/dlclark/regexp2"
)

// clock counts who matches. regexp2 measures its timeouts with one goroutine for the
// whole process, which lives on for a second after the last match: whoever checks for
// leaked goroutines would find it. So the last user stops it.
var clock struct {
	sync.Mutex
	users int
}

// clockPeriod is how exact [MatchTimeout] is, and at most what stopping the clock waits for.
const clockPeriod = 5 * time.Millisecond

// Use announces a user of this package. Its release, called once when nothing matches
// any more, waits until the last user's clock has ended.
func Use() (release func()) {
	clock.Lock()
	defer clock.Unlock()
	if clock.users == 0 {
		regexp2.SetTimeoutCheckPeriod(clockPeriod)
	}
	clock.users++
	return sync.OnceFunc(func() {
		clock.Lock()
		defer clock.Unlock()
		if clock.users--; clock.users == 0 {
			regexp2.StopTimeoutClock()
		}
	})
}
