package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// How long the steps of a plugin's life may take.
const (
	activateTimeout   = 30 * time.Second
	deactivateTimeout = 10 * time.Second
)

// PluginState is where a plugin is in its life.
type PluginState int

// The states of a plugin.
const (
	Inactive PluginState = iota // not started, or deactivated
	Active
	Failed // activation failed; see PluginInfo.Err
)

// String returns the state as people read it.
func (s PluginState) String() string {
	return [...]string{"inactive", "active", "failed"}[s]
}

// unit is a plugin as the host sees it.
type unit struct {
	plugin   Plugin
	name     string
	declared *Registry

	// turn is taken by whoever changes the plugin's life; a channel, because that
	// may wait for the plugin.
	turn chan struct{}
	host *Host // of the present or the last life

	// The rest is guarded by Bot.mu.
	state   PluginState
	err     error     // why state is Failed
	retryAt time.Time // when activation is tried again; zero when it is not
}

func newUnit(p Plugin) *unit {
	return &unit{plugin: p, name: p.Name(), turn: make(chan struct{}, 1)}
}

// setUp takes a plugin through Configure and Register.
func (b *Bot) setUp(p Plugin) (*unit, error) {
	u := newUnit(p)
	if u.name == "" || strings.Contains(u.name, ":") {
		return nil, fmt.Errorf("plugin %T: the name %q must not be empty or contain \":\"", p, u.name)
	}
	for _, other := range b.units {
		if strings.EqualFold(other.name, u.name) {
			return nil, fmt.Errorf("plugin %s is there twice", u.name)
		}
	}
	var errs []error
	if c, ok := p.(Configurable); ok {
		if err := c.Configure(b.cfg.section(c)); err != nil {
			errs = append(errs, fmt.Errorf("plugin %s: %w", u.name, err))
		}
	}
	declared, err := collect(u.name, p.Register)
	u.declared = declared
	return u, errors.Join(append(errs, err)...)
}

// Activate brings the named plugin to life, if it is not active. It is an error when the bot
// does not run.
func (b *Bot) Activate(ctx context.Context, name string) error {
	return b.withUnit(ctx, name, b.activate)
}

// Deactivate ends the named plugin's life, if it is active: its commands disappear, what it
// runs is told to end, and waited for. It is an error when the bot does not run.
func (b *Bot) Deactivate(ctx context.Context, name string) error {
	return b.withUnit(ctx, name, b.deactivate)
}

func (b *Bot) withUnit(ctx context.Context, name string, do func(ctx context.Context, u *unit) error) error {
	i := slices.IndexFunc(b.units, func(u *unit) bool { return strings.EqualFold(u.name, name) })
	if i < 0 {
		return fmt.Errorf("there is no plugin %q", name)
	}
	if !b.open.Load() {
		return errors.New("the bot does not run")
	}
	return do(ctx, b.units[i])
}

// activate makes a plugin active, or leaves it as if nothing had been tried.
func (b *Bot) activate(ctx context.Context, u *unit) error {
	if err := u.take(ctx); err != nil {
		return err
	}
	defer u.pass()
	if b.stateOf(u) == Active {
		return nil
	}
	h, err := b.newHost(u)
	if err != nil {
		return b.failed(u, err)
	}
	u.host = h
	if a, ok := u.plugin.(Activator); ok {
		limited, cancel := context.WithTimeout(h.ctx, activateTimeout)
		stop := context.AfterFunc(ctx, cancel)
		err := protect(func() error { return a.Activate(limited, h) })
		stop()
		cancel()
		if err != nil {
			_ = b.close(ctx, u)   // has been logged; the first error counts
			if ctx.Err() != nil { // the bot stops, which is nobody's failure
				return ctx.Err()
			}
			return b.failed(u, err)
		}
	}
	if err := b.declare(declaration{h, u.name, u.declared}); err != nil {
		return err
	}
	for _, j := range u.declared.jobs {
		h.runJob(h.ctx, j)
	}
	b.setState(u, Active, nil)
	h.Log.Info("plugin activated")
	return nil
}

// deactivate is the way back.
func (b *Bot) deactivate(ctx context.Context, u *unit) error {
	if err := u.take(ctx); err != nil {
		return err
	}
	defer u.pass()
	if b.stateOf(u) != Active {
		b.setState(u, Inactive, nil)
		return nil
	}
	b.setState(u, Inactive, nil)
	err := b.close(ctx, u)
	u.host.Log.Info("plugin deactivated")
	return err
}

// close ends what a plugin runs, and lets it close what it has.
func (b *Bot) close(ctx context.Context, u *unit) error {
	// Also when the caller is in a hurry: what is left behind must be told to end.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), deactivateTimeout)
	defer cancel()
	u.host.cancel() // from here on it registers nothing more
	b.withdraw(func(d declaration) bool { return d.host.unit == u })
	left := u.host.end(ctx)
	if len(left) > 0 {
		u.host.Log.Error("functions of the plugin do not end", "functions", left)
	}
	d, ok := u.plugin.(Deactivator)
	if !ok {
		return nil
	}
	if err := protect(func() error { return d.Deactivate(ctx) }); err != nil {
		u.host.Log.Error("plugin failed to deactivate", "error", err)
		return fmt.Errorf("deactivate %s: %w", u.name, err)
	}
	return nil
}

// failed records why a plugin is not active, and tells the administrators.
func (b *Bot) failed(u *unit, err error) error {
	b.setState(u, Failed, err)
	b.log.Error("plugin failed to activate", "plugin", u.name, "error", err)
	b.notices.add(fmt.Sprintf("Plugin %s failed to activate: %v.", u.name, firstLine(err.Error())))
	return fmt.Errorf("activate %s: %w", u.name, err)
}

// keepActivating tries to activate a plugin until it works, cannot work, or ctx ends.
// first is closed after the first attempt.
func (b *Bot) keepActivating(ctx context.Context, u *unit, first func()) {
	defer first()
	delay := newBackoff(time.Second, 5*time.Minute)
	for {
		err := b.activate(ctx, u)
		if err == nil || errors.Is(err, ErrPermanent) || ctx.Err() != nil {
			return
		}
		first()
		wait := delay.next()
		b.mu.Lock()
		if u.state == Failed {
			u.retryAt = time.Now().Add(wait)
		}
		b.mu.Unlock()
		if sleep(ctx, wait) != nil || b.stateOf(u) != Failed { // somebody has decided otherwise
			return
		}
	}
}

// addDynamic is [Host.Register].
func (b *Bot) addDynamic(h *Host, name string, register func(r *Registry) error) (withdraw func(), err error) {
	what, err := collect(name, register)
	if err != nil {
		return nil, err
	}
	if name == "" || strings.Contains(name, ":") {
		return nil, fmt.Errorf("the name %q must not be empty or contain \":\"", name)
	}
	if err := b.declare(declaration{h, name, what}); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(h.ctx)
	for _, j := range what.jobs {
		h.runJob(ctx, j)
	}
	return func() {
		cancel()
		b.withdraw(func(d declaration) bool { return d.what == what })
	}, nil
}

// declare makes commands, filters and routes appear, all at once. It fails when the plugin
// is no longer active.
func (b *Bot) declare(d declaration) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if d.host.ctx.Err() != nil {
		return fmt.Errorf("plugin %s is not active", d.host.unit.name)
	}
	b.declared = append(b.declared, d)
	slices.SortStableFunc(b.declared, b.byOrder)
	b.swapTable()
	return nil
}

// swapTable makes what is declared now the table that messages meet. b.mu is held.
func (b *Bot) swapTable() {
	t := newTable(b.declared)
	known := b.table.Swap(t).renamed
	b.web.rebuild(b.declared)
	for _, c := range t.renamed {
		if !slices.ContainsFunc(known, func(k clash) bool { return k.String() == c.String() }) {
			b.tellClash(c)
		}
	}
}

func (b *Bot) tellClash(c clash) {
	b.log.Warn("command renamed", "clash", c.String())
	b.notices.add(c.String())
}

// ofUnits returns what the plugins declare, whether they are active or not.
func (b *Bot) ofUnits() []declaration {
	var all []declaration
	for _, u := range b.units {
		all = append(all, declaration{name: u.name, what: u.declared})
	}
	return all
}

// settleNames renames commands of plugins that have the name of another plugin's. It does so
// once and for all: access rules and history go by names, which must not depend on who else
// is active at the moment.
func (b *Bot) settleNames() {
	for _, c := range newTable(b.ofUnits()).renamed {
		for _, u := range b.units {
			if u.name == c.entry.owner {
				u.declared.rename(c)
			}
		}
		b.tellClash(c)
	}
}

// byOrder sorts plugins in the order in which the host was given them, and after them what
// was registered later.
func (b *Bot) byOrder(x, y declaration) int { return b.order(x) - b.order(y) }

func (b *Bot) order(d declaration) int {
	if d.what != d.host.unit.declared {
		return len(b.units)
	}
	return slices.Index(b.units, d.host.unit)
}

// withdraw makes declarations disappear, all at once.
func (b *Bot) withdraw(gone func(d declaration) bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	before := len(b.declared)
	b.declared = slices.DeleteFunc(b.declared, gone)
	if len(b.declared) == before {
		return
	}
	b.swapTable()
}

func (b *Bot) stateOf(u *unit) PluginState {
	b.mu.Lock()
	defer b.mu.Unlock()
	return u.state
}

func (b *Bot) setState(u *unit, s PluginState, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	u.state, u.err, u.retryAt = s, err, time.Time{}
}

func (u *unit) take(ctx context.Context) error {
	select {
	case u.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("plugin %s is busy starting or stopping: %w", u.name, ctx.Err())
	}
}

func (u *unit) pass() { <-u.turn }

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}
