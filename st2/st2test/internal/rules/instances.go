package rules

import (
	"slices"
	"sync"
	"time"

	"github.com/go-errbot/errbot/st2/st2test/internal/ident"
	"github.com/go-errbot/errbot/st2/st2test/internal/pyjson"
)

// InquiryTrigger is what an inquiry fires when it is opened.
const InquiryTrigger = "core.st2.generic.inquiry"

// maxInstances bounds the trigger instances kept; the oldest are dropped.
const maxInstances = 1000

// Instances keeps what triggers have fired. The zero value is empty. It is safe for
// concurrent use.
type Instances struct {
	mu   sync.Mutex
	list []*pyjson.Object
}

// Fire records that a trigger fired, and returns its instance.
func (x *Instances) Fire(trigger string, at time.Time, payload *pyjson.Object) *pyjson.Object {
	instance := pyjson.Of("trigger", trigger, "occurrence_time", ident.Timestamp(at), "status", "processed", "id", ident.ObjectID(), "payload", payload)
	x.mu.Lock()
	defer x.mu.Unlock()
	if len(x.list) == maxInstances {
		x.list = x.list[1:]
	}
	x.list = append(x.list, instance)
	return instance
}

// Newest returns the instances, newest first.
func (x *Instances) Newest() []*pyjson.Object {
	x.mu.Lock()
	defer x.mu.Unlock()
	list := slices.Clone(x.list)
	slices.Reverse(list)
	return list
}
