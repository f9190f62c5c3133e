package st2

import (
	"context"
	"fmt"
	"time"

	"github.com/go-errbot/errbot/st2/client"
	"github.com/go-errbot/errbot/st2/internal/pieces"
)

// followLongest is for how long output is followed.
const followLongest = 5 * time.Minute

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
	out := pieces.New(func(text string) { _ = q.answer(ctx, text) }) // what the chat does not take has been logged
	err = out.Gather(printed, ended, cancel)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case out.Full():
		return q.answer(ctx, fmt.Sprintf("The rest is not shown: it is more than %d bytes.", pieces.Most))
	case limited.Err() != nil:
		return q.answer(ctx, fmt.Sprintf("Execution %s still runs. %s shows what it has printed by then.", e.ID, q.typed(q.cfg.names("execution_output")[0]+" "+e.ID)))
	case err != nil:
		return executionFault(e.ID, err)
	}
	if e, err = q.c.Execution(ctx, e.ID, "status"); err != nil {
		return err
	}
	if out.Shown() == 0 {
		return q.answer(ctx, fmt.Sprintf("Execution %s has printed nothing. Its status is %s.", e.ID, e.Status))
	}
	return q.answer(ctx, fmt.Sprintf("Execution %s: %s.", e.ID, e.Status))
}
