package st2

import (
	"strings"
	"sync"

	"github.com/go-errbot/errbot/st2/internal/wording"
)

// normalise returns a command as StackStorm is sent it.
func normalise(command string) string { return wording.Normalise(command) }

// withPrefix returns a command as it is typed after the bot's prefix.
func withPrefix(prefix, command string) string { return strings.TrimSpace(prefix + " " + command) }

// clip shortens text to at most n characters of one line, for messages and logs.
func clip(text string, n int) string { return wording.Clip(text, n) }

// mostOnce bounds what onceEach remembers; what comes after so many things is not said.
const mostOnce = 100

// onceEach remembers what has been said, so that it is said once. The zero value is ready
// and safe for concurrent use.
type onceEach struct {
	mu   sync.Mutex
	seen map[string]bool
}

// first reports whether this is the first time for key.
func (o *onceEach) first(key string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.seen[key] || len(o.seen) >= mostOnce {
		return false
	}
	if o.seen == nil {
		o.seen = map[string]bool{}
	}
	o.seen[key] = true
	return true
}
