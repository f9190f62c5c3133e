package inquiry

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/bot"
	"github.com/go-errbot/errbot/st2/internal/form"
)

// Bounds of conversations.
const (
	maxConversations = 100
	maxQuestions     = 50
	// sendLongest is for how long StackStorm is given to take the answers.
	sendLongest = 2 * time.Minute
)

// Talk is what [Conversations] are made of. All but Prefix are needed.
type Talk struct {
	Chat Chat
	// Send sends a complete response as the person who gave it, and returns what to say
	// about that.
	Send func(ctx context.Context, p backend.Person, o *Open, f *form.Form, response Response) string
	// Prefix is what begins a command, which is no answer.
	Prefix string
	// Longest is for how long answers may take, all together.
	Longest time.Duration
}

// Conversations ask people the questions of inquiries, one person in one place one inquiry at a
// time. They are lost with a restart: nothing has been sent, and the inquiry is open. They are
// safe for concurrent use.
type Conversations struct {
	Talk

	mu   sync.Mutex
	open map[spot]*conversation
	// handled are messages that the host has asked about, true for those that were
	// answers. Each goes when the host has done with it.
	handled map[*backend.Message]bool
}

// NewConversations returns conversations, of which none is under way.
func NewConversations(t Talk) *Conversations {
	return &Conversations{Talk: t, open: map[spot]*conversation{}, handled: map[*backend.Message]bool{}}
}

// spot is where one person answers: the same person may be asked in several places.
type spot struct {
	person string
	place  backend.Place
	thread string
}

func spotOf(person backend.Person, at backend.Ref) spot {
	return spot{person.ID, at.Place(), at.Thread}
}

// Ask begins to ask who said m for the answers to an inquiry, at a place, instead of what was
// asked there before. It returns what is to be said first. An error says why that cannot be
// done; answer is the command that answers at once.
func (x *Conversations) Ask(m *backend.Message, at backend.Ref, o *Open, f *form.Form, answer string) (lines []string, err error) {
	answer += " " + o.ID
	switch n := len(f.Questions); {
	case n == 0:
		return nil, bot.Errorf("Inquiry %s does not say what it wants to know. Answer it with name=value or JSON: %s {}", o.ID, answer)
	case n > maxQuestions:
		return nil, bot.Errorf("Inquiry %s has %d questions, which are too many to ask one by one. Answer it at once: %s name=value …", o.ID, n, answer)
	}
	c := &conversation{
		spot: spotOf(m.From, at), person: m.From, at: at, inquiry: o, form: f,
		over: make(chan struct{}), response: Response{},
	}
	first := c.question()
	if !x.begin(c) {
		return nil, bot.Errorf("I am asking too many people already. Please give the whole answer at once: %s name=value …", answer)
	}
	x.handle(m, false) // it is no answer, even where commands have no prefix
	x.Chat.Go("answers to inquiry "+o.ID, func(ctx context.Context) error {
		x.await(ctx, c)
		return nil
	})
	return []string{
		fmt.Sprintf("Inquiry %s%s. Your next messages here are the answers; \"cancel\" ends this.", o.ID, o.ofWorkflow()),
		first,
	}, nil
}

// begin opens a conversation, in place of another one at the same spot. It reports false
// when there are too many.
func (x *Conversations) begin(c *conversation) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	old := x.open[c.spot]
	if old == nil && len(x.open) >= maxConversations {
		return false
	}
	if old != nil {
		close(old.over)
	}
	x.open[c.spot] = c
	return true
}

// end closes a conversation. It reports false when that was done before.
func (x *Conversations) end(c *conversation) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.open[c.spot] != c {
		return false
	}
	delete(x.open, c.spot)
	close(c.over)
	return true
}

// await ends a conversation that takes too long.
func (x *Conversations) await(ctx context.Context, c *conversation) {
	timer := time.NewTimer(x.Longest)
	defer timer.Stop()
	select {
	case <-c.over:
	case <-ctx.Done():
	case <-timer.C:
		if x.end(c) {
			x.say(ctx, c, "I do not wait any longer for answers to inquiry "+c.inquiry.ID+". Nothing was sent; it is still open.")
		}
	}
}

func (x *Conversations) say(ctx context.Context, c *conversation, text string) {
	_, _ = x.Chat.SendMessage(ctx, &backend.Message{Ref: c.at, Body: text, Plain: true}) // what fails has been logged
}

// Offer offers a message that is about to be treated as a command, or as an unknown one, with
// its text as the host has it. may tells whether it may be an answer; one that looks like a
// command never is. It reports whether the message was taken.
func (x *Conversations) Offer(ctx context.Context, m *backend.Message, text string, may bool) (taken bool) {
	if answer, handled := x.wasHandled(m); handled && answer {
		return true
	}
	c := x.find(m)
	if c == nil {
		return false
	}
	answer := may && !x.isCommand(m)
	x.handle(m, answer)
	if answer {
		x.listen(ctx, c, text)
	}
	return answer
}

// Overhear takes every message when the host has done with it: it may be an answer that is not
// addressed to the bot.
func (x *Conversations) Overhear(ctx context.Context, m *backend.Message) {
	if x.forget(m) || x.isCommand(m) {
		return
	}
	if c := x.find(m); c != nil {
		x.listen(ctx, c, m.Body)
	}
}

// isCommand reports whether a message begins as commands do.
func (x *Conversations) isCommand(m *backend.Message) bool {
	prefix := strings.TrimSpace(x.Prefix)
	return prefix != "" && strings.HasPrefix(strings.TrimSpace(m.Body), prefix)
}

// find returns the conversation that a message is part of, nil when there is none.
func (x *Conversations) find(m *backend.Message) *conversation {
	x.mu.Lock()
	defer x.mu.Unlock()
	if len(x.open) == 0 {
		return nil
	}
	return x.open[spotOf(m.From, m.Ref)]
}

// handle notes what became of a message.
func (x *Conversations) handle(m *backend.Message, answer bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.handled[m] = answer
}

func (x *Conversations) wasHandled(m *backend.Message) (answer, handled bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	answer, handled = x.handled[m]
	return answer, handled
}

// forget is wasHandled for the last time.
func (x *Conversations) forget(m *backend.Message) (handled bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	_, handled = x.handled[m]
	delete(x.handled, m)
	return handled
}

// listen takes what was said in a conversation.
func (x *Conversations) listen(ctx context.Context, c *conversation, text string) {
	ctx, cancel := context.WithTimeout(ctx, sendLongest)
	defer cancel()
	say, complete := c.take(text)
	switch {
	case say == cancelled:
		if !x.end(c) {
			return
		}
		say = "Nothing was sent. Inquiry " + c.inquiry.ID + " is still open."
	case complete != nil:
		if !x.end(c) {
			return
		}
		say = x.Send(ctx, c.person, c.inquiry, c.form, complete)
	}
	if say != "" {
		x.say(ctx, c, say)
	}
}
