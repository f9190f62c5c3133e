package st2test

import (
	"slices"
	"sync"

	"github.com/go-errbot/errbot/st2/st2test/internal/pyjson"
)

// event is what happened, for those who listen to the stream.
type event struct {
	name        string
	actionRef   string
	executionID string
	status      string
	data        func() *pyjson.Object // called only when somebody wants the event
}

// bus hands events to the open streams. Nothing is kept for those that open later.
type bus struct {
	mu          sync.Mutex
	subscribers []*subscriber
}

func (b *bus) subscribe(sub *subscriber) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.subscribers = append(b.subscribers, sub)
}

func (b *bus) unsubscribe(sub *subscriber) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.subscribers = slices.DeleteFunc(b.subscribers, func(s *subscriber) bool { return s == sub })
}

func (b *bus) open() []*subscriber {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.subscribers)
}

// publish gives an event to every stream that wants it, and resets the heartbeat of the
// others: that is how the real one behaves.
func (b *bus) publish(e event) {
	b.deliver(e, frame)
}

func (b *bus) deliver(e event, write func(event) []byte) {
	var bytes []byte
	for _, sub := range b.open() {
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

// frame is an event on the wire.
func frame(e event) []byte {
	b := append([]byte("event: "), e.name...)
	b = append(b, "\ndata: "...)
	b = pyjson.Append(b, e.data())
	return append(b, "\n\n"...)
}
