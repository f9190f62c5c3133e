package doctor

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/st2/client"
)

// Options say what is examined.
type Options struct {
	// Client is how the bot reaches StackStorm, and as whom.
	Client client.Config
	// Route is the notification route of the bot, without a dot.
	Route string
	// Mistakes is what is wrong with the configuration; nothing else is examined then.
	Mistakes error
	// Remarks are what is allowed in the configuration and probably wrong.
	Remarks []string
	// LoginURL is where users are sent to log in; empty when they are not.
	LoginURL string
	// NoProbe leaves the probe out.
	NoProbe bool
	// Backend is connected once and left again; nil leaves the chat out. A network on which
	// an account can be connected only once ends the connection of a bot that runs.
	Backend backend.Backend
	// Web is where the bot's web server listens; nil when it has none.
	Web *Web

	// OnStart is called when a check begins, OnResult when it has ended or was skipped,
	// both from the goroutine of Run; nil is allowed.
	OnStart  func(check string)
	OnResult func(Result)
}

// Status is what a check found.
type Status string

// The kinds of findings.
const (
	OK      Status = "ok"
	Warning Status = "warning" // the bot works, but something is amiss
	Failure Status = "failure" // it does not work, or not all of it
	Skipped Status = "skipped" // not looked at; the summary says why
)

// Result is what a check found.
type Result struct {
	Check   string `json:"check"` // what was looked at: "notify rule"
	Status  Status `json:"status"`
	Summary string `json:"summary"`
	// Advice is what to do next; also on a result that is well, where there is a hint.
	Advice string `json:"advice,omitempty"`
	// Seconds is how long the check took.
	Seconds float64 `json:"seconds"`
}

// longest is how long all checks may take together.
const longest = 55 * time.Second

// Run makes all checks, in order, and returns their results, one for each. It takes less
// than a minute; what there was no time for is skipped. The end of ctx ends it early.
func Run(ctx context.Context, o Options) []Result {
	ctx, cancel := context.WithTimeout(ctx, longest)
	e := &examination{Options: o, life: ctx, blocked: map[string]string{}}
	// Whatever a check has left behind ends before Run does.
	defer e.work.Wait()
	defer cancel()
	var results []Result
	for _, c := range checks {
		r := e.make(ctx, c)
		results = append(results, r)
		if o.OnResult != nil {
			o.OnResult(r)
		}
	}
	if e.client != nil {
		e.client.Close()
	}
	return results
}

// Failed reports whether one of the results is a failure.
func Failed(results []Result) bool {
	for _, r := range results {
		if r.Status == Failure {
			return true
		}
	}
	return false
}

// The names of the checks.
const (
	configurationCheck  = "configuration"
	authEndpointCheck   = "auth endpoint"
	apiEndpointCheck    = "api endpoint"
	streamEndpointCheck = "stream endpoint"
	credentialsCheck    = "credentials"
	versionCheck        = "version"
	streamCheck         = "stream"
	probeCheck          = "probe"
	packCheck           = "chatops pack"
	ruleCheck           = "notify rule"
	messageRouteCheck   = "message route"
	aliasesCheck        = "aliases"
	executionsCheck     = "executions"
	chatCheck           = "chat"
	webCheck            = "web server"
	clockCheck          = "clock"
)

// check is one question.
type check struct {
	name  string
	needs []string // checks before it that must not have failed
	limit time.Duration
	run   func(e *examination, ctx context.Context) Result
}

var checks = []check{
	{configurationCheck, nil, time.Second, (*examination).configuration},
	{authEndpointCheck, []string{configurationCheck}, contactLimit, (*examination).authEndpoint},
	{apiEndpointCheck, []string{configurationCheck}, contactLimit, (*examination).apiEndpoint},
	{streamEndpointCheck, []string{configurationCheck}, contactLimit, (*examination).streamEndpoint},
	{credentialsCheck, []string{apiEndpointCheck, authEndpointCheck}, 10 * time.Second, (*examination).credentials},
	{versionCheck, []string{credentialsCheck}, 5 * time.Second, (*examination).version},
	{streamCheck, []string{streamEndpointCheck, credentialsCheck}, 10 * time.Second, (*examination).stream},
	{probeCheck, []string{streamCheck}, 15 * time.Second, (*examination).probe},
	{packCheck, []string{credentialsCheck}, 5 * time.Second, (*examination).pack},
	{ruleCheck, []string{packCheck}, 10 * time.Second, (*examination).rule},
	{messageRouteCheck, []string{packCheck}, 5 * time.Second, (*examination).messageRoute},
	{aliasesCheck, []string{credentialsCheck}, 15 * time.Second, (*examination).aliases},
	{executionsCheck, []string{credentialsCheck}, 10 * time.Second, (*examination).executions},
	{chatCheck, []string{configurationCheck}, 15 * time.Second, (*examination).chat},
	{webCheck, []string{configurationCheck}, 5 * time.Second, (*examination).web},
	{clockCheck, []string{apiEndpointCheck}, time.Second, (*examination).clock},
}

// Checks returns the names of all checks, in their order.
func Checks() []string {
	var names []string
	for _, c := range checks {
		names = append(names, c.name)
	}
	return names
}

// examination is one run: what is asked, and what the checks know from those before them.
type examination struct {
	Options
	life    context.Context // of the whole run, for what outlives a check
	work    sync.WaitGroup
	blocked map[string]string // checks that failed or were skipped for one that did, and which

	client    *client.Client
	clockSkew *time.Duration // of the server against this machine; nil: not known
	listener  *listener
	routes    map[string]string // default routes of the actions of the chatops pack
}

// make makes one check, or says why not.
func (e *examination) make(ctx context.Context, c check) (r Result) {
	start := time.Now()
	defer func() {
		r.Check, r.Seconds = c.name, time.Since(start).Round(time.Millisecond).Seconds()
		if r.Status == Failure {
			e.blocked[c.name] = c.name
		}
	}()
	for _, need := range c.needs {
		if first := e.blocked[need]; first != "" {
			e.blocked[c.name] = first
			return skip("mend first: %s", first)
		}
	}
	if ctx.Err() != nil {
		return skip("there was no time left")
	}
	if e.OnStart != nil {
		e.OnStart(c.name)
	}
	ctx, cancel := context.WithTimeout(ctx, c.limit)
	defer cancel()
	return c.run(e, ctx)
}

func ok(format string, args ...any) Result {
	return Result{Status: OK, Summary: fmt.Sprintf(format, args...)}
}

func skip(format string, args ...any) Result {
	return Result{Status: Skipped, Summary: fmt.Sprintf(format, args...)}
}

func warn(advice, format string, args ...any) Result {
	return Result{Status: Warning, Summary: fmt.Sprintf(format, args...), Advice: advice}
}

func fail(advice, format string, args ...any) Result {
	return Result{Status: Failure, Summary: fmt.Sprintf(format, args...), Advice: advice}
}

// configuration makes the client, which is where a configuration ends that cannot work.
func (e *examination) configuration(context.Context) Result {
	made, err := client.New(e.Client)
	if err := errors.Join(e.Mistakes, err); err != nil {
		return fail("Correct it; st2bot sample prints every key with what it means.", "%s", lines(err.Error()))
	}
	e.client = made
	if len(e.Remarks) > 0 {
		return warn("Correct it, or know why not.", "%s", strings.Join(e.Remarks, "; "))
	}
	return ok("complete; the notification route is %q", e.Route)
}
