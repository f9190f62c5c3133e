package bot

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/go-errbot/errbot/acl"
	"github.com/go-errbot/errbot/backend"
)

// sink is what the bot's backend sees of it.
type sink struct{ *Bot }

// Receive implements [backend.Sink]: it looks at the event just long enough to see whether
// anybody wants it, and queues it.
func (s sink) Receive(e backend.Event) {
	b := s.Bot
	t := b.table.Load()
	m, ok := e.(*backend.Message)
	if !ok {
		if len(t.listeners) > 0 {
			b.enqueue(task{event: e})
		}
		return
	}
	if m.Delayed || b.fromSelf(m) || b.closing.Load() {
		messageDone(m)
		return
	}
	if m.From.ID == "" { // nobody whom access rules could judge
		b.log.Warn("a message without a sender is ignored", "in", m.Ref.String())
		messageDone(m)
		return
	}
	in := b.prefixes.parse(m.Body, m.IsPrivate())
	if !in.command && !t.unprefixed && len(t.listeners) == 0 {
		messageDone(m)
		return
	}
	b.enqueue(task{e, m, in})
}

func (b *Bot) fromSelf(m *backend.Message) bool {
	return m.From.ID != "" && m.From.ID == b.chat.Self().ID
}

func (b *Bot) handle(t task) {
	table := b.table.Load()
	if t.message != nil {
		b.dispatch(table, t.message, t.addressed)
	}
	for _, l := range table.listeners {
		l.tell(t.event)
	}
}

func (l ownedListener) tell(e backend.Event) {
	leave, ok := l.host.enter("listener")
	if !ok {
		return
	}
	defer leave()
	if err := protect(func() error { return l.run(l.host.ctx, e) }); err != nil {
		l.host.Log.Error("listener failed", "error", err)
	}
}

// dispatch finds what m calls, and runs it.
func (b *Bot) dispatch(t *table, m *backend.Message, in addressed) {
	if in.command {
		if e, args := t.lookup(in.text); e != nil {
			b.run(t, &Request{Message: m, Args: args, bot: b, entry: e, typed: in.text})
			return
		}
		if n, ok := b.recallNumber(in); ok {
			b.recall(t, m, n)
			return
		}
	}
	found := false
	for _, e := range t.patterns {
		if !in.command && !e.Unprefixed {
			continue
		}
		if matches := e.match(in.text); matches != nil {
			found = true
			b.run(t, &Request{Message: m, Args: in.text, Matches: matches, bot: b, entry: e, typed: in.text})
		}
	}
	if !found && in.command && (in.text != "" || b.cfg.Prefix != "") {
		b.unmatched(t, m, in.text)
	}
}

// recallNumber reports whether the text after a prefix asks for a command of the past: the
// prefix once more, or a number from 1 on.
func (b *Bot) recallNumber(in addressed) (n int, ok bool) {
	if !in.prefixed {
		return 0, false
	}
	word, _ := cutWord(in.text)
	prefix := strings.TrimSpace(b.cfg.Prefix)
	if prefix == "" {
		return 0, false
	}
	if word == prefix {
		return 1, true
	}
	n, err := strconv.Atoi(word)
	return n, err == nil && n > 0 && word[0] != '+'
}

// recall runs the n-th most recent command of m's sender again.
func (b *Bot) recall(t *table, m *backend.Message, n int) {
	past, ok := b.history.recall(m.From.ID, n)
	if !ok {
		return
	}
	r := &Request{Message: m, Args: past.Args, bot: b}
	if past.Pattern {
		r.entry, r.typed = t.byPattern[past.Command], past.Args
		if r.entry != nil {
			r.Matches = r.entry.match(r.typed)
		}
	} else {
		r.entry, r.typed = t.regular[past.Command], typedText(past.Command, past.Args)
	}
	if r.entry == nil || past.Pattern && r.Matches == nil {
		b.unmatched(t, m, r.typed)
		return
	}
	b.run(t, r)
}

// typedText returns what somebody types to call a command with args.
func typedText(command, args string) string {
	if args == "" {
		return spokenName(command)
	}
	return spokenName(command) + " " + args
}

// run takes a request through filters, access control and history to its command.
func (b *Bot) run(t *table, r *Request) {
	ctx, done, ok := b.begin(r)
	if !ok { // its plugin has just been deactivated
		b.answer(r, b.notFound(b.table.Load(), r.Message, r.typed))
		return
	}
	defer done()
	if err := b.filter(ctx, t, r); err != nil {
		b.refuse(r, err)
		return
	}
	if d := b.policy.Decide(b.query(r)); !d.Allowed {
		b.deny(r, d)
		return
	}
	if !r.entry.NoHistory {
		b.history.add(r.From().ID, HistoryEntry{r.entry.Name, r.Args, r.entry.Pattern != nil})
	}
	b.execute(ctx, r)
}

// filter lets every filter see the request, and follows where they send it.
func (b *Bot) filter(ctx context.Context, t *table, r *Request) error {
	if len(t.filters) == 0 {
		return nil
	}
	before := r.Args
	for _, f := range t.filters {
		if err := f.see(ctx, r); err != nil {
			return fmt.Errorf("filter %s: %w", f.name, err)
		}
	}
	if r.redirect != "" {
		e, ok := t.get(r.redirect)
		if !ok {
			return fmt.Errorf("a filter sent the request to the command %q, which does not exist", r.redirect)
		}
		r.entry, before = e, ""
		r.typed = typedText(e.Name, r.Args)
	}
	if r.Args == before {
		return nil
	}
	// Access control and pattern see what the filters made of the arguments.
	if r.entry.Pattern == nil {
		r.typed = typedText(r.entry.Name, r.Args)
		return nil
	}
	r.typed = r.Args
	if r.Matches = r.entry.match(r.Args); r.Matches == nil {
		return fmt.Errorf("a filter changed the text so that %q no longer matches", r.entry.Name)
	}
	return nil
}

func (f ownedFilter) see(ctx context.Context, r *Request) error {
	leave, ok := f.host.enter("filter " + f.name)
	if !ok {
		return nil
	}
	defer leave()
	return protect(func() error { return f.run(ctx, r) })
}

// refuse tells what a filter had to say.
func (b *Bot) refuse(r *Request, err error) {
	var said *UserError
	switch {
	case errors.As(err, &said):
		b.answer(r, said.Text)
	case !errors.Is(err, ErrBlocked):
		b.log.Error("command blocked", "command", r.entry.Name, "from", r.From().ACL, "error", err)
	}
}

// query asks access control about r.
func (b *Bot) query(r *Request) *acl.Query {
	q := &acl.Query{
		Plugin:    r.entry.owner,
		Command:   r.entry.Name,
		Text:      r.typed,
		Args:      r.Args,
		AdminOnly: r.entry.Admin,
	}
	askedBy(q, r.Message)
	return q
}

// askedBy fills in who asks, and where.
func askedBy(q *acl.Query, m *backend.Message) {
	q.User, q.Groups = m.From.ACL, m.Groups
	if m.Room != nil {
		q.Group, q.Room = true, m.Room.ACL
	}
}

func (b *Bot) deny(r *Request, d acl.Decision) {
	b.log.Warn("access denied", "command", r.shown(), "from", r.From().ACL, "in", r.Message.Ref.String(), "why", d.Explain())
	if text := d.Reason.Reply(); text != "" && !b.cfg.HideRestrictedAccess {
		b.answer(r, text)
	}
}

// execute runs the command and tells what went wrong.
func (b *Bot) execute(ctx context.Context, r *Request) {
	stopTyping := b.showTyping(ctx, r)
	err := protect(func() error { return r.entry.Run(ctx, r) })
	stopTyping()
	if err == nil {
		return
	}
	log := r.entry.host.Log
	var said *UserError
	if errors.As(err, &said) {
		log.Info("command ended with an error", "command", r.shown(), "from", r.From().ACL, "error", err, "cause", said.Err)
		b.answer(r, said.Text)
		return
	}
	log.Error("command failed", "id", r.id, "command", r.shown(), "from", r.From().ACL, "error", err)
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() != nil {
		b.answer(r, fmt.Sprintf("%s was stopped: it took longer than %s.", spokenName(r.entry.Name), time.Duration(b.cfg.CommandTimeout)))
		return
	}
	if ctx.Err() != nil {
		b.answer(r, spokenName(r.entry.Name)+" was stopped.")
		return
	}
	b.answer(r, fmt.Sprintf("Computer says nooo. See logs for details (error %d).", r.id))
}

// answer says something about a request in the host's own name, also when the request's
// context has ended.
func (b *Bot) answer(r *Request, text string) {
	// What cannot be delivered has been logged and counted.
	_, _ = r.Reply(b.life, text)
}

// panicError is a panic that became the error of what panicked.
type panicError struct {
	value any
	stack []byte
}

func (p *panicError) Error() string { return fmt.Sprintf("panic: %v\n%s", p.value, p.stack) }

// protect turns a panic in run into an error.
func protect(run func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &panicError{v, debug.Stack()}
		}
	}()
	return run()
}
