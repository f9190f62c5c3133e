package client

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// The classes of failure that callers decide on, for [errors.Is]. One error may be of
// several: a command sent while RabbitMQ is down is ErrUnavailable and ErrMaybeStarted.
var (
	// ErrUnauthorized: the request was refused with 401, and renewing the token did not help.
	ErrUnauthorized = errors.New("not authorised by StackStorm")
	// ErrCredentialRejected: the credential itself is refused or used up; another is needed.
	ErrCredentialRejected = errors.New("StackStorm rejects the credential")
	// ErrUserGone: the token is good but its user's record was removed from StackStorm.
	ErrUserGone = errors.New("the StackStorm user no longer exists")
	// ErrForbidden: the user lacks the permission (403).
	ErrForbidden = errors.New("not permitted by StackStorm")
	// ErrNotFound: StackStorm knows nothing by that name or id (404).
	ErrNotFound = errors.New("not found in StackStorm")
	// ErrNoMatch: the command matches no enabled alias.
	ErrNoMatch = errors.New("no alias matches the command")
	// ErrAmbiguous: the command matches more than one format.
	ErrAmbiguous = errors.New("more than one alias matches the command")
	// ErrNotCancelable: the execution is in a state that cannot be cancelled.
	ErrNotCancelable = errors.New("the execution cannot be cancelled")
	// ErrUnavailable: StackStorm, its message bus or what stands before it is down or
	// out of reach. The same call may work later.
	ErrUnavailable = errors.New("StackStorm is unavailable")
	// ErrMaybeStarted: the call failed, but its execution may run. Never repeat such a
	// call unasked; look for the execution instead.
	ErrMaybeStarted = errors.New("the execution may have been started")
	// ErrTooLarge: the answer exceeds the size the Client reads.
	ErrTooLarge = errors.New("the answer is too large")
)

// APIError is an answer that says no. Its class is found with [errors.Is].
type APIError struct {
	// Status is the HTTP status. It is 200 where StackStorm refuses a cancellation, or
	// where something other than StackStorm answered.
	Status int
	// Fault is StackStorm's whole fault string, for the log: it may run to kilobytes and
	// name Python internals. It is empty when the answer is not StackStorm's. Use
	// FirstLine in chat.
	Fault string
	// RequestID is the X-Request-ID under which StackStorm's logs know the request.
	RequestID string

	page string // the beginning of an answer that is not StackStorm's JSON
}

// Error gives the status, the fault's first line and the request id.
func (e *APIError) Error() string {
	text := fmt.Sprintf("%d: %s", e.Status, e.FirstLine())
	if e.RequestID != "" {
		text += " (request " + e.RequestID + ")"
	}
	return text
}

// FirstLine returns what may be shown in chat: one line of at most 300 characters,
// without key hashes, object addresses and Python's way of printing objects.
func (e *APIError) FirstLine() string {
	if text := chatSafe(e.Fault); text != "" {
		return text
	}
	status := http.StatusText(e.Status)
	if status == "" {
		status = "unknown status"
	}
	if e.foreign() {
		return status + ", and the answer is not StackStorm's own"
	}
	return status
}

// Detail returns the fault string, or the first 200 characters of an answer that is
// not StackStorm's. It is for the log, not for chat.
func (e *APIError) Detail() string {
	if e.foreign() {
		return e.page
	}
	return e.Fault
}

// foreign reports whether a proxy's or a portal's page came in place of an answer.
func (e *APIError) foreign() bool { return e.page != "" }

// Is tells the error's class to [errors.Is].
func (e *APIError) Is(target error) bool {
	switch target {
	case ErrUnauthorized:
		return e.Status == http.StatusUnauthorized
	case ErrForbidden:
		return e.Status == http.StatusForbidden
	case ErrUserGone:
		return e.userGone()
	case ErrNotFound:
		return e.Status == http.StatusNotFound && !e.foreign() && !e.userGone()
	case ErrNoMatch:
		return e.commandFault("matched no patterns")
	case ErrAmbiguous:
		return e.commandFault("matched more than 1 pattern") || e.commandFault("matched more than 1 (multi) pattern")
	case ErrNotCancelable:
		return strings.HasPrefix(e.Fault, "Action cannot be canceled.")
	case ErrUnavailable:
		return e.unavailable()
	}
	return e.isInquiryFault(target)
}

func (e *APIError) userGone() bool {
	return e.Status == http.StatusNotFound && strings.HasPrefix(e.Fault, "Unable to find the UserDB instance")
}

func (e *APIError) commandFault(end string) bool {
	return e.Status == http.StatusBadRequest &&
		strings.HasPrefix(e.Fault, "Command '") && strings.HasSuffix(e.Fault, "' "+end)
}

func (e *APIError) unavailable() bool {
	switch e.Status {
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	case http.StatusInternalServerError:
		// What the services answer while RabbitMQ is down: a connection refused, in
		// the words of the server's system.
		return e.foreign() || strings.Contains(e.Fault, "ECONNREFUSED")
	}
	return e.foreign() && (e.Status < 400 || e.Status == http.StatusNotFound)
}

// RedirectError is the answer of an address that sends elsewhere. The Client does not
// follow: the credential would go along.
type RedirectError struct {
	// Status is the HTTP status, 308 from StackStorm's nginx on plain http.
	Status int
	// To is the scheme and host of the new location, such as "https://st2.example.com".
	To string
}

// Error says what to configure instead.
func (e *RedirectError) Error() string {
	if e.To == "" {
		return fmt.Sprintf("%d: the address redirects; configure the address it redirects to", e.Status)
	}
	return fmt.Sprintf("%d: the address redirects to %s; configure that address", e.Status, e.To)
}

func isRejected(err error) bool { return errors.Is(err, ErrCredentialRejected) }

// mayHaveStarted reports whether the failure of a call that starts an execution leaves
// it open whether one was started.
func mayHaveStarted(err error) bool {
	var (
		notSent  *notSentError
		identity *identityError
		redirect *RedirectError
		api      *APIError
	)
	switch {
	case errors.As(err, &notSent), errors.As(err, &identity), errors.As(err, &redirect):
		return false
	case errors.As(err, &api):
		return api.Status < 400 || api.Status >= 500
	}
	return true
}
