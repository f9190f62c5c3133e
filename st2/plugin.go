package st2

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"regexp"
	"slices"
	"sync/atomic"
	"time"

	"github.com/go-errbot/errbot/bot"
	"github.com/go-errbot/errbot/bot/conf"
	"github.com/go-errbot/errbot/st2/client"
	"github.com/go-errbot/errbot/st2/internal/aliases"
	"github.com/go-errbot/errbot/st2/internal/approval"
	"github.com/go-errbot/errbot/st2/internal/delivery"
	"github.com/go-errbot/errbot/st2/internal/inquiry"
)

// startPatience is for how long the start of the plugin waits to see whether StackStorm is
// there: a first command should not come before the stream that brings its result.
const startPatience = 5 * time.Second

// commandName is the name of the command that runs StackStorm's, as access rules have it.
const commandName = "st2"

// Plugin is StackStorm as a plugin. Make one with [New] for each bot.
type Plugin struct {
	cfg     config
	grace   time.Duration
	askTime time.Duration // for how long an answer is waited for
	// transport carries the requests to StackStorm in tests; nil: the client's own does.
	transport http.RoundTripper
	life      atomic.Pointer[life]
}

var (
	_ bot.Configurable = (*Plugin)(nil)
	_ bot.Activator    = (*Plugin)(nil)
	_ bot.Deactivator  = (*Plugin)(nil)
)

// New returns the plugin. Its configuration comes from the host, which calls
// [Plugin.Configure].
func New() *Plugin {
	return &Plugin{cfg: defaultConfig(), grace: troubleGrace, askTime: askLongest}
}

// Name implements [bot.Plugin].
func (p *Plugin) Name() string { return "St2" }

// ConfigKey implements [bot.Configurable].
func (p *Plugin) ConfigKey() string { return "stackstorm" }

// Configure implements [bot.Configurable]. The error holds every problem of the section,
// with its line.
func (p *Plugin) Configure(section *conf.Document) error {
	cfg, err := readConfig(section)
	if err != nil {
		return err
	}
	p.cfg = cfg
	return nil
}

// Config returns the configuration in effect, for printing: its secrets print as ***.
func (p *Plugin) Config() any { return p.cfg }

// Register implements [bot.Plugin].
func (p *Plugin) Register(r *bot.Registry) error {
	r.Doc("Runs StackStorm commands and brings their results to the chat.")
	pattern, err := regexp.Compile(commandPattern(p.cfg.PluginPrefix))
	if err != nil {
		return fmt.Errorf("plugin_prefix: %w", err)
	}
	r.Command(bot.Command{
		Name:    commandName,
		Pattern: pattern,
		Usage:   withPrefix(p.cfg.PluginPrefix, "<command>"),
		Doc:     "Runs a StackStorm command.\n\n!st2help lists what there is.",
		Run:     p.run,
	})
	for _, name := range p.cfg.helpNames() {
		r.Command(bot.Args(bot.Command{Name: name, Doc: "Lists the StackStorm commands that you may run."}, p.help))
	}
	p.registerInquiries(r)
	p.registerExecutions(r)
	p.registerSecurity(r)
	r.Route(p.webhook())
	p.registerSessions(r)
	r.Ready("stackstorm", func(context.Context) error {
		l := p.life.Load()
		if l == nil {
			return errors.New("the plugin has not been started")
		}
		return l.health.ready()
	})
	return nil
}

// Activate implements [bot.Activator]. It succeeds also when StackStorm is away: then
// commands say so, and everything works as soon as it is back.
func (p *Plugin) Activate(ctx context.Context, h *bot.Host) error {
	settings := p.cfg.client(h.Log)
	settings.Transport = p.transport
	c, err := client.New(settings)
	if err != nil {
		return err
	}
	l := &life{
		cfg:    p.cfg,
		host:   h,
		log:    h.Log,
		client: c,
		health: newHealth(h.Log, h.NotifyAdmins, p.grace),

		botPrefix: h.Info().Prefix,
		aliases:   aliases.New(c),
	}
	l.origins, l.asking = &l.started, l.newConversations(p.askTime)
	if err := l.openCourier(ctx); err != nil {
		return err
	}
	if err := l.holdBack(ctx); err != nil {
		return err
	}
	p.life.Store(l)
	if l.speaker, err = l.newSpeaker(ctx); err != nil {
		return err
	}
	for _, warning := range slices.Concat(p.cfg.warnings(), c.Warnings(), p.cfg.webWarnings(h.Info().Webserver)) {
		h.Log.Warn(keyNames.Replace(warning))
	}
	h.Go("StackStorm health", l.health.run)
	l.courier.Start()
	h.Go("StackStorm stream", l.listen)
	h.Go("StackStorm credentials", l.watchCredentials)
	l.watchInquiries()
	h.Go("StackStorm aliases", l.aliases.Run)
	h.Go("StackStorm approvals", l.approvals.Run)
	if err := l.resumeReruns(ctx); err != nil {
		return err
	}
	l.health.waitKnown(ctx, startPatience)
	l.warmUp(ctx)
	return nil
}

// Deactivate implements [bot.Deactivator].
func (p *Plugin) Deactivate(context.Context) error {
	if l := p.life.Swap(nil); l != nil {
		l.courier.Close()
		l.client.Close()
		if c, ok := l.speaker.(io.Closer); ok {
			return c.Close()
		}
	}
	return nil
}

// life is what the plugin is from Activate to Deactivate.
type life struct {
	cfg       config
	host      *bot.Host
	log       *slog.Logger
	client    *client.Client // the bot itself
	speaker   speaker
	health    *health
	courier   *delivery.Courier
	aliases   *aliases.Cache
	views     aliases.Views
	approvals *approval.Desk
	audit     approval.Audit
	said      onceEach
	started   startedHere
	origins   origins // where executions were asked for
	asking    *inquiry.Conversations
	reruns    atomic.Int32 // whose results are waited for

	botPrefix string // what commands begin with, "!"
}
