package bot

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-errbot/errbot/acl"
	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/bot/conf"
	"github.com/go-errbot/errbot/bot/store"
)

// Bot is one bot on one chat network. Several of them can live in one process.
type Bot struct {
	cfg      Config
	chat     backend.Backend
	log      *slog.Logger
	version  string
	policy   *acl.Policy
	prefixes *prefixes
	storage  store.Storage
	started  time.Time
	ran      atomic.Bool // Run was called
	open     atomic.Bool // the storage is there: plugins can live

	divertPrivate nameSet
	divertThread  nameSet

	// What messages are dispatched to. Readers load it once for each message.
	table atomic.Pointer[table]

	mu       sync.Mutex // guards declared and the states of units
	declared []declaration
	units    []*unit

	queue   chan task
	busy    chan task
	pending pending // tasks that are queued or run
	holds   pending // answers that are still to come
	refused atomic.Int64
	closing atomic.Bool // nothing new is taken in
	nextID  atomic.Int64
	running running

	history *history
	out     *outbox
	notices *notices
	link    *link
	web     *web

	life context.Context // of everything the bot runs; it outlasts the one given to Run
	end  context.CancelFunc
}

// Option changes what [New] makes.
type Option func(*Bot) error

// WithPlugins adds plugins. Filters run, and commands of the same name are kept apart, in
// the order of the plugins.
func WithPlugins(plugins ...Plugin) Option {
	return func(b *Bot) error {
		var errs []error
		for _, p := range plugins {
			u, err := b.setUp(p)
			if err != nil {
				errs = append(errs, err)
				continue
			}
			b.units = append(b.units, u)
		}
		return errors.Join(errs...)
	}
}

// WithLogger makes the bot log to log. Without it the bot logs to [slog.Default].
func WithLogger(log *slog.Logger) Option {
	return func(b *Bot) error {
		b.log = log
		return nil
	}
}

// WithStorage keeps what plugins store in s instead of the configured storage. The bot
// closes it at the end of Run.
func WithStorage(s store.Storage) Option {
	return func(b *Bot) error {
		b.storage = s
		return nil
	}
}

// WithVersion tells plugins, and so chat users, which version of the program this is.
func WithVersion(version string) Option {
	return func(b *Bot) error {
		b.version = version
		return nil
	}
}

// New makes a bot for the given network. It does no I/O. The error holds every problem of
// configuration, options and plugins at once.
func New(cfg Config, chat backend.Backend, opts ...Option) (*Bot, error) {
	b := &Bot{
		cfg:           cfg,
		chat:          chat,
		log:           slog.Default(),
		version:       "devel",
		policy:        acl.NewPolicy(cfg.Admins, acl.Rule(cfg.AccessControlsDefault), cfg.AccessControls),
		prefixes:      newPrefixes(&cfg),
		divertPrivate: newNameSet(cfg.DivertToPrivate),
		divertThread:  newNameSet(cfg.DivertToThread),
		history:       newHistory(),
		running:       running{byID: map[int64]*runningCommand{}},
		link:          newLink(),
	}
	errs := []error{cfg.Validate()}
	for _, o := range opts {
		errs = append(errs, o(b))
	}
	errs = append(errs, b.checkSections())
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	b.queue = make(chan task, cfg.QueueSize)
	b.busy = make(chan task, cfg.PoolSize)
	b.notices = newNotices(b.log)
	b.settleNames()
	b.web = newWeb(b)
	b.out = &outbox{
		chat:    chat,
		log:     b.log,
		limit:   cfg.MessageSizeLimit,
		timeout: time.Duration(cfg.DeliveryTimeout),
		sent:    b.observeSent,
		turns:   map[backend.Place][]chan struct{}{},
	}
	b.table.Store(&table{})
	b.life, b.end = context.WithCancel(context.Background())
	return b, nil
}

// Run activates the plugins, connects, and serves until ctx ends or the conversation is
// over; both are no error. It then takes in nothing new, waits up to the shutdown time-out
// for what is under way, and deactivates the plugins. A Bot runs once.
func (b *Bot) Run(ctx context.Context) (err error) {
	if b.ran.Swap(true) {
		return errors.New("this bot has run already: make a new one")
	}
	b.started = time.Now()
	if err := b.openStorage(); err != nil {
		return err
	}
	b.open.Store(true)
	defer b.open.Store(false)
	defer func() { err = errors.Join(err, b.storage.Close()) }()
	defer b.end()

	stopWorkers := b.startWorkers()
	defer stopWorkers()

	// These go on while the bot drains, so that answers still find their way.
	var helpers sync.WaitGroup
	connection, disconnect := context.WithCancel(b.life)
	serving, stopServing := context.WithCancel(ctx)
	defer helpers.Wait()
	defer disconnect()
	defer stopServing()
	if err := b.web.start(connection, &helpers); err != nil {
		return err
	}
	b.activateAll(serving, &helpers)
	defer b.deactivateAll()
	b.warnUnmatchedRules()
	helpers.Go(func() { b.deliverNotices(connection) })
	helpers.Go(func() { b.joinRooms(connection) })
	helpers.Go(func() { b.keepHistory(connection) })
	ended := make(chan error, 1)
	helpers.Go(func() { ended <- b.stayConnected(connection) })

	select {
	case <-ctx.Done():
		b.log.Info("stopping")
		b.closing.Store(true)
	case err = <-ended:
		if !errors.Is(err, backend.ErrEnd) {
			return err
		}
		err = nil
		b.waitForAnswers(ctx)
	}
	b.drain()
	return err
}

// Handler returns the embedded web server's handler, for those who serve it themselves: the
// routes of the active plugins, /healthz and /readyz.
func (b *Bot) Handler() http.Handler { return b.web }

func (b *Bot) openStorage() error {
	if b.storage == nil {
		if b.cfg.Storage == "memory" || b.cfg.Storage == "" && b.cfg.DataDir == "" {
			b.storage = store.NewMemory()
		} else {
			s, err := store.OpenBolt(filepath.Join(b.cfg.DataDir, "errbot.db"))
			if err != nil {
				return fmt.Errorf("open the storage: %w", err)
			}
			b.storage = s
		}
	}
	return b.loadHistory()
}

// activateAll gives every plugin its first chance, all at the same time, and leaves those
// that fail to be tried again.
func (b *Bot) activateAll(ctx context.Context, helpers *sync.WaitGroup) {
	var first sync.WaitGroup
	for _, u := range b.units {
		first.Add(1)
		helpers.Go(func() { b.keepActivating(ctx, u, sync.OnceFunc(first.Done)) })
	}
	first.Wait()
}

// deactivateAll ends the plugins' lives, the last one first.
func (b *Bot) deactivateAll() {
	for _, u := range slices.Backward(b.units) {
		_ = b.deactivate(b.life, u) // an error has been logged
	}
}

// waitForAnswers waits, after the end of a conversation, for the answers that are still to
// come.
func (b *Bot) waitForAnswers(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, time.Duration(b.cfg.EndTimeout))
	defer cancel()
	if b.pending.wait(ctx) != nil || b.holds.wait(ctx) != nil {
		b.log.Warn("the conversation has ended and answers are still outstanding", "waited", b.cfg.EndTimeout)
	}
}

// drain waits for what is under way.
func (b *Bot) drain() {
	ctx, cancel := context.WithTimeout(b.life, time.Duration(b.cfg.ShutdownTimeout))
	defer cancel()
	if b.pending.wait(ctx) == nil {
		return
	}
	for _, c := range b.running.list() {
		b.log.Warn("stopped in the middle", "command", c.Text, "from", c.Person, "running_for", time.Since(c.Since))
		b.running.stop(c.ID)
	}
	if waiting := len(b.queue); waiting > 0 {
		b.log.Warn("messages that waited for a worker are not answered", "messages", waiting)
	}
}

// observeSent lets listeners see what the bot says, and where it is: with its ID, for who
// answers it or reacts to it.
func (b *Bot) observeSent(m *backend.Message, at backend.Ref) {
	if len(b.table.Load().listeners) > 0 {
		said := *m
		said.Ref = at
		b.enqueue(task{event: backend.Sent{Message: &said}})
	}
}

// mention returns what addresses p at the beginning of a message in a room.
func (b *Bot) mention(p backend.Person) string {
	if m, ok := b.chat.(backend.Mentioner); ok {
		return m.Mention(p)
	}
	return "@" + p.Nick + " "
}

// warnUnmatchedRules tells which access rules no command can meet.
func (b *Bot) warnUnmatchedRules() {
	b.mu.Lock()
	declared := append(b.ofUnits(), b.declared...) // also what is not active, or was added at run time
	b.mu.Unlock()
	var known []acl.CommandName
	for _, d := range declared {
		for _, c := range d.what.commands {
			known = append(known, acl.CommandName{Plugin: d.name, Command: c.Name, Regexp: c.Pattern})
		}
	}
	for _, w := range b.policy.Check(known) {
		b.log.Warn(w.String())
	}
}

// checkSections reports sections below "plugins:" that no plugin takes.
func (b *Bot) checkSections() error {
	var errs []error
	var names []string
	for _, u := range b.units {
		if c, ok := u.plugin.(Configurable); ok && c.ConfigKey() == "" {
			names = append(names, u.name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(b.cfg.Plugins)) {
		if slices.Contains(names, name) {
			continue
		}
		hint := ""
		if near := conf.Nearest(name, names); near != "" {
			hint = fmt.Sprintf("; did you mean %q?", near)
		}
		errs = append(errs, b.cfg.Source.Section("plugins").Errorf(name, "no plugin takes this section%s", hint))
	}
	return errors.Join(errs...)
}
