package st2

import (
	"net/http"
	"time"

	"github.com/go-errbot/errbot/st2/client"
)

// WithoutPairs lets tests see what StackStorm is taken to match.
var WithoutPairs = withoutPairs

// Present shows how a message is shown.
func Present(message string) string { return present(client.Announcement{Message: message}) }

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

// Over makes p reach StackStorm by a transport of the test's own.
func Over(p *Plugin, transport http.RoundTripper) *Plugin {
	p.transport = transport
	return p
}

// ConfirmedSecret lets tests see which second factor an event tells of.
var ConfirmedSecret = confirmedSecret
