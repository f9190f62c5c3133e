package st2

import "time"

// WithoutPairs lets tests see what StackStorm is taken to match.
var WithoutPairs = withoutPairs

// Present lets tests see how a message is shown.
var Present = present

// Impatient makes p tell of trouble at once.
func Impatient(p *Plugin) *Plugin {
	p.grace = time.Millisecond
	return p
}
