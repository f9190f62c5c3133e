package delivery

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/bot/store"
	"github.com/go-errbot/errbot/st2/client"
	"github.com/go-errbot/errbot/st2/internal/ledger"
)

// StackStorm is what is asked of it. [client.Client] implements it.
type StackStorm interface {
	Execute(ctx context.Context, r client.ExecuteRequest) (client.Execution, error)
	Execution(ctx context.Context, id string, attributes ...string) (client.Execution, error)
	Executions(ctx context.Context, q client.ExecutionQuery) (client.ExecutionPage, error)
}

// Chat is where announcements go. It is used by several goroutines at once.
type Chat interface {
	// Resolve finds out whom an address means; nobody is [backend.ErrUnknown].
	Resolve(ctx context.Context, address string) (backend.Ref, error)
	// Text returns an announcement as one text, "" when there is nothing to show.
	Text(a client.Announcement) string
	// Show shows an announcement at a place. It returns when the network has taken all of
	// it, has refused it for good, or ctx has ended; see [Persist].
	Show(ctx context.Context, at backend.Ref, a client.Announcement) error
	// NotifyAdmins tells the administrators something. It returns at once.
	NotifyAdmins(text string)
}

// Config is what a Courier works with. All of it is required.
type Config struct {
	StackStorm StackStorm
	Chat       Chat
	Store      store.Store // holds what has been delivered, and what is waited for
	Log        *slog.Logger

	Route string        // whose announcements are delivered
	Every time.Duration // between two lists of what was announced

	// Go runs a function in a goroutine. Whoever provides it ends its context, and waits
	// for it.
	Go func(name string, run func(ctx context.Context) error)
}

// Courier delivers announcements and the results of commands. It is safe for concurrent use;
// make one with [Open].
type Courier struct {
	Config

	ledger   *ledger.Ledger
	commands *commands
	asked    asked
	lanes    *lanes
	recovery *recovery

	// turn is held while it is decided whether something is delivered and which command
	// it answers, so that those who bring the same agree, and one place's stay in order.
	turn sync.Mutex
}

// Open returns a Courier that knows what the store holds. Nothing is sent before [Courier.Start].
func Open(ctx context.Context, cfg Config) (*Courier, error) {
	c := &Courier{Config: cfg}
	c.lanes = newLanes(cfg.Go, c.bring)
	var err error
	if c.ledger, err = ledger.Open(ctx, cfg.Store); err != nil {
		return nil, err
	}
	if c.commands, err = openCommands(ctx, cfg.Store, cfg.Log); err != nil {
		return nil, err
	}
	if c.recovery, err = openRecovery(ctx, c); err != nil {
		return nil, err
	}
	return c, nil
}

// Start begins to look for what was not announced, or not heard.
func (c *Courier) Start() {
	c.Go("StackStorm announcements", c.recovery.run)
	c.Go("StackStorm commands", c.watch)
}

// Close waits for no result any more; see [Courier.Expect]. What the Courier runs ends with
// the contexts of [Config].Go.
func (c *Courier) Close() { c.asked.giveUpAll() }

// Prepare finds out, before the stream is opened for the first time in the life of the store,
// what had been announced by then, which is not delivered. It takes 5 s at most: what is
// announced after that is delivered, also when StackStorm answers much later.
func (c *Courier) Prepare(ctx context.Context) { c.recovery.prepare(ctx) }

// Connected tells that a stream has begun. What was missed is delivered before what it brings.
func (c *Courier) Connected() { c.recovery.reconnected() }

// Missed tells that an event of the stream could not be read: its execution can.
func (c *Courier) Missed() { signal(c.recovery.wake) }

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

func pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}
