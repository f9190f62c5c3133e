package approval

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"time"

	"github.com/go-errbot/errbot/backend"
)

// Command is a command that waits. It does not change while it does.
type Command struct {
	ID      string         `json:"id"` // short, for people; the desk gives it
	Rule    Rule           `json:"rule"`
	Text    string         `json:"text"`
	Alias   string         `json:"alias"`
	Meaning string         `json:"meaning"` // the caller's own: what the text meant when it was asked for
	Asker   backend.Person `json:"asker"`
	At      backend.Ref    `json:"at"`      // the message that asked for it
	Expires time.Time      `json:"expires"` // the desk sets it
}

// Message returns the message that asked for the command, as far as access rules and answers
// need it.
func (c *Command) Message() *backend.Message {
	return &backend.Message{Ref: c.At, From: c.Asker}
}

// Missing is what a command still waits for.
type Missing struct {
	Factor    bool
	Approvals int
}

// Nothing reports whether the command may run.
func (m Missing) Nothing() bool { return !m.Factor && m.Approvals <= 0 }

// waiting is a command with what has been given for it.
type waiting struct {
	Command
	FactorSum [sha256.Size]byte `json:"factor_sum"` // of what only the second factor knows
	Factor    bool              `json:"factor,omitempty"`
	Approvers []backend.Person  `json:"approvers,omitempty"`
}

func (w *waiting) missing() Missing {
	return Missing{Factor: w.Rule.Twofactor && !w.Factor, Approvals: w.Rule.Approvals - len(w.Approvers)}
}

// isFactor reports whether a sum is that of the command's second factor.
func (w *waiting) isFactor(sum [sha256.Size]byte) bool {
	return w.Rule.Twofactor && subtle.ConstantTimeCompare(w.FactorSum[:], sum[:]) == 1
}

// newID returns five letters and digits that are hard to mistake for others.
func newID() string {
	const letters = "abcdefghjkmnpqrstuvwxyz23456789"
	random := make([]byte, 5)
	_, _ = rand.Read(random) // does not fail
	for i, b := range random {
		random[i] = letters[int(b)%len(letters)]
	}
	return string(random)
}

// newFactor returns a random UUID (version 4 of RFC 9562), as second factors expect.
func newFactor() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // does not fail
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
