package telegram

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"

	"github.com/go-errbot/errbot/backend"
)

var errNotConnected = errors.New("telegram: not connected")

const (
	callTimeout  = 2 * time.Minute // of one request, beside what a poll waits
	responseSize = 32 << 20        // bytes of an answer that are read
)

// bounded is a transport whose answers are bounded, and whose requests can be made again on
// another connection when the server has closed the first one meanwhile.
type bounded struct{ next http.RoundTripper }

// RoundTrip implements [http.RoundTripper].
func (t bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	if r.Body != nil {
		body, err := io.ReadAll(r.Body)
		_ = r.Body.Close()
		if err != nil {
			return nil, err
		}
		r.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
		r.Body, _ = r.GetBody()
		if r.ContentLength = int64(len(body)); len(body) == 0 {
			r.Body, r.GetBody = http.NoBody, nil
		}
	}
	resp, err := t.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	resp.Body = struct {
		io.Reader
		io.Closer
	}{io.LimitReader(resp.Body, responseSize), resp.Body}
	return resp, nil
}

// newAPI returns the library's client, and the HTTP client behind it.
func newAPI(o Options, transport http.RoundTripper) (*bot.Bot, *http.Client, error) {
	client := &http.Client{
		Transport:     bounded{transport},
		Timeout:       callTimeout + o.Poll,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	api, err := bot.New(o.Token.Reveal(),
		bot.WithSkipGetMe(),
		bot.WithServerURL(o.Server),
		bot.WithHTTPClient(o.Poll, client),
		bot.WithErrorsHandler(func(error) {}), // what it would tell is returned as well
	)
	return api, client, err
}

// callError is a request that Telegram did not grant.
type callError struct {
	what string
	err  error
}

// Error implements error.
func (e *callError) Error() string { return fmt.Sprintf("telegram: %s: %v", e.what, e.err) }

// Unwrap returns the cause.
func (e *callError) Unwrap() error { return e.err }

// check returns nil for a call that was granted, and otherwise an error with its kind: what
// can be tried again is a *[backend.RetryableError], and what is not there wraps
// [backend.ErrUnknown]. A call that ends without an answer may have been granted.
func check(ctx context.Context, what string, err error) error {
	if err == nil {
		return nil
	}
	var address *url.Error
	if errors.As(err, &address) {
		err = address.Err // without the address, which holds the token
	}
	call := &callError{what, err}
	var limit *bot.TooManyRequestsError
	var dial *net.OpError
	switch text := err.Error(); {
	case ctx.Err() != nil:
		call.err = ctx.Err()
	case errors.As(err, &limit):
		return &backend.RetryableError{Err: call, After: max(time.Duration(limit.RetryAfter)*time.Second, time.Millisecond)}
	case address != nil && errors.As(err, &dial) && dial.Op == "dial":
		return &backend.RetryableError{Err: call}
	case address != nil:
		call.err = fmt.Errorf("it is not known whether Telegram has taken it: %w", err)
	case strings.Contains(text, "chat not found"), strings.Contains(text, "user not found"):
		call.err = fmt.Errorf("%w: %w", backend.ErrUnknown, err)
	case strings.Contains(text, "file is too big"), isStatus(text, "413"):
		call.err = fmt.Errorf("%w: %w", backend.ErrFileTooLarge, err)
	case isStatus(text, "5"):
		return &backend.RetryableError{Err: call}
	}
	return call
}

// isStatus reports whether the library tells of an error whose code begins with digits: for
// codes that it has no errors for, that stands only in the text.
func isStatus(text, digits string) bool {
	_, rest, ok := strings.Cut(text, "error response from telegram for method ")
	_, code, _ := strings.Cut(rest, ", ")
	return ok && strings.HasPrefix(code, digits)
}

// patiently makes a call again for as long as Telegram asks to wait.
func patiently(ctx context.Context, call func() error) error {
	for {
		err := call()
		var again *backend.RetryableError
		if !errors.As(err, &again) || again.After == 0 {
			return err
		}
		wait := time.NewTimer(again.After)
		select {
		case <-wait.C:
		case <-ctx.Done():
			wait.Stop()
			return ctx.Err()
		}
	}
}

// ask is a request for something, waiting where Telegram says so.
func ask[V any](ctx context.Context, what string, request func(ctx context.Context) (V, error)) (v V, err error) {
	err = patiently(ctx, func() error {
		v, err = request(ctx)
		return check(ctx, what, err)
	})
	return v, err
}

// poll asks for updates from offset on, which confirms those before it.
func (b *Backend) poll(ctx context.Context, offset int64, wait time.Duration) ([]*models.Update, error) {
	body, err := json.Marshal(map[string]any{
		"offset": offset, "timeout": int(wait.Seconds()), "limit": pollLimit,
		"allowed_updates": []string{
			models.AllowedUpdateMessage, models.AllowedUpdateEditedMessage, models.AllowedUpdateMessageReaction,
			models.AllowedUpdateMyChatMember,
		},
	})
	if err != nil {
		return nil, err
	}
	address := b.options.Server + "/bot" + b.options.Token.Reveal() + "/getUpdates"
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return nil, errors.New("telegram: the address of the server cannot be used")
	}
	r.Header.Set("Content-Type", "application/json")
	resp, err := b.client.Do(r)
	if err != nil {
		return nil, check(ctx, "ask for updates", err)
	}
	defer resp.Body.Close()
	return b.decodeUpdates(resp.Body)
}

// decodeUpdates reads an answer to a poll. An update that cannot be understood is logged, and
// stays as a number: it must not keep others from being read.
func (b *Backend) decodeUpdates(body io.Reader) ([]*models.Update, error) {
	var answer struct {
		OK          bool              `json:"ok"`
		Result      []json.RawMessage `json:"result"`
		Code        int               `json:"error_code"`
		Description string            `json:"description"`
		Parameters  struct {
			RetryAfter int `json:"retry_after"`
		} `json:"parameters"`
	}
	if err := json.NewDecoder(body).Decode(&answer); err != nil {
		return nil, fmt.Errorf("telegram: the updates cannot be understood: %w", err)
	}
	if answer.OK {
		updates := make([]*models.Update, len(answer.Result))
		for i, raw := range answer.Result {
			u := &models.Update{}
			if err := json.Unmarshal(raw, u); err != nil {
				b.log.Warn("telegram: an update is left out", "update", u.ID, "error", err)
				u = numberOnly(raw)
			}
			updates[i] = u
		}
		return updates, nil
	}
	err := fmt.Errorf("telegram: ask for updates: %s (code %d)", answer.Description, answer.Code)
	switch {
	case answer.Code == http.StatusUnauthorized, answer.Code == http.StatusNotFound:
		return nil, refused(err)
	case answer.Code == http.StatusConflict && strings.Contains(answer.Description, "webhook"):
		return nil, fmt.Errorf("%w: the bot has a webhook, so that its messages go there; remove it (deleteWebhook): %w", backend.ErrRefused, err)
	case answer.Code == http.StatusConflict:
		return nil, fmt.Errorf("another process is running with the same token, and takes this one's messages; stop one of the two: %w", err)
	case answer.Code == http.StatusTooManyRequests:
		return nil, &backend.RetryableError{Err: err, After: max(time.Duration(answer.Parameters.RetryAfter)*time.Second, time.Second)}
	}
	return nil, err
}

// numberOnly returns an update of which only the number is understood.
func numberOnly(raw json.RawMessage) *models.Update {
	var u struct {
		ID int64 `json:"update_id"`
	}
	_ = json.Unmarshal(raw, &u) // without a number it is 0, which has been dealt with
	return &models.Update{ID: u.ID}
}

// refused says that the token is of no use.
func refused(err error) error {
	return fmt.Errorf("%w: Telegram does not know the bot's token; ask @BotFather for it: %w", backend.ErrRefused, err)
}
