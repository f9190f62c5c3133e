package st2

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/bot"
	"github.com/go-errbot/errbot/st2/internal/form"
)

const (
	// askLongest is for how long the answers to an inquiry may take, all together.
	askLongest = 10 * time.Minute
	// sendLongest is for how long StackStorm is given to take them.
	sendLongest = 2 * time.Minute

	maxConversations = 100
	maxQuestions     = 50
)

// spot is where one person answers: the same person may be asked in several places.
type spot struct {
	person string
	place  backend.Place
	thread string
}

func spotOf(person backend.Person, at backend.Ref) spot {
	return spot{person.ID, at.Place(), at.Thread}
}

// conversation asks one person the questions of an inquiry.
type conversation struct {
	spot    spot
	person  backend.Person
	at      backend.Ref
	inquiry *openInquiry
	form    *form.Form
	over    chan struct{} // closed by conversations.end

	mu       sync.Mutex
	next     int // of the questions
	response map[string]json.RawMessage
}

// conversations are those under way. The zero value is ready and safe for concurrent use.
type conversations struct {
	mu   sync.Mutex
	open map[spot]*conversation
	// handled are messages that the host has asked about, true for those that were
	// answers. Each goes when the host has done with it.
	handled map[*backend.Message]bool
}

// begin opens a conversation, in place of another one at the same spot. It reports false
// when there are too many.
func (x *conversations) begin(c *conversation) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	old := x.open[c.spot]
	if old == nil && len(x.open) >= maxConversations {
		return false
	}
	if old != nil {
		close(old.over)
	}
	if x.open == nil {
		x.open = map[spot]*conversation{}
	}
	x.open[c.spot] = c
	return true
}

// end closes a conversation. It reports false when that was done before.
func (x *conversations) end(c *conversation) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.open[c.spot] != c {
		return false
	}
	delete(x.open, c.spot)
	close(c.over)
	return true
}

// find returns the conversation that a message is part of, nil when there is none.
func (x *conversations) find(m *backend.Message) *conversation {
	x.mu.Lock()
	defer x.mu.Unlock()
	if len(x.open) == 0 {
		return nil
	}
	return x.open[spotOf(m.From, m.Ref)]
}

// handle notes what became of a message.
func (x *conversations) handle(m *backend.Message, answer bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.handled == nil {
		x.handled = map[*backend.Message]bool{}
	}
	x.handled[m] = answer
}

func (x *conversations) wasHandled(m *backend.Message) (answer, handled bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	answer, handled = x.handled[m]
	return answer, handled
}

// forget is wasHandled for the last time.
func (x *conversations) forget(m *backend.Message) (handled bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	_, handled = x.handled[m]
	delete(x.handled, m)
	return handled
}

// ask begins to ask for the answers to an inquiry.
func (q *query) ask(ctx context.Context, o *openInquiry, f *form.Form) error {
	answer := q.typed(q.cfg.names("inquiry_answer")[0] + " " + o.ID)
	switch n := len(f.Questions); {
	case n == 0:
		return q.answer(ctx, "Inquiry "+o.ID+" does not say what it wants to know. Answer it with name=value or JSON: "+answer+" {}")
	case n > maxQuestions:
		return q.answer(ctx, fmt.Sprintf("Inquiry %s has %d questions, which are too many to ask one by one. Answer it at once: %s name=value …", o.ID, n, answer))
	}
	at := q.r.Target()
	c := &conversation{
		spot: spotOf(q.r.From(), at), person: q.r.From(), at: at, inquiry: o, form: f,
		over: make(chan struct{}), response: map[string]json.RawMessage{},
	}
	if !q.asking.begin(c) {
		return bot.Errorf("I am asking too many people already. Please give the whole answer at once: %s name=value …", answer)
	}
	q.asking.handle(q.r.Message, false) // it is no answer, even where commands have no prefix
	l := q.life
	l.host.Go("answers to inquiry "+o.ID, func(ctx context.Context) error {
		l.awaitAnswers(ctx, c)
		return nil
	})
	return q.answer(ctx,
		fmt.Sprintf("Inquiry %s%s. Your next messages here are the answers; \"cancel\" ends this.", o.ID, l.ofWorkflow(o)),
		c.question())
}

// awaitAnswers ends a conversation that takes too long.
func (l *life) awaitAnswers(ctx context.Context, c *conversation) {
	timer := time.NewTimer(l.askTime)
	defer timer.Stop()
	select {
	case <-c.over:
	case <-ctx.Done():
	case <-timer.C:
		if l.asking.end(c) {
			_ = l.tellAt(ctx, c.at, "I do not wait any longer for answers to inquiry "+c.inquiry.ID+". Nothing was sent; it is still open.")
		}
	}
}

// tellAt says something that is not the answer to a command. A failure is logged as well.
func (l *life) tellAt(ctx context.Context, at backend.Ref, text string) error {
	_, err := l.host.SendMessage(ctx, &backend.Message{Ref: at, Body: text, Plain: true})
	if err != nil {
		l.log.Error("a message about StackStorm was not delivered", "to", at.String(), "error", err)
	}
	return err
}

// question returns the next question. c.mu is held, or c not yet known to others.
func (c *conversation) question() string {
	x := &c.form.Questions[c.next]
	text := x.Line()
	if n := len(c.form.Questions); n > 1 {
		text = fmt.Sprintf("%d of %d: %s", c.next+1, n, text)
	}
	if !x.Required || x.Default != nil {
		text += "\n\"skip\" leaves it out."
	}
	return text
}

// take takes an answer. It returns what to say, or the response when it is complete.
func (c *conversation) take(text string) (say string, response map[string]json.RawMessage) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.next >= len(c.form.Questions) {
		return "", nil // one answer too many, while the others are being sent
	}
	x := &c.form.Questions[c.next]
	skip := strings.EqualFold(text, "skip")
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

// listenTo takes what was said in a conversation.
func (l *life) listenTo(ctx context.Context, c *conversation, text string) {
	ctx, cancel := context.WithTimeout(ctx, sendLongest)
	defer cancel()
	text = normalise(text)
	if strings.EqualFold(text, "cancel") {
		if l.asking.end(c) {
			_ = l.tellAt(ctx, c.at, "Nothing was sent. Inquiry "+c.inquiry.ID+" is still open.")
		}
		return
	}
	say, response := c.take(text)
	if response != nil {
		if !l.asking.end(c) {
			return
		}
		say = l.send(ctx, c, response)
	}
	if say != "" {
		_ = l.tellAt(ctx, c.at, say)
	}
}

// send sends a complete response as the person who gave it.
func (l *life) send(ctx context.Context, c *conversation, response map[string]json.RawMessage) string {
	speaks, err := l.speaker.clientFor(ctx, c.person)
	var said string
	if err == nil {
		said, err = l.respond(ctx, speaks, c.inquiry, c.form, response)
	}
	if err != nil {
		return l.told(ctx, c.person.ACL, err)
	}
	return said
}

// isCommand reports whether a message begins as commands do.
func (l *life) isCommand(m *backend.Message) bool {
	prefix := strings.TrimSpace(l.botPrefix)
	return prefix != "" && strings.HasPrefix(strings.TrimSpace(m.Body), prefix)
}

// filterAnswer keeps answers from being run as commands, where no prefix is needed.
func (p *Plugin) filterAnswer(ctx context.Context, r *bot.Request) error {
	l := p.life.Load()
	if l == nil {
		return nil
	}
	if answer, handled := l.asking.wasHandled(r.Message); handled && answer {
		return bot.ErrBlocked
	}
	c := l.asking.find(r.Message)
	if c == nil {
		return nil
	}
	text, pattern := r.Message.Body, r.Command().Pattern != nil
	if pattern {
		text = r.Args
	}
	answer := !l.isCommand(r.Message) && (r.Message.IsPrivate() || pattern)
	l.asking.handle(r.Message, answer)
	if !answer {
		return nil
	}
	l.listenTo(ctx, c, text)
	return bot.ErrBlocked
}

// unmatchedAnswer takes answers that look like unknown commands.
func (p *Plugin) unmatchedAnswer(ctx context.Context, r *bot.Request) error {
	l := p.life.Load()
	if l == nil {
		return nil
	}
	c := l.asking.find(r.Message)
	if c == nil {
		return nil
	}
	answer := !l.isCommand(r.Message)
	l.asking.handle(r.Message, answer)
	if !answer {
		return nil
	}
	l.listenTo(ctx, c, r.Args)
	return bot.ErrBlocked
}

// overheardAnswer takes answers that are not addressed to the bot.
func (p *Plugin) overheardAnswer(ctx context.Context, e backend.Event) error {
	l := p.life.Load()
	m, isMessage := e.(*backend.Message)
	if l == nil || !isMessage || l.asking.forget(m) || l.isCommand(m) {
		return nil
	}
	if c := l.asking.find(m); c != nil {
		l.listenTo(ctx, c, m.Body)
	}
	return nil
}
