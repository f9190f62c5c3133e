package st2

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/go-errbot/errbot/st2/client"
)

// troubleGrace is for how long trouble lasts before it is told: a stream that its proxy cuts
// is back after a second.
const troubleGrace = 10 * time.Second

// errUnknown is the state of what has not been tried yet.
var errUnknown = errors.New("not known yet")

// health knows whether StackStorm can be used. It tells of trouble once when it begins and
// once when it is over. It is safe for concurrent use.
type health struct {
	log    *slog.Logger
	notify func(text string)
	grace  time.Duration

	changed chan struct{} // has an element when run should look
	doubt   chan struct{} // has one when the credentials should be checked
	known   chan struct{} // closed when both states below are known

	mu         sync.Mutex
	stream     error // nil: connected
	credential error // nil: accepted
}

func newHealth(log *slog.Logger, notify func(text string), grace time.Duration) *health {
	return &health{
		log:        log,
		notify:     notify,
		grace:      grace,
		changed:    make(chan struct{}, 1),
		doubt:      make(chan struct{}, 1),
		known:      make(chan struct{}),
		stream:     errUnknown,
		credential: errUnknown,
	}
}

// streamState takes the stream's state; see [client.StreamOptions].
func (h *health) streamState(s client.State) {
	switch s.Phase {
	case client.Connected:
		h.set(&h.stream, nil)
		if h.credentialInDoubt() {
			h.suspect() // StackStorm is back: see at once whether all is well
		}
	case client.Disconnected:
		h.set(&h.stream, s.Err)
	}
}

// setCredential takes the outcome of a check and reports whether it is another than before.
func (h *health) setCredential(err error) (changed bool) { return h.set(&h.credential, err) }

func (h *health) set(state *error, err error) (changed bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	changed = problem(*state) != problem(err)
	wasKnown := h.isKnown()
	*state = err
	if !wasKnown && h.isKnown() {
		close(h.known)
	}
	signal(h.changed)
	return changed
}

// isKnown reports whether both states have been found out. h.mu is held.
func (h *health) isKnown() bool {
	return !errors.Is(h.stream, errUnknown) && !errors.Is(h.credential, errUnknown)
}

func (h *health) credentialInDoubt() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.credential != nil && !errors.Is(h.credential, errUnknown)
}

// suspect asks for a check of the credentials.
func (h *health) suspect() { signal(h.doubt) }

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// waitKnown waits until both states have been found out, at most for patience.
func (h *health) waitKnown(ctx context.Context, patience time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	select {
	case <-h.known:
	case <-ctx.Done():
	}
}

// ready returns why StackStorm cannot be used, nil when it can.
func (h *health) ready() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, err := range []error{h.credential, h.stream} {
		if text := problem(err); text != "" {
			return errors.New(text)
		}
	}
	return nil
}

// run tells of changes until ctx ends.
func (h *health) run(ctx context.Context) error {
	said, grace := "", time.Duration(0) // what is wrong at the start is told at once
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-h.changed:
		}
		select {
		case <-h.known:
		default:
			continue
		}
		if text, _ := h.worst(); text != "" && said == "" && !pause(ctx, grace) {
			return nil
		}
		text, err := h.worst()
		grace = h.grace
		if text != said {
			h.tell(text, err)
			said = text
		}
	}
}

func pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}

// worst returns the trouble that explains the other, in plain words, and its error.
func (h *health) worst() (text string, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.credential == nil || severity(h.stream) > severity(h.credential) {
		return problem(h.stream), h.stream
	}
	return problem(h.credential), h.credential
}

func (h *health) tell(text string, err error) {
	if text == "" {
		text = "StackStorm is back: commands work and results arrive again."
		h.log.Info(text)
	} else {
		h.log.Error(text, "error", err)
	}
	h.notify(text)
}

// severity orders troubles: what has to be mended by a person comes before what may pass.
func severity(err error) int {
	var redirect *client.RedirectError
	switch {
	case err == nil:
		return 0
	case errors.Is(err, client.ErrCredentialRejected), errors.Is(err, client.ErrUserGone),
		errors.Is(err, client.ErrForbidden), errors.As(err, &redirect):
		return 2
	}
	return 1
}

// problem says what is wrong and what to do, "" when nothing is.
func problem(err error) string {
	var (
		redirect    *client.RedirectError
		certificate *tls.CertificateVerificationError
		api         *client.APIError
	)
	switch {
	case err == nil:
		return ""
	case errors.Is(err, errUnknown):
		return "StackStorm has not answered yet."
	case errors.Is(err, client.ErrUserGone):
		return "The bot's user has been removed from StackStorm. Create it again, or change api_auth and restart the bot."
	case errors.Is(err, client.ErrCredentialRejected):
		return "StackStorm rejects the bot's credentials. Correct api_auth in the configuration and restart the bot."
	case errors.Is(err, client.ErrForbidden):
		return "StackStorm does not let the bot read its stream, so no results arrive. Give the bot's user the permission stream_view."
	case errors.As(err, &redirect):
		return "StackStorm's address is not right: " + redirect.Error() + "."
	case errors.As(err, &certificate):
		return "StackStorm's certificate is not trusted. Set ca_cert to the authority that signed it."
	case errors.Is(err, client.ErrUnavailable):
		return "StackStorm cannot be reached. I keep trying and tell when it is back."
	case errors.As(err, &api):
		return "StackStorm answers with an error: " + api.FirstLine()
	}
	return "StackStorm's answers cannot be understood; the log has the details."
}
