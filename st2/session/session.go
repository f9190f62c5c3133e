package session

import (
	"errors"
	"fmt"
	"time"
	"unicode/utf8"
)

// User is a chat user.
type User struct {
	Key  string // what the chat network knows the user by for good: 1 to 1024 bytes of UTF-8
	Name string // what people call the user, for lists: at most 1024 bytes
}

func (u User) check() error {
	if err := checkName(u.Key); err != nil {
		return fmt.Errorf("the user's key: %w", err)
	}
	if len(u.Name) > MaxName || !utf8.ValidString(u.Name) {
		return fmt.Errorf("the user's name: expected at most %d bytes of UTF-8", MaxName)
	}
	return nil
}

// State is how far a session has come.
type State string

// The states of sessions that have not ended.
const (
	Waiting       State = "waiting"       // for the user to log in
	Authenticated State = "authenticated" // with a credential
)

// Session is the link of a chat user to a StackStorm credential, as it may be shown:
// it holds no secret, and not the link that leads to it.
type Session struct {
	ID      string // a random UUID
	User    User
	State   State
	Account string    // the StackStorm user; empty while waiting
	Kind    Kind      // of the credential; empty while waiting
	Started time.Time // when the user asked for it, or logged in
	Expires time.Time // the end of the link, or of the session
}

// Reason is why a session ended, as a clause: "it was ended".
type Reason string

// The reasons that this package gives.
const (
	ReasonEnded        Reason = "it was ended"
	ReasonCancelled    Reason = "an administrator cancelled it"
	ReasonExpired      Reason = "it reached the end of its time"
	ReasonTokenExpired Reason = "its StackStorm token expired"
)

// EndedError is a session that a user no longer has. It wraps [ErrNoSession].
type EndedError struct {
	Session Session // as it was
	Reason  Reason
}

func (e *EndedError) Error() string { return "the session is over: " + string(e.Reason) }

// Unwrap returns [ErrNoSession].
func (e *EndedError) Unwrap() error { return ErrNoSession }

// Errors that callers decide on; those returned may wrap them.
var (
	// ErrNoSession says that the user has no session, or none of that name.
	ErrNoSession = errors.New("there is no such session")

	// ErrBadWord says that a secret word is not fit to be one; the error says why.
	ErrBadWord = errors.New("the secret word cannot be used")

	// The answers of Redeem, as the package documentation has them.
	ErrUnknown    = errors.New("the login link is not known")
	ErrUsed       = errors.New("the login link has been used")
	ErrExpired    = errors.New("the login link has expired")
	ErrWithdrawn  = errors.New("the login link was withdrawn")
	ErrWrongWord  = errors.New("the secret word is not the one the session was started with")
	ErrBusy       = errors.New("another login with this link is under way")
	ErrNotChecked = errors.New("the credentials could not be checked")
)

// TooManyAttemptsError says that no further attempt is looked at.
type TooManyAttemptsError struct {
	// After is how long this address must wait. 0 means that the link is blocked:
	// waiting does not help, a new session does.
	After time.Duration
}

func (e *TooManyAttemptsError) Error() string {
	if e.After == 0 {
		return "too many attempts with this login link"
	}
	return fmt.Sprintf("too many attempts from this address: wait %s", e.After.Round(time.Second))
}
