// Package events is the bus of StackStorm's event stream: what happens, who listens, and
// how an event looks on the wire. Nothing is kept for those who listen later.
package events

import (
	"slices"
	"sync"

	"github.com/go-errbot/errbot/st2/st2test/internal/pyjson"
)

// Event is what happened.
type Event struct {
	Name        string
	ActionRef   string
	ExecutionID string
	Final       bool                  // the execution has ended
	Data        func() *pyjson.Object // called only when somebody wants the event
}

// Bus hands events to the open streams. The zero value has none. It is safe for concurrent use.
type Bus struct {
	mu          sync.Mutex
	subscribers []*Subscriber
}

// Subscribe opens a stream: it gets every event from now on that it wants.
func (b *Bus) Subscribe(sub *Subscriber) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.subscribers = append(b.subscribers, sub)
}

// Unsubscribe closes a stream.
func (b *Bus) Unsubscribe(sub *Subscriber) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.subscribers = slices.DeleteFunc(b.subscribers, func(s *Subscriber) bool { return s == sub })
}

// Open returns the open streams.
func (b *Bus) Open() []*Subscriber {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.subscribers)
}

// Publish gives an event to every stream that wants it, and resets the heartbeat of the
// others: that is how the real one behaves.
func (b *Bus) Publish(e Event) { b.Deliver(e, Frame) }

// Deliver publishes an event in a form of its own.
func (b *Bus) Deliver(e Event, write func(Event) []byte) {
	var bytes []byte
	for _, sub := range b.Open() {
		if !sub.wants(e) {
			sub.touch()
			continue
		}
		if bytes == nil {
			bytes = write(e)
		}
		sub.push(bytes, sub.ends(e))
	}
}

// Frame is an event on the wire.
func Frame(e Event) []byte {
	b := append([]byte("event: "), e.Name...)
	b = append(b, "\ndata: "...)
	b = pyjson.Append(b, e.Data())
	return append(b, "\n\n"...)
}

// Broken is an event whose data stops in the middle.
func Broken(e Event) []byte {
	whole := Frame(e)
	prefix := len("event: ") + len(e.Name) + len("\ndata: ")
	data := len(whole) - prefix - len("\n\n")
	return append(whole[:prefix+data/2], "\n\n"...)
}
