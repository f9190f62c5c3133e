package st2test

import (
	"context"
	"strings"

	"github.com/go-errbot/errbot/st2/st2test/internal/pyjson"
	"github.com/go-errbot/errbot/st2/st2test/internal/results"
	"github.com/go-errbot/errbot/st2/st2test/internal/shell"
)

// runPretended is core.local: it never runs anything.
func runPretended(ctx context.Context, call *Call) (any, error) {
	command, _ := call.Parameters["cmd"].(string)
	got := shell.Pretend(command)
	if got.Sleep > 0 && !pause(got.Sleep, ctx.Done()) {
		return nil, ctx.Err()
	}
	result := results.Shell(got.Code != 0, got.Code, got.Stdout, got.Stderr)
	if got.Code != 0 {
		return nil, &Failure{result}
	}
	return result, nil
}

// runPretendedRemote is core.remote: the same on every host.
func runPretendedRemote(ctx context.Context, call *Call) (any, error) {
	result := pyjson.Of()
	hosts, _ := call.Parameters["hosts"].(string)
	for host := range strings.SplitSeq(hosts, ",") {
		one, err := runPretended(ctx, call)
		if err != nil {
			return nil, err
		}
		result.Set(strings.TrimSpace(host), one)
	}
	return result, nil
}
