package client_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/go-errbot/errbot/st2/client"
	"github.com/stretchr/testify/require"
)

const streamPath = "/stream/v1/stream"

// conn is what a stream service does with one connection.
type conn func(w http.ResponseWriter, r *http.Request)

// says answers with text and then ends the connection as StackStorm does when it is
// stopped: without the last chunk.
func says(text string) conn {
	return func(w http.ResponseWriter, _ *http.Request) {
		begin(w)
		write(w, text)
		panic(http.ErrAbortHandler)
	}
}

// saysAndStays answers with text and then nothing more.
func saysAndStays(text string) conn {
	return func(w http.ResponseWriter, r *http.Request) {
		begin(w)
		write(w, text)
		<-r.Context().Done()
	}
}

// nginxPage is what stock nginx answers for a stream service that is down.
func nginxPage(w http.ResponseWriter, _ *http.Request) {
	begin(w)
	write(w, "retry: 1000\n\n")
}

func begin(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/event-stream; charset=UTF-8")
	w.WriteHeader(http.StatusOK)
}

func write(w http.ResponseWriter, text string) {
	_, _ = io.WriteString(w, text)
	_ = http.NewResponseController(w).Flush()
}

// announce returns the bytes of an announcement.
func announce(message string) string {
	return fmt.Sprintf("event: st2.announcement__errbot\ndata: {\"payload\":{\"message\":%q},\"trace_context\":null}\n\n", message)
}

// script serves the connections of a stream one after the other; the last stays silent.
func script(conns ...conn) *spy {
	var n atomic.Int32
	return &spy{next: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if i := int(n.Add(1)); i <= len(conns) {
			conns[i-1](w, r)
			return
		}
		saysAndStays("\n")(w, r)
	})}
}

// listener runs a stream and keeps what it reports.
type listener struct {
	cancel context.CancelFunc
	done   chan error

	mu    sync.Mutex
	heard heard
}

// heard is what a stream has reported.
type heard struct {
	messages []string
	events   []client.Event
	states   []client.State
	skipped  []error
}

func (h *heard) phases() []client.Phase {
	var out []client.Phase
	for _, s := range h.states {
		out = append(out, s.Phase)
	}
	return out
}

func (h *heard) last() client.State { return h.states[len(h.states)-1] }

func listen(t *testing.T, c *client.Client, opts client.StreamOptions, handle ...func(client.Event) error) *listener {
	l := &listener{done: make(chan error, 1)}
	opts.OnState = func(s client.State) { l.note(func(h *heard) { h.states = append(h.states, s) }) }
	opts.OnSkip = func(err error) { l.note(func(h *heard) { h.skipped = append(h.skipped, err) }) }
	ctx, cancel := context.WithCancel(t.Context())
	l.cancel = cancel
	t.Cleanup(cancel)
	go func() {
		l.done <- c.Stream(ctx, opts, func(e client.Event) error {
			l.note(func(h *heard) {
				h.events = append(h.events, e)
				if a, err := client.DecodeAnnouncement(e); err == nil {
					h.messages = append(h.messages, a.Message)
				}
			})
			for _, h := range handle {
				return h(e)
			}
			return nil
		})
	}()
	return l
}

func (l *listener) note(f func(*heard)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f(&l.heard)
}

// so returns what has been reported so far.
func (l *listener) so() heard {
	l.mu.Lock()
	defer l.mu.Unlock()
	return heard{slices.Clone(l.heard.messages), slices.Clone(l.heard.events), slices.Clone(l.heard.states), slices.Clone(l.heard.skipped)}
}

// end ends the stream, fails unless that was the reason, and returns what was reported.
func (l *listener) end(t *testing.T) heard {
	t.Helper()
	l.cancel()
	require.ErrorIs(t, <-l.done, context.Canceled)
	return l.so()
}
