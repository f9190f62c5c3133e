package st2

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/st2/client"
	"github.com/go-errbot/errbot/st2/doctor"
	"github.com/go-errbot/errbot/st2/internal/ledger"
)

// doubtLimit is the longest pause between two looks at what is about to be announced.
const doubtLimit = time.Second

// contentKey stands for what an announcement says, and to whom.
func contentKey(a client.Announcement) ledger.Key {
	return ledger.KeyOf(a.Channel, a.User, strconv.FormatBool(a.Whisper), a.Message, canonical(a.Extra), canonical(a.Context))
}

// canonical writes JSON in one way; what is empty is nothing.
func canonical(data json.RawMessage) string {
	var value any
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	if len(data) == 0 || decoder.Decode(&value) != nil {
		return string(data)
	}
	text, err := json.Marshal(value)
	if err != nil || string(text) == "{}" || string(text) == "null" {
		return ""
	}
	return string(text)
}

// announce takes what was posted to the web server; an announcement of the stream with the
// same content is the same one. It waits for room until ctx ends.
func (l *life) announce(ctx context.Context, a client.Announcement) error {
	if doctor.IsProbe(a) {
		return nil
	}
	d, err := l.newDelivery(a)
	if err != nil {
		return err
	}
	return l.inTurn(ctx, func() error {
		entry, verdict := l.ledger.Message(d.key)
		if verdict != ledger.Post {
			return nil
		}
		d.entry, d.posted = entry, true
		return l.queue(ctx, d)
	})
}

// acceptEvent takes an announcement of the stream.
func (l *life) acceptEvent(ctx context.Context, a client.Announcement) error {
	if doctor.IsProbe(a) {
		return nil
	}
	d, err := l.newDelivery(a)
	if err != nil {
		return err
	}
	l.recovery.awaitMissed(ctx)
	return l.inTurn(ctx, func() error {
		entry, verdict := l.ledger.Event(d.key)
		if verdict == ledger.Known {
			signal(l.recovery.wake) // to be sure that it was not another one
			return nil
		}
		if verdict == ledger.Doubt {
			if l.recovery.blind.Load() {
				entry = l.ledger.Add(d.key)
			} else {
				d.doubt = l.recovery.register(d.key)
			}
		}
		d.entry = entry
		return l.queue(ctx, d)
	})
}

// acceptListed takes an announcement from the list of executions; command is the execution
// whose result it is, "" when that is not known.
func (l *life) acceptListed(ctx context.Context, a client.Announcement, e *client.Execution, command string) error {
	d, err := l.newDelivery(a)
	if err != nil { // nothing to show, or nobody to show it to
		return l.ledger.Baseline(ctx, []ledger.Entry{{ID: e.ID, Start: e.Start}})
	}
	return l.inTurn(ctx, func() error {
		entry, verdict := l.ledger.Listed(d.key, e.ID, e.Start)
		if verdict != ledger.Post || l.recovery.settle(entry) {
			return nil
		}
		d.entry, d.command = entry, command
		return l.queue(ctx, d)
	})
}

// inTurn lets one after the other decide about and queue announcements, so that those of one
// place stay in order, whoever brings them.
func (l *life) inTurn(ctx context.Context, do func() error) error {
	select {
	case l.turn <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-l.turn }()
	return do()
}

func (l *life) newDelivery(a client.Announcement) (*delivery, error) {
	d := &delivery{Announcement: a, body: present(a)}
	d.key = contentKey(a)
	switch {
	case d.body == "":
		return nil, errNothing
	case len(d.addresses()) == 0:
		return nil, errNowhere
	}
	return d, nil
}

// queue puts d on the lane of its first address.
func (l *life) queue(ctx context.Context, d *delivery) error {
	if d.doubt == nil {
		d.answers, d.after = l.expected.arrived(d.Channel, d.User)
	}
	err := l.lanes.put(ctx, d.addresses()[0], d)
	if err != nil {
		l.done(d)
	}
	return err
}

// isNew finds out whether d, whose content has been delivered before, is another announcement
// with that content.
func (l *life) isNew(ctx context.Context, d *delivery) bool {
	v := l.recovery
	conclusive := d.doubt.judged.Load()
	for delay := l.pace.doubt; !conclusive && len(d.doubt.entry) == 0; delay = min(2*delay, doubtLimit) {
		out := v.now(ctx, time.Time{})
		conclusive = out.settles(d.key)
		if v.blind.Load() || !conclusive && (delay == doubtLimit || !pause(ctx, delay)) {
			break
		}
	}
	d.entry = v.withdraw(d.doubt)
	if d.entry == nil && ctx.Err() == nil && (v.blind.Load() || conclusive && !l.ledger.Explained(d.key)) {
		d.entry = l.ledger.Add(d.key) // the list is no judge: it does not show what the stream brings
	}
	return d.entry != nil
}

// register notes that the next execution with a content settles a doubt.
func (v *recovery) register(k ledger.Key) *doubt {
	d := &doubt{key: k, entry: make(chan *ledger.Entry, 1)}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.doubts[k] = append(v.doubts[k], d)
	signal(v.wake)
	return d
}

// settle hands an entry to the oldest doubt about its content. It reports false when there
// is none.
func (v *recovery) settle(e *ledger.Entry) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	waiting := v.doubts[e.Key]
	if len(waiting) == 0 {
		return false
	}
	v.life.ledger.Matched(e)
	waiting[0].entry <- e
	v.removeLocked(waiting[0])
	return true
}

// withdraw ends a doubt and returns the entry it was given, if it was.
func (v *recovery) withdraw(d *doubt) *ledger.Entry {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.removeLocked(d)
	select {
	case e := <-d.entry:
		return e
	default:
		return nil
	}
}

func (v *recovery) removeLocked(d *doubt) {
	left := slices.DeleteFunc(v.doubts[d.key], func(other *doubt) bool { return other == d })
	v.doubts[d.key] = left
	if len(left) == 0 {
		delete(v.doubts, d.key)
	}
}

// whose finds the command that d answers, and reports whether d is to be delivered: not so
// when the bot has told that command's result by itself.
func (l *life) whose(ctx context.Context, d *delivery) bool {
	if d.own != nil {
		d.to = &d.own.To
		return true
	}
	actual := l.tracker.get(d.command)
	if actual == nil && d.command == "" {
		guess, certain := l.tracker.guess(d.Channel, d.User, d.Message)
		if !certain && !l.recovery.blind.Load() {
			actual = l.trace(ctx, d.entry)
		}
		actual = cmp.Or(actual, guess)
	}
	if actual == nil {
		return true
	}
	l.ledger.SetAnswers(d.entry, actual.ID)
	l.tracker.certain(nil, actual)
	if l.tracker.isSpent(actual) {
		return false
	}
	d.answered, d.to = actual, &actual.To
	return true
}

// trace asks StackStorm which command an announcement of the stream answers. It returns nil
// when that is none of the bot's, or cannot be found out soon.
func (l *life) trace(ctx context.Context, e *ledger.Entry) *command {
	for delay := l.pace.doubt; delay < doubtLimit; delay *= 2 {
		out := l.recovery.now(ctx, time.Time{})
		if id := l.ledger.Execution(e); id != "" {
			return l.tracker.get(l.recovery.commandOf(id))
		}
		if out.err != nil || !out.announcing[e.Key] || !pause(ctx, delay) {
			return nil
		}
	}
	return nil
}

// recordDelivery notes that d is in the chat. It does so also while the bot is being stopped.
func (l *life) recordDelivery(ctx context.Context, d *delivery) {
	ctx = context.WithoutCancel(ctx)
	var err error
	if d.own != nil {
		err = l.tracker.spend(ctx, d.own)
	} else {
		err = l.ledger.Deliver(ctx, d.entry)
	}
	if err != nil {
		l.log.Error("what was delivered may be delivered again after a restart", "error", err)
	}
	if d.answered != nil && (d.posted || l.recovery.blind.Load()) {
		l.forget(ctx, d.answered) // no list of executions will confirm it
	}
}

// forget ends the tracking of a command.
func (l *life) forget(ctx context.Context, c *command) {
	if err := l.tracker.remove(ctx, c.ID); err != nil {
		l.log.Warn("a command under way could not be forgotten", "execution", c.ID, "error", err)
	}
}

// bring takes d off its lane to the chat.
func (l *life) bring(ctx context.Context, d *delivery) {
	defer l.done(d)
	if d.doubt != nil {
		if !l.isNew(ctx, d) {
			return
		}
		d.answers, d.after = l.expected.arrived(d.Channel, d.User)
	}
	d.awaitAck(ctx)
	if !l.whose(ctx, d) {
		l.recordDelivery(ctx, d)
		return
	}
	l.restore(ctx, d)
	if l.sendToCommand(ctx, d) || l.deliver(ctx, d) {
		l.recordDelivery(ctx, d)
	}
}

// persist sends until the network takes it or refuses it, or ctx ends: what may pass is not
// worth losing a result for.
func (l *life) persist(ctx context.Context, send func(ctx context.Context) error) error {
	for delay := resolveFirst; ; delay = min(2*delay, resolveLongest) {
		err := send(ctx)
		var again *backend.RetryableError
		if !errors.As(err, &again) && !errors.Is(err, context.DeadlineExceeded) || !pause(ctx, delay) {
			return err
		}
	}
}

// sendToCommand sends d where its command was asked, with its thread. It reports false when
// that is not known or not to be had.
func (l *life) sendToCommand(ctx context.Context, d *delivery) (delivered bool) {
	if d.to == nil || d.Whisper {
		return false
	}
	err := l.show(ctx, *d.to, d.Announcement)
	if err != nil {
		l.log.Warn("a result cannot go where it was asked for", "to", d.to.String(), "error", err)
	}
	return err == nil
}
