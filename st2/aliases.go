package st2

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-errbot/errbot/bot"
	"github.com/go-errbot/errbot/st2/client"
	"github.com/go-errbot/errbot/st2/internal/aliasmatch"
)

// How fresh the list of aliases is kept, beside the events that tell of changes.
const (
	aliasesFresh  = 2 * time.Minute // for how long a list is good enough
	aliasesReload = time.Minute     // how often it is read, so that commands need not wait for it
	aliasesPause  = 500 * time.Millisecond
	aliasesWait   = 3 * time.Second // for how long a command waits for it
)

// aliasEvents are the events that tell of changed aliases.
const aliasEvents = "st2.actionalias__"

// aliasCache keeps all aliases as the bot's own account sees them. It is safe for concurrent
// use.
type aliasCache struct {
	client  *client.Client
	turn    chan struct{} // taken by who reads the list
	changed chan struct{} // has an element when the list should be read again

	mu      sync.Mutex
	list    []client.Alias
	known   bool      // there has been a list
	secured bool      // one of list asks for security
	until   time.Time // for how long list is good enough
	changes int       // how often it has been invalidated
}

func newAliasCache(c *client.Client) *aliasCache {
	return &aliasCache{client: c, turn: make(chan struct{}, 1), changed: make(chan struct{}, 1)}
}

// get returns all aliases, read now where the list is not fresh. The caller must not change
// them.
func (a *aliasCache) get(ctx context.Context) ([]client.Alias, error) {
	if list, ok := a.fresh(); ok {
		return list, nil
	}
	return a.read(ctx, a.fresh)
}

// read asks StackStorm, unless somebody else has just done so: then instead is true.
func (a *aliasCache) read(ctx context.Context, instead func() ([]client.Alias, bool)) ([]client.Alias, error) {
	select {
	case a.turn <- struct{}{}:
		defer func() { <-a.turn }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if list, ok := instead(); ok {
		return list, nil
	}
	a.mu.Lock()
	changes := a.changes
	a.mu.Unlock()
	list, err := a.client.Aliases(ctx)
	if err != nil {
		return nil, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.list, a.known, a.secured = list, true, anySecured(list)
	if a.changes == changes { // what changed meanwhile may be missing
		a.until = time.Now().Add(aliasesFresh)
	}
	return list, nil
}

func (a *aliasCache) fresh() ([]client.Alias, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.list, time.Now().Before(a.until)
}

// last returns the last list that could be read; known is false when none could.
func (a *aliasCache) last() (list []client.Alias, known bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.list, a.known
}

// lastSecured reports whether an alias of the last list asks for security.
func (a *aliasCache) lastSecured() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.secured
}

// invalidate tells that aliases may have changed.
func (a *aliasCache) invalidate() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.changes++
	a.until = time.Time{}
	if a.known {
		signal(a.changed)
	}
}

// run keeps the list fresh until ctx ends. Many changes in a row are one.
func (a *aliasCache) run(ctx context.Context) error {
	ticker := time.NewTicker(aliasesReload)
	defer ticker.Stop()
	for {
		instead := a.fresh
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
			instead = func() ([]client.Alias, bool) { return nil, false }
		case <-a.changed:
			if !pause(ctx, aliasesPause) {
				return nil
			}
		}
		_, _ = a.read(ctx, instead) // who needs the list asks again, and tells
	}
}

// streamEvents returns the events that are listened to.
func (l *life) streamEvents() []string {
	events := []string{client.AnnouncementPrefix + l.cfg.RouteKey, aliasEvents + "*"}
	if l.cfg.TwofactorAction != "" {
		events = append(events, twofactorEvent)
	}
	return events
}

// takeEvent sees to an event that is no announcement for the chat, and reports whether it
// was one.
func (l *life) takeEvent(e client.Event) bool {
	switch {
	case strings.HasPrefix(e.Name, aliasEvents):
		l.aliases.invalidate()
	case e.Name == twofactorEvent && l.cfg.TwofactorAction != "":
		l.secondFactor(e)
	default:
		return false
	}
	return true
}

// streamState takes the stream's state. What changes while there is no stream is not told.
func (l *life) streamState(s client.State) {
	l.aliases.invalidate()
	l.health.streamState(s)
	if s.Phase == client.Connected {
		l.courier.Connected()
	}
}

// warmUp reads the aliases before the first command needs them, where StackStorm is there.
func (l *life) warmUp(ctx context.Context) {
	if l.health.ready() != nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, aliasesWait)
	defer cancel()
	if _, err := l.aliases.get(ctx); err != nil {
		l.log.Info("StackStorm's aliases could not be listed", "error", err)
	}
}

// ambiguous answers a command that several aliases match, with those that the asker may
// run, or with otherwise when they are not known.
func (l *life) ambiguous(ctx context.Context, r *bot.Request, command, otherwise string) string {
	ctx, cancel := context.WithTimeout(ctx, aliasesWait)
	defer cancel()
	aliases, err := l.aliases.get(ctx)
	if err != nil {
		l.log.Debug("no candidates: the aliases could not be listed", "error", err)
		aliases, _ = l.aliases.last()
	}
	left, _ := withoutPairs(command)
	var candidates []string
	for _, c := range aliasmatch.Candidates(aliases, left) {
		text := `"` + l.typed(withPrefix(l.cfg.PluginPrefix, clip(c.Display, shownCommand))) + `" (` + c.Alias + `)`
		if l.mayRun(r, c.Display) && !slices.Contains(candidates, text) {
			candidates = append(candidates, text)
		}
	}
	if len(candidates) < 2 {
		return otherwise
	}
	const most = 5
	more := ""
	if n := len(candidates); n > most {
		candidates, more = candidates[:most], " and others"
	}
	return `More than one StackStorm command matches "` + clip(command, shownCommand) + `": ` + strings.Join(candidates, ", ") + more + ". Please write it more precisely."
}
