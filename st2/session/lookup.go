package session

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Lookup returns the credential of a user who is logged in, with the session. For a
// user who is not, the error wraps [ErrNoSession]; it is an [*EndedError] when one
// has ended and is still remembered.
func (m *Manager) Lookup(ctx context.Context, userKey string) (Credential, Session, error) {
	s, c, err := m.stored(ctx, userKey)
	if errors.Is(err, ErrNotFound) {
		return Credential{}, Session{}, m.whyNone(userKey)
	}
	if err != nil {
		return Credential{}, Session{}, fmt.Errorf("look up a session: %w", err)
	}
	if ended := overAt(time.Now(), s, c); ended != nil {
		return Credential{}, Session{}, ended
	}
	return c, s, nil
}

// stored returns what the secret store has of a user.
func (m *Manager) stored(ctx context.Context, userKey string) (Session, Credential, error) {
	data, err := m.secrets.Get(ctx, userKey)
	if err != nil {
		return Session{}, Credential{}, err
	}
	return decodeRecord(data)
}

func (m *Manager) whyNone(userKey string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if ended := m.ended.get(userKey); ended != nil {
		return ended
	}
	return ErrNoSession
}

// overAt returns why an authenticated session is over, or nil.
func overAt(now time.Time, s Session, c Credential) *EndedError {
	switch {
	case c.expired(now):
		return &EndedError{Session: s, Reason: ReasonTokenExpired}
	case !now.Before(s.Expires):
		return &EndedError{Session: s, Reason: ReasonExpired}
	}
	return nil
}

// List returns the sessions that wait or are authenticated, sorted by the users'
// names. When some cannot be read it returns the others with the error.
func (m *Manager) List(ctx context.Context) ([]Session, error) {
	sessions := m.waiting()
	now := time.Now()
	err := m.each(ctx, func(s Session, c Credential) error {
		if overAt(now, s, c) == nil {
			sessions = append(sessions, s)
		}
		return nil
	})
	slices.SortFunc(sessions, func(a, b Session) int {
		return cmp.Or(cmp.Compare(a.User.Name, b.User.Name), cmp.Compare(a.User.Key, b.User.Key),
			cmp.Compare(a.State, b.State))
	})
	if err != nil {
		return sessions, fmt.Errorf("list the sessions: %w", err)
	}
	return sessions, nil
}

func (m *Manager) waiting() []Session {
	m.mu.Lock()
	defer m.mu.Unlock()
	var sessions []Session
	now := time.Now()
	for l := range m.links.values() {
		if l.stateAt(now, m.linkAttempts) == LinkWaiting {
			sessions = append(sessions, l.session)
		}
	}
	return sessions
}

// each calls do for every session in the secret store, and returns all errors.
func (m *Manager) each(ctx context.Context, do func(Session, Credential) error) error {
	keys, err := m.secrets.Keys(ctx)
	if err != nil {
		return err
	}
	var errs []error
	for _, key := range keys {
		s, c, err := m.stored(ctx, key)
		if errors.Is(err, ErrNotFound) { // ended meanwhile
			continue
		}
		if err == nil {
			err = do(s, c)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("user %q: %w", key, err))
		}
	}
	return errors.Join(errs...)
}
