package doctor_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/st2/client"
	"github.com/go-errbot/errbot/st2/doctor"
	"github.com/go-errbot/errbot/st2/st2test"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const password = "pa55word-of-the-bot"

func newStackStorm(t *testing.T, options ...st2test.Option) *st2test.Server {
	t.Helper()
	return st2test.New(t, append([]st2test.Option{st2test.WithAccount("errbot", password)}, options...)...)
}

// optionsFor returns what is examined of a StackStorm at url.
func optionsFor(url string) doctor.Options {
	return doctor.Options{
		Client: client.Config{
			AuthURL: url + "/auth/v1", APIURL: url + "/api/v1", StreamURL: url + "/stream/v1",
			Credential: client.Password{User: "errbot", Password: password},
		},
		Route:   "errbot",
		Backend: network{},
		Web:     &doctor.Web{Address: "127.0.0.1:0"},
	}
}

// network is a chat network that connects, or does not.
type network struct {
	run func(ctx context.Context, events backend.Sink) error
}

func (network) Name() string         { return "fake" }
func (network) Self() backend.Person { return backend.Person{Address: "@errbot"} }

func (network) Resolve(context.Context, string) (backend.Ref, error) {
	return backend.Ref{}, backend.ErrUnknown
}

func (network) Send(context.Context, *backend.Message) (backend.Ref, error) {
	panic("the doctor says nothing in the chat")
}

func (n network) Run(ctx context.Context, events backend.Sink) error {
	if n.run != nil {
		return n.run(ctx, events)
	}
	events.Connected()
	<-ctx.Done()
	return nil
}

// proxy stands before a StackStorm and answers some requests in its place: those whose path
// begins with a key; "$" stands for its end.
func proxy(t *testing.T, srv *st2test.Server, instead map[string]http.HandlerFunc) string {
	t.Helper()
	before := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for path, answer := range instead {
			if strings.HasPrefix(r.URL.Path+"$", path) {
				answer(w, r)
				return
			}
		}
		srv.ServeHTTP(w, r)
	}))
	t.Cleanup(before.Close)
	return before.URL
}

// answer is a fault of StackStorm's.
func answer(status int, fault string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("X-Request-ID", "request-7")
		w.WriteHeader(status)
		_, _ = w.Write([]byte(`{"faultstring":"` + fault + `"}`))
	}
}

// page is a page of somebody else's.
func page(status int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(status)
		_, _ = w.Write([]byte("<html>Welcome to our portal</html>"))
	}
}

// find returns the result of a check.
func find(t *testing.T, results []doctor.Result, check string) doctor.Result {
	t.Helper()
	i := slices.IndexFunc(results, func(r doctor.Result) bool { return r.Check == check })
	require.GreaterOrEqual(t, i, 0, "no check %q", check)
	return results[i]
}

// notWell returns the names of the checks that found something.
func notWell(results []doctor.Result) []string {
	var names []string
	for _, r := range results {
		if r.Status == doctor.Warning || r.Status == doctor.Failure {
			names = append(names, r.Check)
		}
	}
	return names
}
