package st2

import (
	"context"
	"maps"
	"slices"
	"sync"

	"github.com/go-errbot/errbot/backend"
)

// origins knows where the executions that the bot started were asked for.
type origins interface {
	// origin returns that place; false when the bot did not start the execution, or
	// has forgotten it. It waits for starts that are under way until ctx ends.
	origin(ctx context.Context, executionID string) (backend.Ref, bool)
	// ids returns the executions that are known.
	ids() []string
}

// maxStarted is how many executions are remembered; beyond it the oldest are forgotten.
const maxStarted = 10_000

// startedHere are the executions that the bot has started since it runs. The zero value is
// ready and safe for concurrent use.
type startedHere struct {
	mu       sync.Mutex
	places   map[string]backend.Ref
	order    []string // oldest first
	underWay map[*starting]bool
}

var _ origins = (*startedHere)(nil)

// starting is a request to start something whose answer has yet to come: what it starts may
// be heard of before.
type starting struct {
	all  *startedHere
	at   backend.Ref
	over chan struct{} // closed by end
}

// begin notes that something is being started for somebody at a place. The caller calls end.
func (s *startedHere) begin(at backend.Ref) *starting {
	x := &starting{all: s, at: at, over: make(chan struct{})}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.underWay == nil {
		s.underWay, s.places = map[*starting]bool{}, map[string]backend.Ref{}
	}
	s.underWay[x] = true
	return x
}

// add tells which execution was started.
func (x *starting) add(executionID string) {
	s := x.all
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, known := s.places[executionID]; !known {
		s.order = append(s.order, executionID)
	}
	s.places[executionID] = x.at
	for len(s.order) > maxStarted {
		delete(s.places, s.order[0])
		s.order = s.order[1:]
	}
}

// end tells that nothing more is started, and that the command has given its answer.
func (x *starting) end() {
	x.all.mu.Lock()
	defer x.all.mu.Unlock()
	delete(x.all.underWay, x)
	close(x.over)
}

// origin implements origins.
func (s *startedHere) origin(ctx context.Context, executionID string) (backend.Ref, bool) {
	s.mu.Lock()
	under := slices.Collect(maps.Keys(s.underWay))
	s.mu.Unlock()
	for _, x := range under {
		select {
		case <-x.over:
		case <-ctx.Done():
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	at, known := s.places[executionID]
	return at, known
}

// ids implements origins.
func (s *startedHere) ids() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.order)
}
