package inquiry

import (
	"fmt"
	"strings"
	"sync"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/st2/internal/form"
	"github.com/go-errbot/errbot/st2/internal/wording"
)

// Words that are no answers.
const (
	cancelled = "cancel"
	skipped   = "skip"
)

// conversation asks one person the questions of an inquiry.
type conversation struct {
	spot    spot
	person  backend.Person
	at      backend.Ref
	inquiry *Open
	form    *form.Form
	over    chan struct{} // closed by Conversations.end

	mu       sync.Mutex
	next     int // of the questions
	response Response
}

// question returns the next question. c.mu is held, or c not yet known to others.
func (c *conversation) question() string {
	x := &c.form.Questions[c.next]
	text := x.Line()
	if n := len(c.form.Questions); n > 1 {
		text = fmt.Sprintf("%d of %d: %s", c.next+1, n, text)
	}
	if !x.Required || x.Default != nil {
		text += "\n\"" + skipped + "\" leaves it out."
	}
	return text
}

// take takes what was said. It returns what to say, cancelled when it is to end, or the response
// when it is complete.
func (c *conversation) take(text string) (say string, complete Response) {
	text = wording.Normalise(text)
	if strings.EqualFold(text, cancelled) {
		return cancelled, nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.next >= len(c.form.Questions) {
		return "", nil // one answer too many, while the others are being sent
	}
	x := &c.form.Questions[c.next]
	skip := strings.EqualFold(text, skipped)
	switch {
	case len(text) > form.MaxAnswer:
		return "That is too long for an answer.\n" + c.question(), nil
	case skip && x.Default != nil:
		c.response[x.Name] = x.Default // which is what skipping was said to mean
	case skip && !x.Required:
	default:
		value, err := x.Convert(text)
		if err != nil {
			return err.Error() + "\n" + c.question(), nil
		}
		c.response[x.Name] = value
	}
	c.next++
	if c.next < len(c.form.Questions) {
		return c.question(), nil
	}
	return "", c.response
}
