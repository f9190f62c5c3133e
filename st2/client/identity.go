package client

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/go-errbot/errbot/bot/secret"
)

// How long a refused login is not repeated: directories lock accounts that try a
// wrong password too often.
const refusedHold = 30 * time.Second

// grant is the text that identifies, and how long it does.
type grant struct {
	value   secret.String
	renewAt time.Time // zero: never
	expires time.Time // zero: not known
}

// identity puts one credential on requests and renews what can be renewed. Renewals
// are single-flight: however many requests need one, one login is sent.
type identity struct {
	header string
	issue  func(context.Context) (grant, error) // nil: cannot be renewed
	log    *slog.Logger
	fault  error // why the credential cannot be used at all

	mu           sync.Mutex // never held across I/O
	current      grant
	flight       *flight
	refusal      error
	refusedUntil time.Time
}

// flight is a renewal under way. err and abandoned are set before done is closed.
type flight struct {
	done      chan struct{}
	err       error
	abandoned bool // its leader's context ended: says nothing about the credential
}

func fixedIdentity(header string, value secret.String) *identity {
	return &identity{header: header, current: grant{value: value}}
}

// value returns the text to send, renewing it first when its time has come.
func (id *identity) value(ctx context.Context) (secret.String, error) {
	if id.fault != nil {
		return "", fmt.Errorf("%w: %w", ErrCredentialRejected, id.fault)
	}
	id.mu.Lock()
	cur := id.current
	id.mu.Unlock()

	now := time.Now()
	due := cur.value == "" || !cur.renewAt.IsZero() && !now.Before(cur.renewAt)
	if id.issue == nil || !due {
		return cur.value, nil
	}
	value, err := id.renew(ctx, cur.value)
	if err != nil && ctx.Err() == nil && cur.value != "" && now.Before(cur.expires) {
		id.log.Warn("StackStorm token not renewed; the present one is used until it expires",
			"expires", cur.expires, "error", err)
		id.postpone(cur)
		return cur.value, nil
	}
	return value, err
}

// renew returns a text other than stale, which was found wanting. Callers that come
// while a renewal is under way wait for it and share its outcome.
func (id *identity) renew(ctx context.Context, stale secret.String) (secret.String, error) {
	for {
		id.mu.Lock()
		switch {
		case id.current.value != stale && id.current.value != "":
			defer id.mu.Unlock()
			return id.current.value, nil
		case id.flight != nil:
			f := id.flight
			id.mu.Unlock()
			select {
			case <-f.done:
			case <-ctx.Done():
				return "", ctx.Err()
			}
			if f.err != nil && !f.abandoned {
				return "", f.err
			}
		case time.Now().Before(id.refusedUntil):
			defer id.mu.Unlock()
			return "", id.refusal
		default:
			f := &flight{done: make(chan struct{})}
			id.flight = f
			id.mu.Unlock()
			return id.fly(ctx, f)
		}
	}
}

// fly asks for a new grant on behalf of everybody who waits for f.
func (id *identity) fly(ctx context.Context, f *flight) (secret.String, error) {
	g, err := id.issue(ctx)

	id.mu.Lock()
	defer id.mu.Unlock()
	defer close(f.done)
	id.flight = nil
	f.err, f.abandoned = err, ctx.Err() != nil
	switch {
	case err == nil:
		id.current, id.refusal, id.refusedUntil = g, nil, time.Time{}
	case isRejected(err):
		id.refusal, id.refusedUntil = err, time.Now().Add(refusedHold)
	}
	return g.value, err
}

// postpone moves the next renewal of g, which still works, to a quarter of what is
// left of its life: an auth service that is down does not slow every request.
func (id *identity) postpone(g grant) {
	id.mu.Lock()
	defer id.mu.Unlock()
	if id.current == g {
		now := time.Now()
		id.current.renewAt = now.Add(g.expires.Sub(now) / 4)
	}
}

// discard forgets a token that can be had again, so that the next request logs in.
func (id *identity) discard() {
	if id.issue == nil {
		return
	}
	id.mu.Lock()
	defer id.mu.Unlock()
	id.current = grant{}
}
