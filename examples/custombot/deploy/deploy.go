// Package deploy is an example of a plugin for one's own bot: typed arguments, state that
// survives a restart, configuration, a webhook and a job.
package deploy

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/go-errbot/errbot/bot"
	"github.com/go-errbot/errbot/bot/conf"
	"github.com/go-errbot/errbot/bot/store"
)

// Plugin remembers which version of what is deployed where.
type Plugin struct {
	cfg  config
	host *bot.Host
}

// config is the section "Deploy" below "plugins" in the configuration file.
type config struct {
	Environments []string `yaml:"environments"`
	Announce     string   `yaml:"announce"` // a room; empty announces nothing
}

var (
	_ bot.Configurable = (*Plugin)(nil)
	_ bot.Activator    = (*Plugin)(nil)
)

// New returns the plugin.
func New() *Plugin { return &Plugin{} }

// Name implements [bot.Plugin].
func (*Plugin) Name() string { return "Deploy" }

// ConfigKey implements [bot.Configurable].
func (*Plugin) ConfigKey() string { return "" }

// Configure implements [bot.Configurable].
func (p *Plugin) Configure(section *conf.Document) error {
	cfg := config{Environments: []string{"stage", "prod"}}
	if err := section.Decode(&cfg); err != nil {
		return err
	}
	if len(cfg.Environments) == 0 {
		return section.Errorf("environments", "at least one is needed")
	}
	p.cfg = cfg
	return nil
}

// Register implements [bot.Plugin].
func (p *Plugin) Register(r *bot.Registry) error {
	r.Doc("Remembers what is deployed where.")
	r.Command(bot.Args(bot.Command{Name: "deploy", Doc: "Deploys a version of an application."}, p.deploy))
	r.Command(bot.Command{Name: "deployed", Doc: "Lists what is deployed.", Run: bot.Text(p.list)})
	r.Command(bot.Command{Name: "deployed_forget", Doc: "Forgets everything.", Admin: true, Run: bot.Text(p.forget)})
	r.Route(bot.Route{Path: "/deployed/{app}", Methods: []string{http.MethodGet}, Handler: http.HandlerFunc(p.serve)})
	r.Every("reminder", 24*time.Hour, p.remind)
	return nil
}

// Activate implements [bot.Activator].
func (p *Plugin) Activate(_ context.Context, h *bot.Host) error {
	p.host = h
	return nil
}

// deployment is what is stored for each application.
type deployment struct {
	Version     string    `json:"version"`
	Environment string    `json:"environment"`
	By          string    `json:"by"`
	At          time.Time `json:"at"`
}

type deployArgs struct {
	App     string `arg:"app" help:"application"`
	Version string `arg:"version" help:"its version"`
	Env     string `flag:"env" default:"stage" help:"where to"`
}

func (p *Plugin) deploy(ctx context.Context, r *bot.Request, a deployArgs) error {
	if !slices.Contains(p.cfg.Environments, a.Env) {
		return bot.Errorf("There is no environment %q. Choose one of: %s.", a.Env, strings.Join(p.cfg.Environments, ", "))
	}
	d := deployment{Version: a.Version, Environment: a.Env, By: r.From().Nick, At: time.Now()}
	if err := store.Save(ctx, p.host.Store, a.App, d); err != nil {
		return err
	}
	text := fmt.Sprintf("%s %s is on %s.", a.App, a.Version, a.Env)
	if err := p.announce(ctx, r.From().Nick+" deployed: "+text); err != nil {
		return err
	}
	_, err := r.Reply(ctx, text)
	return err
}

// announce tells the configured room.
func (p *Plugin) announce(ctx context.Context, text string) error {
	if p.cfg.Announce == "" {
		return nil
	}
	room, err := p.host.Resolve(ctx, p.cfg.Announce)
	if err != nil {
		return err
	}
	_, err = p.host.Send(ctx, room, text)
	return err
}

func (p *Plugin) list(ctx context.Context, _ *bot.Request) (string, error) {
	apps, err := p.host.Store.Keys(ctx, "")
	if err != nil {
		return "", err
	}
	if len(apps) == 0 {
		return "Nothing is deployed.", nil
	}
	var lines []string
	for _, app := range apps {
		d, err := store.Load[deployment](ctx, p.host.Store, app)
		if err != nil {
			return "", err
		}
		lines = append(lines, fmt.Sprintf("- %s %s on %s, by %s", app, d.Version, d.Environment, d.By))
	}
	return strings.Join(lines, "\n"), nil
}

func (p *Plugin) forget(ctx context.Context, _ *bot.Request) (string, error) {
	apps, err := p.host.Store.Keys(ctx, "")
	for _, app := range apps {
		err = errors.Join(err, p.host.Store.Delete(ctx, app))
	}
	return "Forgotten.", err
}

// serve answers GET /deployed/{app} for other programs.
func (p *Plugin) serve(w http.ResponseWriter, r *http.Request) {
	d, err := store.Load[deployment](r.Context(), p.host.Store, r.PathValue("app"))
	switch {
	case errors.Is(err, store.ErrNotFound):
		http.Error(w, "not deployed", http.StatusNotFound)
	case err != nil:
		p.host.Log.Error("could not read a deployment", "error", err)
		http.Error(w, "internal error", http.StatusInternalServerError)
	default:
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(d) // the client has gone
	}
}

// remind tells the room once a day what is deployed.
func (p *Plugin) remind(ctx context.Context) error {
	text, err := p.list(ctx, nil)
	if err != nil {
		return err
	}
	return p.announce(ctx, text)
}
