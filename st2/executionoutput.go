package st2

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/go-errbot/errbot/st2/client"
)

const (
	followLongest = 5 * time.Minute
	outputPause   = time.Second // for how long output is gathered before it is shown
	outputPiece   = 3000        // bytes that are shown at once
	outputMost    = 60_000      // bytes that are shown of one execution
)

// followOutput is st2execution_output: it shows what is printed, in pieces, until the
// execution ends, the time is over, or there is too much of it.
func followOutput(ctx context.Context, q *query, args idArgs) error {
	e, err := q.execution(ctx, args.ID, "status")
	if err != nil {
		return err
	}
	limited, cancel := context.WithTimeout(ctx, followLongest)
	defer cancel()
	printed, ended := make(chan string), make(chan error, 1)
	go func() {
		ended <- q.c.FollowOutput(limited, e.ID, func(o client.Output) error {
			select {
			case printed <- o.Data:
				return nil
			case <-limited.Done():
				return limited.Err()
			}
		})
	}()
	pieces := &outputPieces{show: func(text string) error { return q.answer(ctx, text) }}
	err = pieces.gather(printed, ended, cancel)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case pieces.full:
		return q.answer(ctx, fmt.Sprintf("The rest is not shown: it is more than %d bytes.", outputMost))
	case limited.Err() != nil:
		return q.answer(ctx, fmt.Sprintf("Execution %s still runs. %s shows what it has printed by then.", e.ID, q.typed(q.cfg.names("execution_output")[0]+" "+e.ID)))
	case err != nil:
		return executionFault(e.ID, err)
	}
	if e, err = q.c.Execution(ctx, e.ID, "status"); err != nil {
		return err
	}
	if pieces.shown == 0 {
		return q.answer(ctx, fmt.Sprintf("Execution %s has printed nothing. Its status is %s.", e.ID, e.Status))
	}
	return q.answer(ctx, fmt.Sprintf("Execution %s: %s.", e.ID, e.Status))
}

// outputPieces gathers output to pieces of some size.
type outputPieces struct {
	show    func(text string) error
	waiting strings.Builder
	shown   int
	full    bool // more was printed than is shown
}

// gather shows what is printed until it has ended, and returns the error it ended with. stop
// ends it early.
func (p *outputPieces) gather(printed <-chan string, ended <-chan error, stop func()) error {
	due := time.NewTimer(outputPause)
	defer due.Stop()
	for {
		select {
		case text := <-printed:
			if p.waiting.Len() == 0 {
				due.Reset(outputPause)
			}
			p.add(text)
		case <-due.C:
			p.flush()
		case err := <-ended:
			p.flush()
			return err
		}
		if p.full {
			stop()
		}
	}
}

func (p *outputPieces) add(text string) {
	if room := outputMost - p.shown - p.waiting.Len(); len(text) > room {
		p.full = true
		text = strings.ToValidUTF8(text[:max(room, 0)], "")
	}
	for _, line := range strings.SplitAfter(text, "\n") {
		if p.waiting.Len() > 0 && p.waiting.Len()+len(line) > outputPiece {
			p.flush()
		}
		p.waiting.WriteString(line)
	}
}

// flush shows what was gathered. What the chat does not take has been logged by the host.
func (p *outputPieces) flush() {
	text := strings.TrimRight(p.waiting.String(), "\r\n")
	p.shown += p.waiting.Len()
	p.waiting.Reset()
	if strings.TrimSpace(text) != "" {
		_ = p.show(text)
	}
}
