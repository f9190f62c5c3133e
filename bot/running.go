package bot

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"
)

// RunningCommand is a command that runs now.
type RunningCommand struct {
	ID      int64
	Command string // registered name
	Text    string // as it was typed; the name alone with Command.NoHistory
	Person  string // access-control attribute of who gave it
	Place   string // address of where it was given
	Since   time.Time

	host *Host
}

type runningCommand struct {
	RunningCommand
	stop context.CancelFunc
}

// running knows the commands that run.
type running struct {
	mu   sync.Mutex
	byID map[int64]*runningCommand
}

// begin gives a request its context, and makes it visible until done is called. It is not ok
// when the plugin is no longer active.
func (b *Bot) begin(r *Request) (ctx context.Context, done func(), ok bool) {
	if !r.entry.host.begin() {
		return nil, nil, false
	}
	ctx, cancel := context.WithTimeout(r.entry.host.ctx, time.Duration(b.cfg.CommandTimeout))
	c := &runningCommand{
		RunningCommand: RunningCommand{
			ID:      b.nextID.Add(1),
			Command: r.entry.Name,
			Text:    r.shown(),
			Person:  r.From().ACL,
			Place:   r.Message.Ref.String(),
			Since:   time.Now(),
			host:    r.entry.host,
		},
		stop: cancel,
	}
	r.id = c.ID
	b.running.mu.Lock()
	b.running.byID[c.ID] = c
	b.running.mu.Unlock()
	host := r.entry.host // a filter may send the request elsewhere
	return ctx, func() {
		b.running.mu.Lock()
		delete(b.running.byID, c.ID)
		b.running.mu.Unlock()
		cancel()
		host.under.end()
	}, true
}

// list returns what runs, the longest running first.
func (r *running) list() []RunningCommand {
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []RunningCommand
	for _, c := range r.byID {
		all = append(all, c.RunningCommand)
	}
	slices.SortFunc(all, func(a, b RunningCommand) int { return cmp.Compare(a.ID, b.ID) })
	return all
}

// stop ends the context of one command and reports whether there was one.
func (r *running) stop(id int64) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	c, ok := r.byID[id]
	if ok {
		c.stop()
	}
	return ok
}
