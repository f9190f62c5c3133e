package bot

import (
	"context"

	"github.com/go-errbot/errbot/backend"
)

// task is an event on its way to a worker.
type task struct {
	event     backend.Event
	message   *backend.Message // the event, when it is a message
	addressed addressed
}

// startWorkers starts those who run commands. stop waits for them, but not for ever: a
// command that does not look at its context must not keep the bot from ending.
func (b *Bot) startWorkers() (stop func()) {
	workers := b.cfg.PoolSize
	if !b.cfg.Async {
		workers = 1
	}
	quit := make(chan struct{})
	var atWork pending
	start := func(work func(quit <-chan struct{})) {
		atWork.begin()
		go b.untilEnd(func() { work(quit) }, atWork.end)
	}
	for range workers {
		start(b.work)
	}
	start(b.sayBusy)
	return func() {
		close(quit)
		ctx, cancel := context.WithTimeout(b.life, deactivateTimeout)
		defer cancel()
		if atWork.wait(ctx) != nil {
			b.log.Error("commands do not end; they are left behind", "commands", len(b.running.list()))
		}
	}
}

// untilEnd runs work, and then ended. A command may end the goroutine that it was lent
// (runtime.Goexit); then work goes on in another.
func (b *Bot) untilEnd(work, ended func()) {
	returned := false
	defer func() {
		if returned {
			ended()
			return
		}
		b.log.Error("a command has ended its worker; another one takes its place")
		go b.untilEnd(work, ended)
	}()
	work()
	returned = true
}

// enqueue hands a task to the workers. When too many wait already, the one who asked is
// told so.
func (b *Bot) enqueue(t task) {
	b.pending.begin()
	select {
	case b.queue <- t:
		return
	default:
	}
	b.refused.Add(1)
	b.log.Error("too many messages wait for a worker; one is refused", "waiting", len(b.queue))
	if t.message == nil || !t.addressed.command {
		b.finish(t)
		return
	}
	select {
	case b.busy <- t: // one goroutine says so, as fast as the network takes it
	default:
		b.finish(t)
	}
}

// finish accounts for a task that has ended.
func (b *Bot) finish(t task) {
	if t.message != nil {
		messageDone(t.message)
	}
	b.pending.end()
}

// messageDone tells the backend that everything m started has ended.
func messageDone(m *backend.Message) {
	if m.Done != nil {
		m.Done()
	}
}

// work runs tasks until quit is closed.
func (b *Bot) work(quit <-chan struct{}) {
	for {
		select {
		case t := <-b.queue:
			b.serve(t)
		case <-quit:
			return
		}
	}
}

// sayBusy answers those for whom there was no room in the queue, until quit is closed.
func (b *Bot) sayBusy(quit <-chan struct{}) {
	for {
		select {
		case t := <-b.busy:
			b.answer(&Request{Message: t.message, bot: b}, "I am too busy to do that now. Please try again in a minute.")
			b.finish(t)
		case <-quit:
			return
		}
	}
}

// serve handles a task, and accounts for it whatever becomes of it.
func (b *Bot) serve(t task) {
	defer b.finish(t)
	if err := protect(func() error { b.handle(t); return nil }); err != nil {
		b.log.Error("message not handled", "error", err)
	}
}
