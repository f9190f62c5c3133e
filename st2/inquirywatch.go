package st2

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/st2/client"
)

const (
	toldKey    = "inquiry."       // begins the keys of inquiries that were announced
	askAction  = "core.ask"       // what nearly all inquiries are executions of
	whereAsked = 10 * time.Second // for how long it is found out where to announce one
	maxParents = 10               // workflows within workflows
)

// inquiryWatch announces new inquiries, each once: in the room of the command that led to
// it, or else in the configured one. The stream says when to look, a clock and every new
// connection make up for what it misses.
type inquiryWatch struct {
	*life
	look  chan struct{}   // has an element when there is something new
	known map[string]bool // that need no announcement, or no other; belongs to run
}

// watchInquiries starts to announce inquiries.
func (l *life) watchInquiries(spawn func(name string, run func(ctx context.Context) error)) {
	w := &inquiryWatch{life: l, look: make(chan struct{}, 1), known: map[string]bool{}}
	spawn("StackStorm inquiries", w.listen)
	spawn("StackStorm inquiry announcements", w.run)
}

// listen looks when the stream tells of an inquiry, until ctx ends.
func (w *inquiryWatch) listen(ctx context.Context) error {
	options := client.StreamOptions{
		Events:     []string{"st2.execution__update"},
		ActionRefs: []string{askAction},
		OnState: func(s client.State) {
			if s.Phase == client.Connected {
				signal(w.look)
			}
		},
	}
	return w.client.Stream(ctx, options, func(e client.Event) error {
		var x client.Execution
		if err := json.Unmarshal(e.Data, &x); err != nil {
			return err
		}
		if x.Status == client.StatusPending {
			signal(w.look)
		}
		return nil
	})
}

// run announces until ctx ends.
func (w *inquiryWatch) run(ctx context.Context) error {
	told, err := w.host.Store.Keys(ctx, toldKey)
	if err != nil {
		return err
	}
	for _, key := range told {
		w.known[strings.TrimPrefix(key, toldKey)] = true
	}
	ticker := time.NewTicker(w.cfg.TimerUpdate.Duration())
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-w.look:
		case <-ticker.C:
		}
		err := w.announceNew(ctx)
		if errors.Is(err, client.ErrForbidden) && w.said.first("inquiry_list") {
			w.log.Warn("inquiries are not announced: StackStorm does not let the bot list them", "error", err)
		} else if err != nil && ctx.Err() == nil {
			w.log.Debug("inquiries could not be listed; they are at the next time", "error", err)
		}
	}
}

// announceNew announces what is asked and has not been announced.
func (w *inquiryWatch) announceNew(ctx context.Context) error {
	list, total, err := w.client.Inquiries(ctx)
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
	all, err := withWorkflows(ctx, w.client, fresh)
	if err != nil {
		return err
	}
	for i := range all {
		w.announceOne(ctx, &all[i])
	}
	return nil
}

// prune forgets what is not asked any more.
func (w *inquiryWatch) prune(ctx context.Context, list []client.Inquiry) {
	open := map[string]bool{}
	for _, q := range list {
		open[q.ID] = true
	}
	for id := range w.known {
		if open[id] {
			continue
		}
		if err := w.host.Store.Delete(ctx, toldKey+id); err != nil {
			return // at the next time
		}
		delete(w.known, id)
	}
}

// announceOne announces an inquiry where it belongs. One that belongs nowhere is left out,
// and one of which that could not be found out is looked at again.
func (w *inquiryWatch) announceOne(ctx context.Context, o *openInquiry) {
	if o.forlorn() {
		w.known[o.ID] = true
		return
	}
	ctx, cancel := context.WithTimeout(ctx, whereAsked)
	defer cancel()
	at, err := w.whereTo(ctx, o)
	if err != nil || ctx.Err() != nil {
		w.log.Info("where to announce an inquiry is not known yet", "inquiry", o.ID, "error", err)
		return
	}
	w.known[o.ID] = true
	if at.IsZero() {
		w.log.Debug("an inquiry is not announced: no command of this bot led to it", "inquiry", o.ID)
		return
	}
	text := strings.Join(append([]string{"StackStorm asks something."}, w.describe(o)...), "\n")
	w.host.Go("announcement of inquiry "+o.ID, func(ctx context.Context) error {
		w.tellOf(ctx, o.ID, at, text)
		return nil
	})
}

// tellOf says that there is an inquiry, and remembers it over a restart.
func (w *inquiryWatch) tellOf(ctx context.Context, id string, at backend.Ref, text string) {
	if _, err := w.host.SendMessage(ctx, &backend.Message{Ref: at, Body: text, Plain: true}); err != nil {
		w.log.Error("an inquiry was not announced", "inquiry", id, "to", at.String(), "error", err)
		return
	}
	if err := w.host.Store.Put(ctx, toldKey+id, []byte{}); err != nil {
		w.log.Warn("an inquiry may be announced again after a restart", "inquiry", id, "error", err)
	}
}

// whereTo returns where an inquiry is announced; nowhere when no command of this bot led to
// it and no room is configured.
func (w *inquiryWatch) whereTo(ctx context.Context, o *openInquiry) (backend.Ref, error) {
	e := o.asked
	e.ID = o.ID
	for range maxParents {
		if at, known := w.origins.origin(ctx, e.ID); known {
			return at, nil
		}
		id := parent(&e)
		if id == "" {
			break
		}
		if e = o.workflow; e.ID != id {
			var err error
			if e, err = w.client.Execution(ctx, id, "status", "context", "parent"); err != nil {
				return backend.Ref{}, err
			}
		}
	}
	if w.cfg.InquiryRoom == "" {
		return backend.Ref{}, nil
	}
	return w.host.Resolve(ctx, w.cfg.InquiryRoom)
}
