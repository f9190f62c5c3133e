package doctor_test

import (
	"context"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/st2/doctor"
	"github.com/go-errbot/errbot/st2/st2test"
)

// inMemory runs test in a bubble with a StackStorm whose time is the bubble's.
func inMemory(t *testing.T, test func(t *testing.T, srv *st2test.Server, o doctor.Options)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		srv := newStackStorm(t, st2test.InMemory())
		o := optionsFor(srv.URL())
		o.Web = nil
		transport := srv.Transport()
		o.Client.Transport = transport
		defer transport.CloseIdleConnections()
		test(t, srv, o)
	})
}

// A probe that does not come is looked for, and where it got stuck is said.
func TestProbeIsMissing(t *testing.T) {
	t.Parallel()
	inMemory(t, func(t *testing.T, srv *st2test.Server, o doctor.Options) {
		srv.SetFaults(st2test.Faults{Lose: 1})
		results := doctor.Run(t.Context(), o)
		require.Equal(t, []string{"probe"}, notWell(results))
		r := find(t, results, "probe")
		require.Equal(t, doctor.Failure, r.Status)
		require.Contains(t, r.Summary, "although its execution has succeeded")
		require.Contains(t, r.Advice, "st2stream")
	})
}

// postMessage is chatops.post_message with another function.
func postMessage(run func(context.Context, *st2test.Call) (any, error)) st2test.Action {
	parameters := map[string]any{}
	for name, kind := range map[string]string{"message": "string", "channel": "string", "user": "string", "whisper": "boolean", "context": "object"} {
		parameters[name] = map[string]any{"type": kind}
	}
	return st2test.Action{Ref: "chatops.post_message", Runner: "announcement", Parameters: parameters, Run: run}
}

func TestProbeIsNotRun(t *testing.T) {
	t.Parallel()
	inMemory(t, func(t *testing.T, srv *st2test.Server, o doctor.Options) {
		stuck := make(chan struct{})
		defer close(stuck)
		srv.AddAction(postMessage(func(context.Context, *st2test.Call) (any, error) {
			<-stuck
			return nil, nil
		}))
		r := find(t, doctor.Run(t.Context(), o), "probe")
		require.Equal(t, doctor.Failure, r.Status)
		require.Contains(t, r.Summary, "its execution is still running")
		require.Contains(t, r.Advice, "st2actionrunner")
	})
}

func TestProbeFails(t *testing.T) {
	t.Parallel()
	inMemory(t, func(t *testing.T, srv *st2test.Server, o doctor.Options) {
		srv.AddAction(postMessage(func(context.Context, *st2test.Call) (any, error) { return nil, http.ErrNotSupported }))
		r := find(t, doctor.Run(t.Context(), o), "probe")
		require.Equal(t, doctor.Failure, r.Status)
		require.Contains(t, r.Summary, "its execution is failed")
		require.Contains(t, r.Advice, "st2 execution get")
	})
}

// However slow StackStorm and the chat are, there is an answer within a minute.
func TestEndsWithinAMinute(t *testing.T) {
	t.Parallel()
	for name, latency := range map[string]time.Duration{"slow": 4 * time.Second, "hanging": time.Hour} {
		t.Run(name, func(t *testing.T) {
			inMemory(t, func(t *testing.T, srv *st2test.Server, o doctor.Options) {
				srv.SetFaults(st2test.Faults{Latency: latency})
				o.Backend = network{func(ctx context.Context, _ backend.Sink) error { <-ctx.Done(); return nil }}
				start := time.Now()
				results := doctor.Run(t.Context(), o)
				require.Less(t, time.Since(start), time.Minute)
				require.Len(t, results, len(doctor.Checks()))
				require.True(t, doctor.Failed(results) || find(t, results, "clock").Summary == "there was no time left")
			})
		})
	}
}

// The end of the context ends the examination.
func TestCanBeStopped(t *testing.T) {
	t.Parallel()
	inMemory(t, func(t *testing.T, srv *st2test.Server, o doctor.Options) {
		srv.SetFaults(st2test.Faults{HalfOpen: true})
		ctx, stop := context.WithTimeout(t.Context(), time.Second)
		defer stop()
		start := time.Now()
		results := doctor.Run(ctx, o)
		require.Less(t, time.Since(start), 5*time.Second)
		require.Equal(t, "there was no time left", find(t, results, "chat").Summary)
	})
}

// A stream on which nothing comes at all is held back by something.
func TestSilentStream(t *testing.T) {
	t.Parallel()
	inMemory(t, func(t *testing.T, srv *st2test.Server, o doctor.Options) {
		srv.SetFaults(st2test.Faults{HalfOpen: true})
		r := find(t, doctor.Run(t.Context(), o), "stream")
		require.Equal(t, doctor.Failure, r.Status)
		require.Contains(t, r.Summary, "no byte came")
		require.Contains(t, r.Advice, "proxy_buffering off")
	})
}
