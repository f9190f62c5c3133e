package st2

import (
	"math"
	"slices"
	"sync"
	"time"
)

const (
	// holdLongest is for how long results are waited for: a command may run for hours,
	// and the end of a conversation should not.
	holdLongest = 15 * time.Minute
	// maxExpected bounds the commands whose results are waited for; for more, the
	// oldest are given up.
	maxExpected = 1000
)

// expectation is a command whose results are still to come. An announcement does not say
// which command it answers, so it counts for the oldest of its channel and user.
type expectation struct {
	channel, user string
	since         time.Time
	release       func()        // tells the host that nothing more comes
	acked         chan struct{} // closed when the command has given its own answers

	// The rest is guarded by expectations.mu.
	want     int // how many results there will be
	got      int
	underWay int // of those got, how many are being delivered
	over     bool
}

// undecided is how many results a command has whose request is not yet answered.
const undecided = math.MaxInt

// expectations are the commands whose results are still to come, oldest first. The zero
// value is ready and safe for concurrent use.
type expectations struct {
	mu  sync.Mutex
	all []*expectation
}

// add expects results of a command that is about to be started: they may arrive before the
// answer to its request. release is called when nothing more is waited for.
func (x *expectations) add(channel, user string, release func()) *expectation {
	e := &expectation{
		channel: channel, user: user, since: time.Now(),
		release: release, acked: make(chan struct{}), want: undecided,
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.all = append(x.all, e)
	if len(x.all) > maxExpected {
		x.end(x.all[0])
	}
	return e
}

// acknowledged tells that the command has given its own answers, and how many results will
// follow them.
func (x *expectations) acknowledged(e *expectation, results int) {
	x.mu.Lock()
	defer x.mu.Unlock()
	close(e.acked)
	e.want = results
	if e.got >= e.want {
		x.end(e)
	}
}

// arrived returns the command that an announcement answers, nil when there is none, and what
// it has to wait for: the answers of every command of this channel and user that has not
// given them, for it may be the result of any. The caller reports with delivered when the
// announcement is in the chat.
func (x *expectations) arrived(channel, user string) (answered *expectation, after []<-chan struct{}) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, e := range x.all {
		if e.channel != channel || e.user != user {
			continue
		}
		if answered == nil {
			answered = e
		}
		if e.want == undecided {
			after = append(after, e.acked)
		}
	}
	if answered == nil {
		return nil, nil
	}
	answered.got++
	answered.underWay++
	if answered.got >= answered.want {
		x.end(answered)
	}
	return answered, after
}

// delivered ends what arrived began.
func (x *expectations) delivered(e *expectation) {
	x.mu.Lock()
	defer x.mu.Unlock()
	e.underWay--
	if e.over && e.underWay == 0 {
		e.release()
	}
}

// giveUpBefore gives up what was started before t.
func (x *expectations) giveUpBefore(t time.Time) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for len(x.all) > 0 && x.all[0].since.Before(t) {
		x.end(x.all[0])
	}
}

// giveUpAll gives up everything.
func (x *expectations) giveUpAll() {
	x.mu.Lock()
	defer x.mu.Unlock()
	for len(x.all) > 0 {
		x.end(x.all[0])
	}
}

// end waits for nothing more, except that what has arrived is delivered. x.mu is held.
func (x *expectations) end(e *expectation) {
	i := slices.Index(x.all, e)
	if i < 0 {
		return
	}
	x.all = slices.Delete(x.all, i, i+1)
	e.over = true
	if e.underWay == 0 {
		e.release()
	}
}
