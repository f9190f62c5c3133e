package aliasformat

import (
	"sync"
	"time"

	"github.com/dlclark/regexp2"
)

// MatchTimeout bounds one match of one format: formats come from users and the engine
// backtracks. A match that takes longer is an error that is no [*ParseError].
const MatchTimeout = time.Second

// clockPeriod is how exact [MatchTimeout] is, and at most what stopping the clock waits for.
const clockPeriod = 5 * time.Millisecond

// clock counts who may match. regexp2 measures its timeouts with one goroutine for the
// whole process, which lives on for a second after the last match: whoever checks for
// leaked goroutines would find it. So the last user stops it.
var clock struct {
	sync.Mutex
	users int
	runs  bool
}

// Use announces a user of this package. Its release, called once when nothing matches
// any more, waits until the last user's clock has ended.
func Use() (release func()) {
	clock.Lock()
	defer clock.Unlock()
	clock.users++
	return sync.OnceFunc(func() {
		clock.Lock()
		defer clock.Unlock()
		if clock.users--; clock.users == 0 && clock.runs {
			clock.runs = false
			regexp2.StopTimeoutClock()
		}
	})
}

// startClock is called before a match that has a timeout.
func startClock() {
	clock.Lock()
	defer clock.Unlock()
	if !clock.runs {
		clock.runs = true
		regexp2.SetTimeoutCheckPeriod(clockPeriod)
	}
}

// maxQuick is how many steps a match may take at worst to need no timeout.
const maxQuick = 5e6

// quick reports whether matching ends soon by itself. It does for a short command and a
// format that is plain text with few parameters, where it takes at worst about as many
// steps as there are ways to place the parameters. Such matches need no clock, and are
// all that most tests make; the clock cannot live in a testing/synctest bubble.
func (f *Format) quick(c Command) bool {
	if !f.plain {
		return false
	}
	ways := 1.0
	for i := range f.names {
		ways *= float64(len(c.stream)) / float64(i+1)
	}
	return ways*float64(len(c.stream)) < maxQuick
}
