package session

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/go-errbot/errbot/bot/secret"
)

// Attempt is somebody's try to log in.
type Attempt struct {
	Link string        // the id from the URL
	Word secret.String // the secret word
	From netip.Addr    // where it comes from, for the limit; the zero Addr is an address too
}

// Redeem uses a link up: it logs the link's user in with the credential that validate
// returns. validate is called only when link and word are right, by one attempt at a
// time; it should end with its context, and not take longer than a person waits. Its
// error is returned wrapped, and leaves the link as it is; one that wraps
// [ErrNotChecked] says that the credential may well be good, and does not count as an
// attempt. The package documentation lists the other errors. A link that is not known
// takes as long to refuse as a wrong word.
func (m *Manager) Redeem(ctx context.Context, a Attempt, validate func(context.Context) (Credential, error)) (_ Session, err error) {
	l, word, err := m.admit(a)
	if err != nil {
		return Session{}, err
	}
	defer func() { m.settle(l, a.From, err) }()
	if err := m.claim(l, word, a.Word); err != nil {
		return Session{}, err
	}
	defer m.release(l)

	c, err := validate(ctx)
	if err != nil {
		return Session{}, fmt.Errorf("check the credentials: %w", err)
	}
	s, err := m.authenticate(ctx, l, c)
	if err != nil {
		return Session{}, fmt.Errorf("log in: %w", err)
	}
	return s, nil
}

// admit counts an attempt, and returns its link, or nil, with the link's word. The
// caller settles the attempt.
func (m *Manager) admit(a Attempt) (*link, wordHash, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now()
	if after := m.addresses.take(a.From, now); after > 0 {
		return nil, wordHash{}, &TooManyAttemptsError{After: after}
	}
	l := m.links.get(a.Link)
	if l == nil {
		return nil, wordHash{}, nil
	}
	if l.stateAt(now, m.linkAttempts) == LinkBlocked {
		return nil, wordHash{}, &TooManyAttemptsError{}
	}
	if l.failed+l.underway >= m.linkAttempts {
		m.addresses.giveBack(a.From)
		return nil, wordHash{}, ErrBusy
	}
	l.underway++
	return l, l.word, nil
}

// settle says how an attempt that was admitted ended.
func (m *Manager) settle(l *link, from netip.Addr, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	failed := err != nil && !errors.Is(err, ErrBusy) && !errors.Is(err, ErrNotChecked)
	if !failed {
		m.addresses.giveBack(from)
	}
	if l == nil {
		return
	}
	l.underway--
	if failed {
		l.failed++
	}
}

// claim takes the link for one attempt alone.
func (m *Manager) claim(l *link, word wordHash, given secret.String) error {
	fits, err := word.fits(given) // before the link is judged: its state must not show in the time
	if err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case l == nil:
		return ErrUnknown
	case l.state == LinkUsed:
		return ErrUsed
	case l.state == LinkWithdrawn:
		return ErrWithdrawn
	case l.expired(time.Now()):
		return ErrExpired
	case !fits:
		return ErrWrongWord
	case l.claimed:
		return ErrBusy
	}
	l.claimed = true
	return nil
}

func (m *Manager) release(l *link) {
	m.mu.Lock()
	defer m.mu.Unlock()
	l.claimed = false
}

// authenticate keeps the session of a claimed link with its credential.
func (m *Manager) authenticate(ctx context.Context, l *link, c Credential) (Session, error) {
	if err := m.changing.take(ctx); err != nil {
		return Session{}, err
	}
	defer m.changing.pass()

	now := time.Now()
	if err := c.check(now); err != nil {
		return Session{}, err
	}
	if m.withdrawn(l) {
		return Session{}, ErrWithdrawn
	}
	s := l.session
	s.State, s.Account, s.Kind = Authenticated, c.Account, c.Kind
	s.Started, s.Expires = now, now.Add(m.ttl)
	if c.expired(s.Expires) {
		s.Expires = c.Expires
	}
	data, err := encodeRecord(s, c)
	if err != nil {
		return Session{}, err
	}
	if err := m.secrets.Put(ctx, s.User.Key, data); err != nil {
		return Session{}, fmt.Errorf("keep the credential: %w", err)
	}

	m.mu.Lock()
	defer m.mu.Unlock()
	l.end(LinkUsed)
	return s, nil
}

func (m *Manager) withdrawn(l *link) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return l.state == LinkWithdrawn
}
