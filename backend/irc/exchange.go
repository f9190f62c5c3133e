package irc

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/lrstanley/girc"

	"github.com/go-errbot/errbot/backend"
)

// writeTimeout is how long the server may take to accept a line.
const writeTimeout = 30 * time.Second

// maxReplies bounds what is kept of the answer to one question.
const maxReplies = 20_000

var (
	errNotConnected = errors.New("not connected")
	// errInDoubt says that the connection ended after a line was written and before the
	// server confirmed it. Sending it again could double it.
	errInDoubt = errors.New("the connection ended before the server confirmed the message; it may have arrived")
)

// exchange is something said to the server together with what it answers.
type exchange struct {
	command *girc.Event
	token   string // of the PING behind the command; empty when no answer is awaited
	replies []*girc.Event
	done    chan struct{} // closed when the server has handled the command
}

// ask says command to the server, waits until it has handled it, and returns what it
// answered: all numerics that arrived meanwhile. A *[backend.RetryableError] says that
// the server was not told.
func (c *conn) ask(ctx context.Context, command string, params ...string) ([]*girc.Event, error) {
	x := &exchange{
		command: &girc.Event{Command: command, Params: params},
		token:   "errbot" + strconv.FormatUint(c.tokens.Add(1), 10),
		done:    make(chan struct{}),
	}
	if err := c.hand(ctx, x); err != nil {
		return nil, err
	}
	select {
	case <-x.done:
		return x.replies, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("%w: %w", errInDoubt, ctx.Err())
	case <-c.closed:
	}
	select {
	case <-x.done: // both at once
		return x.replies, nil
	default:
		return nil, errInDoubt
	}
}

// tell says command to the server without waiting for more than its turn.
func (c *conn) tell(command string, params ...string) {
	_ = c.hand(context.Background(), &exchange{command: &girc.Event{Command: command, Params: params}})
}

// hand gives x to the writer.
func (c *conn) hand(ctx context.Context, x *exchange) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case c.out <- x:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-c.closed:
		return &backend.RetryableError{Err: errNotConnected}
	}
}

// write brings what is said to the server until the connection ends.
func (c *conn) write() {
	for {
		select {
		case x := <-c.out:
			lines := x.command.String() + "\r\n"
			if x.token != "" {
				lines += "PING :" + x.token + "\r\n"
				c.mu.Lock()
				c.pending = append(c.pending, x)
				c.mu.Unlock()
			}
			_ = c.net.SetWriteDeadline(time.Now().Add(writeTimeout))
			if _, err := io.WriteString(c.net, lines); err != nil {
				c.close(fmt.Errorf("write: %w", err))
				return
			}
		case <-c.closed:
			return
		}
	}
}

// reply gives a numeric to the exchange that it answers.
func (c *conn) reply(e *girc.Event) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.pending) > 0 && len(c.pending[0].replies) < maxReplies {
		x := c.pending[0]
		x.replies = append(x.replies, e)
	}
}

// pong ends the exchange with that token. The server answers in order; should it have left
// a PING out, then those before have been handled as well.
func (c *conn) pong(token string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, x := range c.pending {
		if x.token == token {
			for _, done := range c.pending[:i+1] {
				close(done.done)
			}
			c.pending = c.pending[i+1:]
			return
		}
	}
}

// refusal returns the error among replies that is about target, if there is one.
func (c *conn) refusal(replies []*girc.Event, target string) error {
	for _, e := range replies {
		if e.Command < "400" || e.Command >= "600" {
			continue
		}
		for _, p := range e.Params[min(1, len(e.Params)):] {
			if c.fold(p) == c.fold(target) {
				return &numericError{code: e.Command, text: strings.TrimSuffix(e.Last(), ".")}
			}
		}
	}
	return nil
}

// numericError is a refusal in the server's own words.
type numericError struct{ code, text string }

// Error implements error.
func (e *numericError) Error() string { return fmt.Sprintf("%s (%s)", clean(e.text), e.code) }

// Is makes "no such nick" and "no such channel" errors.Is [backend.ErrUnknown].
func (e *numericError) Is(target error) bool {
	return target == backend.ErrUnknown && (e.code == girc.ERR_NOSUCHNICK || e.code == girc.ERR_NOSUCHCHANNEL)
}
