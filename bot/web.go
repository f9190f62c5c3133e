package bot

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/mux"
)

// Time-outs of the embedded web server.
const (
	webReadTimeout  = 30 * time.Second
	webWriteTimeout = 2 * time.Minute
	webIdleTimeout  = 2 * time.Minute
	webStopTimeout  = 5 * time.Second
	webHeaderBytes  = 64 << 10

	readyTimeout = 5 * time.Second // of all checks together
)

// web is the embedded web server. Its routes come and go with their plugins.
type web struct {
	bot    *Bot
	router atomic.Pointer[mux.Router]
	checks atomic.Pointer[[]namedCheck]
	addr   atomic.Pointer[net.TCPAddr]
}

type namedCheck struct {
	plugin string
	readinessCheck
}

func newWeb(b *Bot) *web {
	w := &web{bot: b}
	w.rebuild(nil)
	return w
}

// check reports what is wrong with a route.
func (r Route) check() error {
	if r.Handler == nil {
		return errors.New("it has no handler")
	}
	if r.MaxBody < 0 {
		return errors.New("MaxBody must not be negative")
	}
	return mux.NewRouter().Handle(r.Path, r.Handler).GetError()
}

// rebuild makes the router of what is declared now.
func (w *web) rebuild(declared []declaration) {
	router := mux.NewRouter()
	router.HandleFunc("/healthz", w.healthz).Methods(http.MethodGet, http.MethodHead)
	router.HandleFunc("/readyz", w.readyz).Methods(http.MethodGet, http.MethodHead)
	owners := map[string]string{"GET /healthz": "the bot", "GET /readyz": "the bot"}
	var checks []namedCheck
	for _, d := range declared {
		for _, r := range d.what.routes {
			methods := r.Methods
			if len(methods) == 0 {
				methods = []string{http.MethodGet, http.MethodPost}
			}
			router.Handle(r.Path, r.handler(d.host)).Methods(methods...)
			w.claim(owners, d.name, r.Path, methods)
		}
		for _, c := range d.what.checks {
			checks = append(checks, namedCheck{d.name, c})
		}
	}
	w.router.Store(router)
	w.checks.Store(&checks)
}

// claim notes whose a route is, and tells the administrators of two plugins with the same
// one: the first that was activated keeps it.
func (w *web) claim(owners map[string]string, plugin, path string, methods []string) {
	for _, method := range methods {
		switch owner, taken := owners[method+" "+path]; {
		case !taken:
			owners[method+" "+path] = plugin
		case owner != plugin:
			text := fmt.Sprintf("Route %s %s of plugin %s is not served: it belongs to %s.", method, path, plugin, owner)
			if w.bot.notices.add(text) {
				w.bot.log.Error(text)
			}
		}
	}
}

// handler bounds a request's body, hands its variables over, and keeps a panic to itself.
func (r Route) handler(h *Host) http.Handler {
	limit := r.MaxBody
	if limit == 0 {
		limit = DefaultMaxBody
	}
	return http.HandlerFunc(func(rw http.ResponseWriter, req *http.Request) {
		leave, ok := h.enter("route " + r.Path)
		if !ok {
			http.NotFound(rw, req)
			return
		}
		defer leave()
		req.Body = http.MaxBytesReader(rw, req.Body, limit)
		for name, value := range mux.Vars(req) {
			req.SetPathValue(name, value)
		}
		err := protect(func() error { r.Handler.ServeHTTP(rw, req); return nil })
		if err != nil {
			h.Log.Error("web request failed", "route", r.Path, "error", err)
			http.Error(rw, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		}
	})
}

// ServeHTTP implements [http.Handler].
func (w *web) ServeHTTP(rw http.ResponseWriter, req *http.Request) {
	w.router.Load().ServeHTTP(rw, req)
}

// health is the answer of /healthz and /readyz.
type health struct {
	Status string            `json:"status"` // "ok" or "unavailable"
	Checks map[string]string `json:"checks"` // "ok" or what is wrong
}

// healthz answers 200 for as long as the process works; its body tells of the rest.
func (w *web) healthz(rw http.ResponseWriter, req *http.Request) {
	answerHealth(rw, w.health(req.Context()), http.StatusOK)
}

// readyz answers 503 when the chat network or something that a plugin needs is away.
func (w *web) readyz(rw http.ResponseWriter, req *http.Request) {
	h := w.health(req.Context())
	status := http.StatusOK
	if h.Status != "ok" {
		status = http.StatusServiceUnavailable
	}
	answerHealth(rw, h, status)
}

func (w *web) health(ctx context.Context) health {
	h := health{Status: "ok", Checks: map[string]string{}}
	report := func(name string, err error) {
		h.Checks[name] = "ok"
		if err != nil {
			h.Status, h.Checks[name] = "unavailable", firstLine(err.Error())
		}
	}
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	_, err := w.bot.link.status()
	report("chat", err)
	for _, p := range w.bot.pluginInfos() {
		if p.State == Failed {
			report("plugin "+p.Name, p.Err)
		}
	}
	for _, c := range *w.checks.Load() {
		report(c.name, protect(func() error { return c.run(ctx) }))
	}
	return h
}

func answerHealth(rw http.ResponseWriter, h health, status int) {
	rw.Header().Set("Content-Type", "application/json")
	rw.Header().Set("Cache-Control", "no-store")
	rw.WriteHeader(status)
	_ = json.NewEncoder(rw).Encode(h) // the client has gone
}

// start listens as configured and serves until ctx ends.
func (w *web) start(ctx context.Context, helpers *sync.WaitGroup) error {
	cfg := w.bot.cfg.Webserver
	if cfg == nil {
		return nil
	}
	listener, err := cfg.listen(ctx)
	if err != nil {
		return fmt.Errorf("web server: %w", err)
	}
	w.addr.Store(listener.Addr().(*net.TCPAddr))
	w.bot.log.Info("web server listens", "address", listener.Addr().String(), "tls", cfg.SSL.Enabled)
	server := &http.Server{
		Handler:           w,
		ReadTimeout:       webReadTimeout,
		ReadHeaderTimeout: webReadTimeout,
		WriteTimeout:      webWriteTimeout,
		IdleTimeout:       webIdleTimeout,
		MaxHeaderBytes:    webHeaderBytes,
		ErrorLog:          slog.NewLogLogger(w.bot.log.Handler(), slog.LevelWarn),
	}
	helpers.Go(func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			w.bot.log.Error("web server ended", "error", err)
		}
	})
	helpers.Go(func() {
		<-ctx.Done()
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), webStopTimeout)
		defer cancel()
		if server.Shutdown(ctx) != nil {
			_ = server.Close()
		}
	})
	return nil
}

// listen opens the configured port, with TLS where it is enabled.
func (w *Webserver) listen(ctx context.Context) (net.Listener, error) {
	host, port := w.Host, w.Port
	if w.SSL.Enabled {
		host, port = w.SSL.Host, w.SSL.Port
	}
	var config net.ListenConfig
	plain, err := config.Listen(ctx, "tcp", net.JoinHostPort(host, strconv.Itoa(port)))
	if err != nil || !w.SSL.Enabled {
		return plain, err
	}
	certificate, err := tls.LoadX509KeyPair(w.SSL.Certificate, w.SSL.Key)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("load certificate and key: %w", err), plain.Close())
	}
	return tls.NewListener(plain, &tls.Config{
		Certificates: []tls.Certificate{certificate},
		MinVersion:   tls.VersionTLS12,
		NextProtos:   []string{"http/1.1"},
	}), nil
}
