package xmpp

import (
	"encoding/xml"
	"errors"
	"fmt"
	"time"

	"github.com/go-errbot/errbot/backend"
)

const (
	// writeTimeout is how long the server may take to accept what is written at once.
	writeTimeout = 30 * time.Second
	// maxQueue bounds what waits to be written.
	maxQueue = 10_000
	// answerDelay is how long the answer to the question for what the bot has handled waits,
	// so that the bot's replies go first and one answer does for many questions; and
	// answerEvery how many stanzas make it go at once.
	answerDelay = 10 * time.Millisecond
	answerEvery = 100
	// askEvery is how many stanzas may be said without a question for what the server has
	// handled, when nobody waits for that.
	askEvery = 50
)

// say gives x to the writer. An error says that it was not taken.
func (c *conn) say(x *outgoing) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.dead {
		return notTaken()
	}
	if len(c.queue) >= maxQueue {
		return &backend.RetryableError{Err: errors.New("too much waits to be sent"), After: time.Second}
	}
	c.queue = append(c.queue, x)
	c.rouse()
	return nil
}

// tell says a stanza without waiting for what becomes of it.
func (c *conn) tell(stanza any) {
	data, err := xml.Marshal(stanza)
	if err == nil {
		err = c.say(newOutgoing("", "", data))
	}
	if err != nil {
		c.options.Log.Debug("xmpp: not said", "error", err)
	}
}

func (c *conn) rouse() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// write brings what is said to the server until the connection ends.
func (c *conn) write() {
	late := time.NewTimer(0)
	defer late.Stop()
	for waiting := true; ; {
		due := false
		select {
		case <-c.wake:
		case <-late.C:
			due, waiting = true, false
		case <-c.closed:
			return
		}
		data, err := c.compose(due)
		if err == nil && len(data) > 0 {
			_ = c.session.Conn().SetWriteDeadline(time.Now().Add(writeTimeout))
			_, err = c.session.Conn().Write(data)
		}
		if err != nil {
			c.close(fmt.Errorf("write: %w", err))
			return
		}
		if !waiting && c.owesAnswer() {
			late.Reset(answerDelay)
			waiting = true
		}
	}
}

// owesAnswer reports whether the server waits to learn what has been handled.
func (c *conn) owesAnswer() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.answer
}

// compose returns all that is to be written now; what has been handled is told when that is due.
func (c *conn) compose(due bool) ([]byte, error) {
	c.mu.Lock()
	batch, data, bye := c.queue, c.again, c.bye
	handled := c.stream.numbers().handled
	answer := c.answer && (due || bye || handled-c.answered >= answerEvery)
	if answer {
		c.answered = handled
	}
	c.queue, c.again, c.bye = nil, nil, false
	c.answer, c.dead = c.answer && !answer, c.dead || bye
	c.mu.Unlock()
	ask := len(data) > 0
	for i, x := range batch {
		if err := c.stream.take(x); err != nil {
			for _, x := range batch[i:] {
				x.settle(notTaken())
			}
			return nil, err
		}
		data = append(data, x.data...)
		ask = ask || x.awaited
	}
	n := c.stream.numbers()
	switch {
	case bye || len(batch) == 0 && !ask || !ask && n.unconfirmed < askEvery:
	case n.managed:
		data = append(data, "<r xmlns='"+nsManagement+"'/>"...)
	default:
		data = fmt.Appendf(data, "<iq type='get' id='%s%d'><ping xmlns='%s'/></iq>", confirmID, n.sent, nsPing)
	}
	if answer {
		data = fmt.Appendf(data, "<a xmlns='%s' h='%d'/>", nsManagement, handled)
	}
	if bye {
		data = append(data, "</stream:stream>"...)
	}
	return data, nil
}

// confirmID begins the id of the pings that stand in for requests to confirm; the number of
// stanzas that are confirmed by the answer follows.
const confirmID = "confirm-"
