package bot

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-errbot/errbot/backend"
)

// outbox brings messages to the network: split to its limits, one after the other in
// each room and private conversation, and again when it did not take them.
type outbox struct {
	chat    backend.Backend
	log     *slog.Logger
	limit   int           // configured size limit; 0 for the network's own
	timeout time.Duration // how long a message is tried
	sent    func(m *backend.Message, at backend.Ref)
	lost    atomic.Int64 // messages that could not be delivered

	// turns has a key for every place that somebody is sending to, with those who
	// wait for their turn there. Who sends is a caller of send, so there are never
	// more of them than workers and plugin functions.
	mu    sync.Mutex
	turns map[backend.Place][]chan struct{}
}

// send delivers m in as many parts as it takes and returns where the first one went.
func (o *outbox) send(ctx context.Context, m *backend.Message) (backend.Ref, error) {
	return o.inTurn(ctx, m, func(ctx context.Context) (backend.Ref, error) {
		return o.inParts(ctx, m, func(part *backend.Message) (backend.Ref, error) {
			ref, err := o.chat.Send(ctx, part)
			if err == nil {
				o.sent(part, ref)
			}
			return ref, err
		})
	})
}

// inParts has send deliver m in as many parts as the network's limits ask for, and returns
// where the first one went.
func (o *outbox) inParts(ctx context.Context, m *backend.Message, send func(part *backend.Message) (backend.Ref, error)) (backend.Ref, error) {
	limit, unit := o.limits()
	parts := split(m.Body, limit, unit)
	if len(parts) == 1 {
		return o.try(ctx, func() (backend.Ref, error) { return send(m) })
	}
	var first backend.Ref
	for i, text := range parts {
		part := *m
		part.Body, part.Partial = text, true
		ref, err := o.try(ctx, func() (backend.Ref, error) { return send(&part) })
		if err != nil {
			return first, fmt.Errorf("part %d of %d: %w", i+1, len(parts), err)
		}
		if i == 0 {
			first = ref
		}
	}
	return first, nil
}

// gesture does something that is no message, again when the network did not take it.
func (o *outbox) gesture(ctx context.Context, do func() error) error {
	_, err := o.try(ctx, func() (backend.Ref, error) { return backend.Ref{}, protect(do) })
	return err
}

// sendCard delivers a card where m goes, or its text where there are no cards.
func (o *outbox) sendCard(ctx context.Context, c *backend.Card, m *backend.Message) (backend.Ref, error) {
	m.Body = c.Markdown()
	cards, ok := o.chat.(backend.CardSender)
	if !ok {
		return o.send(ctx, m)
	}
	return o.inTurn(ctx, m, func(ctx context.Context) (backend.Ref, error) {
		return o.try(ctx, func() (backend.Ref, error) { return cards.SendCard(ctx, c, m) })
	})
}

// inTurn runs deliver when it is m's turn at its place, and accounts for a failure.
func (o *outbox) inTurn(ctx context.Context, m *backend.Message, deliver func(ctx context.Context) (backend.Ref, error)) (backend.Ref, error) {
	if m.IsZero() {
		return backend.Ref{}, errors.New("send: the message names neither a room nor a person")
	}
	if _, ok := ctx.Deadline(); !ok { // a command's context has one
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, o.timeout)
		defer cancel()
	}
	place := m.Place()
	err := o.take(ctx, place)
	var ref backend.Ref
	if err == nil {
		err = protect(func() (err error) { ref, err = deliver(ctx); return err })
		o.pass(place)
	}
	if err != nil {
		o.lost.Add(1)
		o.log.Error("message not delivered", "to", m.Ref.String(), "error", err)
		return ref, fmt.Errorf("send to %s: %w", m.Ref, err)
	}
	return ref, nil
}

// try sends until the network takes it, refuses it, ctx ends, or the time for delivery is
// over.
func (o *outbox) try(ctx context.Context, send func() (backend.Ref, error)) (backend.Ref, error) {
	ref, err := send()
	var again *backend.RetryableError
	if err == nil || !errors.As(err, &again) {
		return ref, err
	}
	ctx, cancel := context.WithTimeout(ctx, o.timeout)
	defer cancel()
	delay := newBackoff(200*time.Millisecond, 30*time.Second)
	for errors.As(err, &again) {
		if sleep(ctx, max(again.After, delay.next())) != nil {
			return backend.Ref{}, fmt.Errorf("given up: %w", err)
		}
		ref, err = send()
	}
	return ref, err
}

// take waits for the caller's turn at place.
func (o *outbox) take(ctx context.Context, place backend.Place) error {
	o.mu.Lock()
	waiting, busy := o.turns[place]
	if !busy {
		o.turns[place] = nil
		o.mu.Unlock()
		return nil
	}
	turn := make(chan struct{})
	o.turns[place] = append(waiting, turn)
	o.mu.Unlock()
	select {
	case <-turn:
		return nil
	case <-ctx.Done():
		o.leave(place, turn)
		return ctx.Err()
	}
}

// leave gives up waiting.
func (o *outbox) leave(place backend.Place, turn chan struct{}) {
	o.mu.Lock()
	waiting := o.turns[place]
	i := slices.Index(waiting, turn)
	if i >= 0 {
		o.turns[place] = slices.Delete(waiting, i, i+1)
	}
	o.mu.Unlock()
	if i < 0 {
		o.pass(place) // the turn came at the same moment
	}
}

// pass ends the caller's turn at place.
func (o *outbox) pass(place backend.Place) {
	o.mu.Lock()
	defer o.mu.Unlock()
	waiting := o.turns[place]
	if len(waiting) == 0 {
		delete(o.turns, place)
		return
	}
	o.turns[place] = waiting[1:]
	close(waiting[0])
}

func (o *outbox) limits() (int, backend.Unit) {
	limits := backend.DefaultLimits
	if l, ok := o.chat.(backend.Limiter); ok {
		limits = l.Limits()
	}
	if o.limit > 0 {
		return o.limit, limits.Unit
	}
	return limits.MessageSize, limits.Unit
}
