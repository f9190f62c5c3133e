package session

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// End ends a user's sessions, the one that waits and the authenticated one, and
// returns them. A user who has none gets an error that wraps [ErrNoSession]. After
// another error the credential may still be in the secret store: try again.
func (m *Manager) End(ctx context.Context, userKey string) ([]Session, error) {
	return m.end(ctx, userKey, ReasonEnded, func(Session) bool { return true })
}

// Cancel ends the session with an id, or all of the user with a key, in an
// administrator's name. It returns what [Manager.End] does.
func (m *Manager) Cancel(ctx context.Context, userKeyOrID string) ([]Session, error) {
	sessions, err := m.List(ctx)
	i := slices.IndexFunc(sessions, func(s Session) bool { return s.ID == userKeyOrID })
	if i >= 0 {
		found := sessions[i]
		return m.end(ctx, found.User.Key, ReasonCancelled, func(s Session) bool { return s.ID == found.ID })
	}
	if err != nil {
		return nil, fmt.Errorf("cancel a session: %w", err)
	}
	return m.end(ctx, userKeyOrID, ReasonCancelled, func(Session) bool { return true })
}

// Lost ends a session, as [Manager.Lookup] returned it, whose credential StackStorm
// refused. The user will be told why. It reports whether it did: of several
// commands that fail together one gets true, and a newer session stays as it is.
func (m *Manager) Lost(ctx context.Context, s Session, why Reason) (bool, error) {
	lost, err := m.end(ctx, s.User.Key, why, func(other Session) bool { return other.ID == s.ID })
	if errors.Is(err, ErrNoSession) {
		return false, nil
	}
	return len(lost) > 0, err
}

// end ends the sessions of a user that match.
func (m *Manager) end(ctx context.Context, userKey string, why Reason, match func(Session) bool) ([]Session, error) {
	if err := m.changing.take(ctx); err != nil {
		return nil, fmt.Errorf("end a session: %w", err)
	}
	defer m.changing.pass()

	ended := m.withdrawOf(userKey, match)
	s, _, err := m.stored(ctx, userKey)
	if err == nil && match(s) {
		if err = m.drop(ctx, &EndedError{Session: s, Reason: why}); err == nil {
			ended = append(ended, s)
		}
	}
	if err != nil && !errors.Is(err, ErrNotFound) {
		return ended, fmt.Errorf("end a session: %w", err)
	}
	if len(ended) == 0 {
		return nil, ErrNoSession
	}
	return ended, nil
}

func (m *Manager) withdrawOf(userKey string, match func(Session) bool) []Session {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.withdraw(time.Now(), func(s Session) bool { return s.User.Key == userKey && match(s) })
}

// drop removes an authenticated session and remembers why. The caller has the turn.
func (m *Manager) drop(ctx context.Context, ended *EndedError) error {
	if err := m.secrets.Delete(ctx, ended.Session.User.Key); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.ended.set(ended.Session.User.Key, ended)
	return nil
}

// Sweep removes the credentials of the sessions that are over, and the hashes of
// words that nobody needs any more. Call it on a clock: expiry itself does not wait
// for it. It returns the sessions, so that their users can be told, also when others
// could not be read or removed.
func (m *Manager) Sweep(ctx context.Context) ([]*EndedError, error) {
	if err := m.changing.take(ctx); err != nil {
		return nil, fmt.Errorf("sweep the sessions: %w", err)
	}
	defer m.changing.pass()

	m.forgetWords()
	var over []*EndedError
	now := time.Now()
	err := m.each(ctx, func(s Session, c Credential) error {
		ended := overAt(now, s, c)
		if ended == nil {
			return nil
		}
		if err := m.drop(ctx, ended); err != nil {
			return err
		}
		over = append(over, ended)
		return nil
	})
	if err != nil {
		return over, fmt.Errorf("sweep the sessions: %w", err)
	}
	return over, nil
}

func (m *Manager) forgetWords() {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now()
	for l := range m.links.values() {
		switch l.stateAt(now, m.linkAttempts) {
		case LinkExpired, LinkBlocked:
			l.word = wordHash{}
		}
	}
}
