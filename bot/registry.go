package bot

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"strings"
	"text/template"
	"time"

	"github.com/go-errbot/errbot/backend"
	"github.com/robfig/cron/v3"
)

// Registry collects what a plugin declares. Its methods never fail on the spot: the
// host reports every problem of every plugin at once.
type Registry struct {
	plugin    string
	doc       string
	commands  []Command
	filters   []namedFilter
	fallbacks []Handler
	listeners []Listener
	routes    []Route
	jobs      []job
	checks    []readinessCheck
	templates *template.Template
	errs      []error
}

// Filter sees a request after its command has been found and before access control.
// It may change r.Args, send the request to another command with [Request.Redirect],
// or stop it by returning an error: [ErrBlocked] stops it in silence, an error made by
// [Errorf] is shown to the user, and any other stops it and is logged.
type Filter func(ctx context.Context, r *Request) error

// Listener sees every event of the chat network, messages included, whether or not they
// are commands. Messages reach it after the commands they started have run. Listeners
// run on the host's workers, one event at a time for each message.
type Listener func(ctx context.Context, e backend.Event) error

// Route is a path of the embedded web server.
type Route struct {
	// Path is a gorilla/mux pattern: "/login/{id}". A request's variables are read
	// with [http.Request.PathValue].
	Path    string
	Methods []string // GET and POST when empty
	// MaxBody is the largest request body in bytes; DefaultMaxBody when 0. Reading
	// more gives an *[http.MaxBytesError].
	MaxBody int64
	Handler http.Handler
}

// DefaultMaxBody is the largest request body that a route takes unless it says
// otherwise: 1 MiB.
const DefaultMaxBody = 1 << 20

type namedFilter struct {
	name string
	run  Filter
}

type job struct {
	name     string
	schedule cron.Schedule
	run      func(ctx context.Context) error
}

type readinessCheck struct {
	name string
	run  func(ctx context.Context) error
}

// Doc says in a sentence what the plugin is for. Help shows it.
func (r *Registry) Doc(text string) { r.doc = text }

// Command declares a command.
func (r *Registry) Command(c Command) {
	c.Name = normalName(c.Name)
	switch {
	case c.Name == "":
		r.fail("a command has no name")
	case strings.Contains(c.Name, ":"):
		r.fail("command %q: a name must not contain \":\"", c.Name)
	case c.err != nil:
		r.fail("command %q: %w", c.Name, c.err)
	case c.Run == nil:
		r.fail("command %q has no Run function", c.Name)
	case c.Pattern == nil && (c.Unprefixed || c.MatchAll):
		r.fail("command %q: Unprefixed and MatchAll need a Pattern", c.Name)
	case r.has(c):
		r.fail("command %q is declared twice", c.Name)
	default:
		r.commands = append(r.commands, c)
	}
}

func (r *Registry) has(c Command) bool {
	for _, other := range r.commands {
		if other.Name == c.Name && (other.Pattern == nil) == (c.Pattern == nil) {
			return true
		}
	}
	return false
}

// rename gives the command that c is about its new name.
func (r *Registry) rename(c clash) {
	for i, other := range r.commands {
		if other.Name == c.name && (other.Pattern == nil) == (c.entry.Pattern == nil) {
			r.commands[i].Name = c.entry.Name
		}
	}
}

// Filter declares a filter. Filters run in the order in which plugins were given to the
// host and declared them; access control always comes after the last one.
func (r *Registry) Filter(name string, f Filter) {
	if f == nil {
		r.fail("filter %q has no function", name)
		return
	}
	r.filters = append(r.filters, namedFilter{name, f})
}

// Fallback declares a handler for messages that are addressed to the bot but are no
// command. Every fallback runs, until one returns [ErrBlocked]: the message was meant for
// it, and nobody is told that there is no such command. The request's command is the zero
// [Command] and its Args are all of the text after the prefix.
func (r *Registry) Fallback(h Handler) {
	if h == nil {
		r.fail("a fallback has no function")
		return
	}
	r.fallbacks = append(r.fallbacks, h)
}

// Listen declares a listener.
func (r *Registry) Listen(l Listener) {
	if l == nil {
		r.fail("a listener has no function")
		return
	}
	r.listeners = append(r.listeners, l)
}

// Route declares a path of the embedded web server. It answers while the plugin is
// active.
func (r *Registry) Route(route Route) {
	if err := route.check(); err != nil {
		r.fail("route %q: %w", route.Path, err)
		return
	}
	r.routes = append(r.routes, route)
}

// Every declares a job that runs again and again while the plugin is active, first after
// interval. The next interval starts when the job returns. An error is logged.
func (r *Registry) Every(name string, interval time.Duration, run func(ctx context.Context) error) {
	if interval <= 0 {
		r.fail("job %q: the interval must be positive, got %v", name, interval)
		return
	}
	r.job(name, every(interval), run)
}

// Cron declares a job with a schedule of five fields ("30 6 * * 1-5") in the host's time
// zone, or a descriptor such as "@daily". A run that is still going on when the next is
// due makes that one be left out.
func (r *Registry) Cron(name, schedule string, run func(ctx context.Context) error) {
	s, err := cron.ParseStandard(schedule)
	if err != nil {
		r.fail("job %q: schedule %q: %w", name, schedule, err)
		return
	}
	if s.Next(time.Now()).IsZero() {
		r.fail("job %q: schedule %q: there is no such date", name, schedule)
		return
	}
	r.job(name, s, run)
}

func (r *Registry) job(name string, s cron.Schedule, run func(ctx context.Context) error) {
	if run == nil {
		r.fail("job %q has no function", name)
		return
	}
	r.jobs = append(r.jobs, job{name, s, run})
}

// Ready declares a check for /readyz: nil means that what the plugin depends on works.
// It must answer at once, from what the plugin knows; the context of all checks together ends
// after five seconds.
func (r *Registry) Ready(name string, check func(ctx context.Context) error) {
	if check == nil {
		r.fail("check %q has no function", name)
		return
	}
	r.checks = append(r.checks, readinessCheck{name, check})
}

// Templates declares text/template files for [Request.ReplyTemplate] and
// [Host.Render]; a template goes by its file's base name.
func (r *Registry) Templates(files fs.FS, patterns ...string) {
	t := r.templates
	if t == nil {
		t = template.New(r.plugin).Option("missingkey=error")
	}
	t, err := t.ParseFS(files, patterns...)
	if err != nil {
		r.fail("templates: %w", err)
		return
	}
	r.templates = t
}

func (r *Registry) fail(format string, args ...any) {
	r.errs = append(r.errs, fmt.Errorf("plugin "+r.plugin+": "+format, args...))
}

// collect runs a Register function and returns what it declared, with all errors.
func collect(plugin string, register func(r *Registry) error) (*Registry, error) {
	r := &Registry{plugin: plugin}
	if err := register(r); err != nil {
		r.fail("register: %w", err)
	}
	return r, errors.Join(r.errs...)
}

// every is a cron.Schedule of fixed delay.
type every time.Duration

// Next implements cron.Schedule.
func (e every) Next(t time.Time) time.Time { return t.Add(time.Duration(e)) }
