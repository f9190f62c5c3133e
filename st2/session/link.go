package session

import "time"

// LinkState is what can be done with a link; the package documentation has the table.
type LinkState string

// The states of links.
const (
	LinkWaiting   LinkState = "waiting"
	LinkUsed      LinkState = "used"
	LinkExpired   LinkState = "expired"
	LinkBlocked   LinkState = "blocked"
	LinkWithdrawn LinkState = "withdrawn"
	LinkUnknown   LinkState = "unknown"
)

// Link is a one-time login link as it is now.
type Link struct {
	ID      string // a random UUID, for the URL: with the secret word it opens the session
	State   LinkState
	Session Session // as the link was made; zero when the link is not known
}

// link is a one-time login link. The Manager's mutex guards it.
type link struct {
	id       string
	session  Session
	word     wordHash
	state    LinkState // waiting, used or withdrawn; stateAt knows the others
	failed   int       // attempts
	underway int       // attempts, not counted as failed yet
	claimed  bool      // one of those under way had the right word
}

// stateAt returns the state; limit is how many attempts may fail.
func (l *link) stateAt(now time.Time, limit int) LinkState {
	switch {
	case l.state != LinkWaiting || l.claimed:
		return l.state
	case l.expired(now):
		return LinkExpired
	case l.failed >= limit:
		return LinkBlocked
	}
	return LinkWaiting
}

func (l *link) expired(now time.Time) bool { return !now.Before(l.session.Expires) }

// end leaves waiting for good, and forgets the word.
func (l *link) end(state LinkState) {
	l.state = state
	l.word = wordHash{}
}
