package delivery

import (
	"context"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/st2/client"
)

const (
	// holdLongest is for how long results are waited for: a command may run for hours,
	// and the end of a conversation should not.
	holdLongest = 15 * time.Minute
	// maxExpected bounds the commands whose results are waited for; for more, the
	// oldest are given up.
	maxExpected = 1000
)

// Expected is a command that is being started. Its results may come before the answer to the
// request that starts it, and are not shown before the command's own answers.
type Expected struct {
	courier *Courier
	to      backend.Ref
	user    string
	since   time.Time
	release func()
	acked   chan struct{} // closed when the command has given its own answers
	started int           // executions whose results will come

	// The rest is guarded by asked.mu.
	want     int // how many results there will be
	got      int
	underWay int // of those got, how many are being delivered
	over     bool
}

// undecided is how many results a command has whose request is not yet answered.
const undecided = math.MaxInt

// Expect announces that somebody's command is about to be started. release is called once, when
// nothing more is waited for: also by [Courier.Close], and after 15 minutes. The caller
// calls [Expected.Acknowledged].
func (c *Courier) Expect(to backend.Ref, user string, release func()) *Expected {
	e := &Expected{
		courier: c, to: to, user: user, since: time.Now(),
		release: release, acked: make(chan struct{}), want: undecided,
	}
	c.asked.add(e)
	return e
}

// Started records an execution that the command has started and that announces its result: it is
// delivered to the place to, in the room or conversation where the command was given, and by
// the bot itself if StackStorm loses it. It belongs before Acknowledged, and to one goroutine.
func (e *Expected) Started(ctx context.Context, to backend.Ref, execution client.Execution) {
	e.started++
	err := e.courier.commands.add(ctx, &command{
		ID: execution.ID, To: to, User: e.user, Channel: e.to.String(),
		Alias: execution.Origin().AliasName, At: time.Now(), Started: execution.Start,
	})
	if err != nil {
		e.courier.Log.Error("a command would not be known after a restart", "execution", execution.ID, "error", err)
	}
}

// Acknowledged tells that the command has given its own answers. It is called once.
func (e *Expected) Acknowledged() { e.courier.asked.acknowledged(e) }

// Knows reports whether the result of an execution is waited for.
func (c *Courier) Knows(executionID string) bool { return c.commands.get(executionID) != nil }

// asked are the commands whose results are still to come, oldest first. An announcement does
// not say which command it answers, so it counts for the oldest of its channel and user. The
// zero value is ready and safe for concurrent use.
type asked struct {
	mu  sync.Mutex
	all []*Expected
}

func (x *asked) add(e *Expected) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.all = append(x.all, e)
	if len(x.all) > maxExpected {
		x.end(x.all[0])
	}
}

func (x *asked) acknowledged(e *Expected) {
	x.mu.Lock()
	defer x.mu.Unlock()
	close(e.acked)
	e.want = e.started
	if e.got >= e.want {
		x.end(e)
	}
}

// arrived returns the command that an announcement answers, nil when there is none, and what
// it has to wait for: the answers of every command of this channel and user that has not
// given them, for it may be the result of any. The caller reports with delivered when the
// announcement is in the chat.
func (x *asked) arrived(channel, user string) (answered *Expected, after []<-chan struct{}) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, e := range x.all {
		if e.to.String() != channel || e.user != user {
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

// delivered ends what arrived began; nil stands for nobody's command.
func (x *asked) delivered(e *Expected) {
	if e == nil {
		return
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	e.underWay--
	if e.over && e.underWay == 0 {
		e.release()
	}
}

// giveUpBefore gives up what was started before t.
func (x *asked) giveUpBefore(t time.Time) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for len(x.all) > 0 && x.all[0].since.Before(t) {
		x.end(x.all[0])
	}
}

func (x *asked) giveUpAll() { x.giveUpBefore(time.Now().Add(time.Hour)) }

// end waits for nothing more, except that what has arrived is delivered. x.mu is held.
func (x *asked) end(e *Expected) {
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
