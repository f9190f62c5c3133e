package st2

import (
	"context"
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

// Hasty makes p wait for nothing longer than a test may.
func Hasty(p *Plugin) *Plugin {
	p.pace = pace{
		watch: 20 * time.Millisecond, young: 40 * time.Millisecond, grace: 200 * time.Millisecond, format: 5 * time.Second,
		doubt: time.Millisecond, reconnect: 2 * time.Millisecond, recover: 500 * time.Millisecond,
	}
	return p
}

// Recover makes p look once, to its end, for what was not delivered.
func Recover(ctx context.Context, p *Plugin) error {
	return p.life.Load().recovery.now(ctx, time.Time{}).err
}

// Tracked returns how many commands' results p still expects.
func Tracked(p *Plugin) int {
	t := p.life.Load().tracker
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.all)
}

// ConfirmedSecret lets tests see which second factor an event tells of.
var ConfirmedSecret = confirmedSecret
