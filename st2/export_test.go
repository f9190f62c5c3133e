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

// AskFor makes p wait for the answers to an inquiry for at most d.
func AskFor(p *Plugin, d time.Duration) *Plugin {
	p.askTime = d
	return p
}

// Whole lets tests see which id is meant.
var Whole = whole

// Took lets tests see how a duration is shown.
var Took = took
