package st2

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/st2/client"
)

// How long an address is looked up when the network does not answer.
const (
	resolveFirst   = 200 * time.Millisecond
	resolveLongest = 2 * time.Minute
	ackLongest     = 2 * time.Minute // for how long a result waits for its acknowledgement
)

// delivery is an announcement on its way to the chat.
type delivery struct {
	client.Announcement
	body    string
	answers *expectation      // the command that waits for it; nil when none does
	after   []<-chan struct{} // closed when it may be delivered
	provenance
}

func (d *delivery) cost() int { return len(d.body) + len(d.Extra) + deliveryCost }

// addresses returns where d may go, the first choice first. What is meant for one person
// goes nowhere else.
func (d *delivery) addresses() []string {
	choices := []string{d.Channel, d.User}
	if d.Whisper {
		choices = choices[1:]
	}
	var known []string
	for _, a := range choices {
		if a != "" {
			known = append(known, a)
		}
	}
	return known
}

// listen brings the announcements of the stream until ctx ends.
func (l *life) listen(ctx context.Context) error {
	l.recovery.begin(ctx)
	options := client.StreamOptions{
		Events:  l.streamEvents(),
		OnState: l.streamState,

		MinBackoff: l.pace.reconnect,
		OnSkip:     func(error) { signal(l.recovery.wake) }, // its execution is readable
	}
	return l.client.Stream(ctx, options, func(e client.Event) error {
		if l.takeEvent(e) {
			return nil
		}
		a, err := client.DecodeAnnouncement(e)
		if err == nil {
			err = l.acceptEvent(ctx, a)
		}
		if err != nil && ctx.Err() == nil && l.said.first(err.Error()) {
			l.log.Warn("an announcement from the stream was left out; others like it are not logged", "error", err)
		}
		return nil
	})
}

// errNothing and errNowhere are why an announcement is not delivered.
var (
	errNothing = errors.New("the announcement has no message")
	errNowhere = errors.New("the announcement names neither a channel nor a user")
)

// done tells that d will not be seen to any more.
func (l *life) done(d *delivery) {
	if d.answers != nil {
		l.expected.delivered(d.answers)
	}
}

// deliver sends an announcement to the first of its addresses that the network knows. It
// reports false when it was kept from that by the end of ctx.
func (l *life) deliver(ctx context.Context, d *delivery) (seenTo bool) {
	for _, address := range d.addresses() {
		err := l.sendTo(ctx, address, d.Announcement)
		if err == nil {
			return true
		}
		if ctx.Err() != nil {
			return false
		}
		if !errors.Is(err, backend.ErrUnknown) {
			l.log.Error("an announcement was not delivered", "to", clip(address, 80), "bytes", len(d.body), "error", err)
			return true
		}
		l.log.Warn("an announcement is for somebody who is not known here", "to", clip(address, 80))
	}
	l.undeliverable(d)
	return true
}

// awaitAck lets acknowledgements come before results.
func (d *delivery) awaitAck(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, ackLongest)
	defer cancel()
	for _, acked := range d.after {
		select {
		case <-acked:
		case <-ctx.Done():
			return
		}
	}
}

// sendTo shows an announcement at an address. Where the network cannot say just now whom that means, it
// is asked again.
func (l *life) sendTo(ctx context.Context, address string, a client.Announcement) error {
	deadline := time.Now().Add(resolveLongest)
	for delay := resolveFirst; ; delay *= 2 {
		to, err := l.host.Resolve(ctx, address)
		if err == nil {
			return l.show(ctx, to, a)
		}
		if errors.Is(err, backend.ErrUnknown) || time.Now().Add(delay).After(deadline) || !pause(ctx, delay) {
			return fmt.Errorf("look up the address: %w", err)
		}
	}
}

// undeliverable tells of an announcement that nobody will see.
func (l *life) undeliverable(d *delivery) {
	text := fmt.Sprintf("An announcement of StackStorm for channel %q and user %q could not be delivered: neither is known here.",
		clip(d.Channel, 80), clip(d.User, 80))
	if d.Whisper {
		text = fmt.Sprintf("A private announcement of StackStorm for user %q could not be delivered: there is nobody of that name here.", clip(d.User, 80))
	}
	l.log.Error(text, "bytes", len(d.body))
	if l.said.first(text) {
		l.host.NotifyAdmins(text)
	}
}
