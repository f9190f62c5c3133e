package bot

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/bot/store"
)

// Host is one plugin's own view of the bot. It is safe for concurrent use.
type Host struct {
	// Log carries the plugin's name.
	Log *slog.Logger
	// Store is the plugin's own persistent map.
	Store store.Store

	bot    *Bot
	unit   *unit
	ctx    context.Context // ends when the plugin is deactivated
	cancel context.CancelFunc
	under  pending // what of the plugin runs: functions of Go, commands, listeners, filters, web requests

	mu      sync.Mutex
	running map[string]int // by name, for the report about what does not end
}

// Send says text (Markdown) at a place that was stored, resolved or configured. It
// follows the rules of [Request.Reply].
func (h *Host) Send(ctx context.Context, to backend.Ref, text string) (backend.Ref, error) {
	return h.SendMessage(ctx, &backend.Message{Ref: to, Body: text})
}

// SendMessage sends a message with all it may have, such as [backend.Message.Plain].
// The host splits it where the network's limits ask for it.
func (h *Host) SendMessage(ctx context.Context, m *backend.Message) (backend.Ref, error) {
	return h.bot.out.send(ctx, m)
}

// SendCard sends a card, or its text on a network without cards.
func (h *Host) SendCard(ctx context.Context, to backend.Ref, c backend.Card) (backend.Ref, error) {
	return h.bot.out.sendCard(ctx, &c, &backend.Message{Ref: to})
}

// Resolve turns an address such as "@alice" or "#ops" into a place.
func (h *Host) Resolve(ctx context.Context, address string) (backend.Ref, error) {
	return h.bot.chat.Resolve(ctx, address)
}

// Resume returns a request for a command of the plugin, as if m had just been said: for what was
// put off, and is taken up again later or after a restart. Of m, Ref and From are needed. The
// command is not run, and neither filters nor access rules are asked about it; [Host.Decide]
// asks the rules.
func (h *Host) Resume(m *backend.Message, command string) *Request {
	return &Request{Message: m, bot: h.bot, entry: &entry{Command: Command{Name: normalName(command)}, host: h}}
}

// Mention returns the text that addresses p at the beginning of a message in a room.
func (h *Host) Mention(p backend.Person) string { return h.bot.mention(p) }

// Render returns the text of one of the plugin's templates.
func (h *Host) Render(name string, data any) (string, error) {
	t := h.unit.declared.templates
	if t == nil || t.Lookup(name) == nil {
		return "", fmt.Errorf("plugin %s has no template %q", h.unit.name, name)
	}
	var text strings.Builder
	if err := t.ExecuteTemplate(&text, name, data); err != nil {
		return "", fmt.Errorf("render: %w", err)
	}
	return text.String(), nil
}

// Register adds commands, filters, routes and jobs while the plugin is active, under a
// name of their own for help and access rules. They go when withdraw is called, and with
// the plugin.
func (h *Host) Register(name string, declare func(r *Registry) error) (withdraw func(), err error) {
	return h.bot.addDynamic(h, name, declare)
}

// NotifyAdmins tells the bot's administrators something. The same text is not repeated
// within an hour. It returns at once; what cannot be delivered is logged.
func (h *Host) NotifyAdmins(text string) { h.bot.notices.add(text) }

// Go runs a function beside the commands until the plugin is deactivated, when ctx ends
// and the host waits for it. An error or a panic is logged, and the function is started
// again after a growing delay; nil ends it.
func (h *Host) Go(name string, run func(ctx context.Context) error) {
	leave, ok := h.enter(name)
	if !ok {
		return
	}
	go func() {
		defer leave()
		h.supervise(name, run)
	}()
}

// begin counts something of the plugin that runs, until h.under.end is called, and is false
// when the plugin is no longer active. It counts first and looks then, while end tells first
// and waits then, so that none is missed.
func (h *Host) begin() bool {
	h.under.begin()
	if h.ctx.Err() != nil {
		h.under.end()
		return false
	}
	return true
}

// enter is begin for what has a name; leave ends it.
func (h *Host) enter(name string) (leave func(), ok bool) {
	if !h.begin() {
		return nil, false
	}
	h.mu.Lock()
	h.running[name]++
	h.mu.Unlock()
	return func() {
		h.mu.Lock()
		if h.running[name]--; h.running[name] == 0 {
			delete(h.running, name)
		}
		h.mu.Unlock()
		h.under.end()
	}, true
}

func (h *Host) supervise(name string, run func(ctx context.Context) error) {
	delay := newBackoff(time.Second, time.Minute)
	for h.ctx.Err() == nil {
		started := time.Now()
		err := protect(func() error { return run(h.ctx) })
		if err == nil || h.ctx.Err() != nil {
			return
		}
		if time.Since(started) > time.Minute {
			delay.reset()
		}
		wait := delay.next()
		h.Log.Error("background function failed; it is started again", "function", name, "error", err, "after", wait)
		if sleep(h.ctx, wait) != nil {
			return
		}
	}
}

// Hold tells the host that an answer is still to come after the command that asked for it
// has ended. When the conversation is over (end of standard input) the host waits, within
// its shutdown time-out, until every hold has been released. release may be called more
// than once.
func (h *Host) Hold() (release func()) { return h.bot.holds.add() }

// ErrPermanent is wrapped by an error of Activate that trying again cannot mend.
var ErrPermanent = errors.New("trying again is pointless")

// newHost makes the view that a plugin has of the bot during one life.
func (b *Bot) newHost(u *unit) (*Host, error) {
	s, err := b.storage.Open(u.name)
	if err != nil {
		return nil, fmt.Errorf("open the store: %w", err)
	}
	ctx, cancel := context.WithCancel(b.life)
	return &Host{
		Log:     b.log.With("plugin", u.name),
		Store:   s,
		bot:     b,
		unit:    u,
		ctx:     ctx,
		cancel:  cancel,
		running: map[string]int{},
	}, nil
}

// end tells everything that the plugin runs to end, waits for it until ctx ends, and
// returns the names of what does not.
func (h *Host) end(ctx context.Context) (left []string) {
	h.cancel()
	if h.under.wait(ctx) == nil {
		return nil
	}
	h.mu.Lock()
	left = slices.Sorted(maps.Keys(h.running))
	h.mu.Unlock()
	for _, c := range h.bot.running.list() {
		if c.host == h {
			left = append(left, "command "+c.Command)
		}
	}
	return left
}

// runJob runs j whenever it is due, until ctx ends.
func (h *Host) runJob(ctx context.Context, j job) {
	h.Go("job "+j.name, func(context.Context) error {
		for {
			now := time.Now()
			if sleep(ctx, j.schedule.Next(now).Sub(now)) != nil {
				return nil
			}
			if err := protect(func() error { return j.run(ctx) }); err != nil && ctx.Err() == nil {
				h.Log.Error("job failed", "job", j.name, "error", err)
			}
		}
	})
}
