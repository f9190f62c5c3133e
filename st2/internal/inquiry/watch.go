package inquiry

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"time"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/bot/store"
	"github.com/go-errbot/errbot/st2/client"
)

const (
	toldKey    = "inquiry."       // begins the keys of inquiries that were announced
	askAction  = "core.ask"       // what nearly all inquiries are executions of
	whereAsked = 10 * time.Second // for how long it is found out where to announce one
	maxParents = 10               // workflows within workflows
)

// Watch announces new inquiries. All of its fields are needed.
type Watch struct {
	Chat   Chat
	Client *client.Client // the bot itself
	Store  store.Store
	Log    *slog.Logger
	Every  time.Duration // between two looks that nothing gave rise to
	Typed  Typed
	// Origin returns where an execution was asked for, if the bot started it.
	Origin func(ctx context.Context, execution string) (backend.Ref, bool)
	// Elsewhere returns where inquiries are announced that no command of the bot led to;
	// the zero Ref for nowhere.
	Elsewhere func(ctx context.Context) (backend.Ref, error)
}

// Start announces new inquiries, each once also over a restart, until the bot stops: where the
// command was given that led to it, or else elsewhere. The stream says when to look; a clock
// and every new connection make up for what it misses.
func (w Watch) Start() {
	x := &watch{Watch: w, look: make(chan struct{}, 1), known: map[string]bool{}}
	w.Chat.Go("StackStorm inquiries", x.listen)
	w.Chat.Go("StackStorm inquiry announcements", x.run)
}

type watch struct {
	Watch
	look      chan struct{}   // has an element when there is something new
	known     map[string]bool // that need no announcement, or no other; belongs to run
	forbidden bool            // has been logged
}

// lookNow tells run that there may be something new.
func (w *watch) lookNow() {
	select {
	case w.look <- struct{}{}:
	default:
	}
}

// listen looks when the stream tells of an inquiry, until ctx ends.
func (w *watch) listen(ctx context.Context) error {
	options := client.StreamOptions{
		Events:     []string{"st2.execution__update"},
		ActionRefs: []string{askAction},
		OnState: func(s client.State) {
			if s.Phase == client.Connected {
				w.lookNow()
			}
		},
	}
	return w.Client.Stream(ctx, options, func(e client.Event) error {
		var x client.Execution
		if err := json.Unmarshal(e.Data, &x); err != nil {
			return err
		}
		if x.Status == client.StatusPending {
			w.lookNow()
		}
		return nil
	})
}

// run announces until ctx ends.
func (w *watch) run(ctx context.Context) error {
	told, err := w.Store.Keys(ctx, toldKey)
	if err != nil {
		return err
	}
	for _, key := range told {
		w.known[strings.TrimPrefix(key, toldKey)] = true
	}
	ticker := time.NewTicker(w.Every)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-w.look:
		case <-ticker.C:
		}
		err := w.announceNew(ctx)
		if errors.Is(err, client.ErrForbidden) && !w.forbidden {
			w.forbidden = true
			w.Log.Warn("inquiries are not announced: StackStorm does not let the bot list them", "error", err)
		} else if err != nil && ctx.Err() == nil {
			w.Log.Debug("inquiries could not be listed; they are at the next time", "error", err)
		}
	}
}

// announceNew announces what is asked and has not been announced.
func (w *watch) announceNew(ctx context.Context) error {
	list, total, err := w.Client.Inquiries(ctx)
	if err != nil {
		return err
	}
	if total <= len(list) {
		w.prune(ctx, list)
	}
	var fresh []client.Inquiry
	for _, q := range list {
		if !w.known[q.ID] {
			fresh = append(fresh, q)
		}
	}
	if len(fresh) == 0 {
		return nil
	}
	all, err := withWorkflows(ctx, w.Client, fresh)
	if err != nil {
		return err
	}
	for i := range all {
		w.announceOne(ctx, &all[i])
	}
	return nil
}

// prune forgets what is not asked any more.
func (w *watch) prune(ctx context.Context, list []client.Inquiry) {
	open := map[string]bool{}
	for _, q := range list {
		open[q.ID] = true
	}
	for id := range w.known {
		if open[id] {
			continue
		}
		if err := w.Store.Delete(ctx, toldKey+id); err != nil {
			return // at the next time
		}
		delete(w.known, id)
	}
}

// announceOne announces an inquiry where it belongs. One that belongs nowhere is left out,
// and one of which that could not be found out is looked at again.
func (w *watch) announceOne(ctx context.Context, o *Open) {
	if o.Forlorn() {
		w.known[o.ID] = true
		return
	}
	ctx, cancel := context.WithTimeout(ctx, whereAsked)
	defer cancel()
	at, err := w.whereTo(ctx, o)
	if err != nil || ctx.Err() != nil {
		w.Log.Info("where to announce an inquiry is not known yet", "inquiry", o.ID, "error", err)
		return
	}
	w.known[o.ID] = true
	if at.IsZero() {
		w.Log.Debug("an inquiry is not announced: no command of this bot led to it", "inquiry", o.ID)
		return
	}
	text := strings.Join(append([]string{"StackStorm asks something."}, o.Describe(w.Typed)...), "\n")
	w.Chat.Go("announcement of inquiry "+o.ID, func(ctx context.Context) error {
		w.tellOf(ctx, o.ID, at, text)
		return nil
	})
}

// tellOf says that there is an inquiry, and remembers it over a restart.
func (w *watch) tellOf(ctx context.Context, id string, at backend.Ref, text string) {
	if _, err := w.Chat.SendMessage(ctx, &backend.Message{Ref: at, Body: text, Plain: true}); err != nil {
		w.Log.Error("an inquiry was not announced", "inquiry", id, "to", at.String(), "error", err)
		return
	}
	if err := w.Store.Put(ctx, toldKey+id, []byte{}); err != nil {
		w.Log.Warn("an inquiry may be announced again after a restart", "inquiry", id, "error", err)
	}
}

// whereTo returns where an inquiry is announced: where a command led to it, through whatever
// workflows.
func (w *watch) whereTo(ctx context.Context, o *Open) (backend.Ref, error) {
	e := o.Asked
	e.ID = o.ID
	for range maxParents {
		if at, known := w.Origin(ctx, e.ID); known {
			return at, nil
		}
		id := Parent(&e)
		if id == "" {
			break
		}
		if e = o.Workflow; e.ID != id {
			var err error
			if e, err = w.Client.Execution(ctx, id, "status", "context", "parent"); err != nil {
				return backend.Ref{}, err
			}
		}
	}
	return w.Elsewhere(ctx)
}
