package session

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"time"

	"github.com/go-errbot/errbot/bot/secret"
)

// Options are what a [Manager] is made from.
type Options struct {
	Secrets SecretStore   // where authenticated sessions are kept; whoever opened it closes it
	TTL     time.Duration // of a session, from the login; 0: one hour
	LinkTTL time.Duration // of a login link; 0: 15 minutes
	Limits  Limits
}

// Limits bound what people can try, and the memory that it takes. Fields that are 0
// have their defaults.
type Limits struct {
	LinkAttempts    int           // with one link; 5
	AddressAttempts int           // failed, from one address (IPv6: one /64) in one window; 20
	AddressWindow   time.Duration // 15 minutes
	Remembered      int           // links, addresses and ended sessions, each; the oldest is dropped; 4096
}

func (o Options) withDefaults() Options {
	o.TTL = cmp.Or(o.TTL, time.Hour)
	o.LinkTTL = cmp.Or(o.LinkTTL, 15*time.Minute)
	o.Limits.LinkAttempts = cmp.Or(o.Limits.LinkAttempts, 5)
	o.Limits.AddressAttempts = cmp.Or(o.Limits.AddressAttempts, 20)
	o.Limits.AddressWindow = cmp.Or(o.Limits.AddressWindow, 15*time.Minute)
	o.Limits.Remembered = cmp.Or(o.Limits.Remembered, 4096)
	return o
}

func (o Options) check() error {
	var errs []error
	if o.Secrets == nil {
		errs = append(errs, errors.New("no secret store is set"))
	}
	durations := min(o.TTL, o.LinkTTL, o.Limits.AddressWindow)
	if durations < 0 || min(o.Limits.LinkAttempts, o.Limits.AddressAttempts, o.Limits.Remembered) < 0 {
		errs = append(errs, errors.New("a duration or limit is negative"))
	}
	return errors.Join(errs...)
}

// Manager knows the sessions. It is safe for concurrent use.
type Manager struct {
	secrets      SecretStore
	ttl, linkTTL time.Duration
	linkAttempts int

	// changing serialises what changes the secret store, so that each change may
	// look before it writes. Readers do not take it.
	changing turn

	mu        sync.Mutex // never held while something waits; guards what follows
	links     *table[string, *link]
	addresses *addressLimit
	ended     *table[string, *EndedError] // by user key, the latest
}

// New returns a Manager. It does not touch the secret store.
func New(o Options) (*Manager, error) {
	if err := o.check(); err != nil {
		return nil, fmt.Errorf("sessions: %w", err)
	}
	o = o.withDefaults()
	return &Manager{
		secrets: o.Secrets, ttl: o.TTL, linkTTL: o.LinkTTL,
		linkAttempts: o.Limits.LinkAttempts,
		changing:     newTurn(),
		links:        newTable[string, *link](o.Limits.Remembered),
		addresses: &addressLimit{
			attempts: o.Limits.AddressAttempts, window: o.Limits.AddressWindow,
			seen: newTable[netip.Prefix, *addressWindow](o.Limits.Remembered),
		},
		ended: newTable[string, *EndedError](o.Limits.Remembered),
	}, nil
}

// Start makes a session that waits for its user to log in, and the link for it. A
// link the user already waits on is withdrawn; an authenticated session stays. A
// word out of bounds ([MinWord], [MaxWord]) is an error that wraps [ErrBadWord]. It
// takes some milliseconds of computing.
func (m *Manager) Start(user User, word secret.String) (Link, error) {
	if err := user.check(); err != nil {
		return Link{}, fmt.Errorf("start a session: %w", err)
	}
	hash, err := hashWord(word)
	if err != nil {
		return Link{}, fmt.Errorf("start a session: %w", err)
	}
	now := time.Now()
	l := &link{id: newID(), word: hash, state: LinkWaiting, session: Session{
		ID: newID(), User: user, State: Waiting, Started: now, Expires: now.Add(m.linkTTL),
	}}

	m.mu.Lock()
	defer m.mu.Unlock()
	m.withdraw(now, func(s Session) bool { return s.User.Key == user.Key })
	m.links.set(l.id, l)
	return Link{ID: l.id, State: l.state, Session: l.session}, nil
}

// Link returns a link as it is, without using it up. One that is not known has the
// state [LinkUnknown].
func (m *Manager) Link(id string) Link {
	m.mu.Lock()
	defer m.mu.Unlock()
	l := m.links.get(id)
	if l == nil {
		return Link{ID: id, State: LinkUnknown}
	}
	return Link{ID: id, State: l.stateAt(time.Now(), m.linkAttempts), Session: l.session}
}

// withdraw makes the links of matching sessions unusable, and returns the sessions
// that were waiting. The caller holds the mutex.
func (m *Manager) withdraw(now time.Time, match func(Session) bool) []Session {
	var waiting []Session
	for l := range m.links.values() {
		if l.state != LinkWaiting || !match(l.session) {
			continue
		}
		if l.stateAt(now, m.linkAttempts) == LinkWaiting {
			waiting = append(waiting, l.session)
		}
		l.end(LinkWithdrawn)
	}
	return waiting
}
