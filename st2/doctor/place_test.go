package doctor_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/st2/doctor"
)

// examineHere returns what is found about the chat and the web server.
func examineHere(t *testing.T, change func(o *doctor.Options)) (chat, web doctor.Result) {
	t.Helper()
	o := optionsFor("http://127.0.0.1:1")
	change(&o)
	results := doctor.Run(t.Context(), o)
	return find(t, results, "chat"), find(t, results, "web server")
}

func TestChat(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		run     func(ctx context.Context, events backend.Sink) error
		status  doctor.Status
		summary string
		advice  string
	}{
		"connected": {status: doctor.OK, summary: "fake: connected as @errbot"},
		"connected and over": {
			run: func(_ context.Context, events backend.Sink) error {
				events.Connected()
				events.Receive(&backend.Message{Done: func() {}})
				return backend.ErrEnd
			},
			status: doctor.OK, summary: "connected",
		},
		"refused": {
			run: func(context.Context, backend.Sink) error {
				return fmt.Errorf("%w: account disabled", backend.ErrRefused)
			},
			status: doctor.Failure, summary: "account disabled", advice: "bot_identity",
		},
		"away": {
			run: func(ctx context.Context, _ backend.Sink) error {
				_, err := new(net.Dialer).DialContext(ctx, "tcp", "127.0.0.1:1")
				return err
			},
			status: doctor.Failure, summary: "the connection is refused", advice: "bot_identity",
		},
		"strange": {
			run:    func(context.Context, backend.Sink) error { return errors.New("strange\nthing") },
			status: doctor.Failure, summary: "fake: strange; thing", advice: "bot_identity",
		},
		"over before it began": {
			run:    func(context.Context, backend.Sink) error { return nil },
			status: doctor.Failure, summary: "ended before it stood",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, _ := examineHere(t, func(o *doctor.Options) { o.Backend = network{tc.run} })
			require.Equal(t, tc.status, r.Status, r)
			require.Contains(t, r.Summary, tc.summary)
			require.Contains(t, r.Advice, tc.advice)
		})
	}
}

func TestWebServer(t *testing.T) {
	t.Parallel()
	bot := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`{"status":"unavailable","checks":{"chat":"away"}}`))
	}))
	t.Cleanup(bot.Close)
	another := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(another.Close)
	good := newCertificate(t, "127.0.0.1", time.Now().Add(time.Hour))
	old := newCertificate(t, "127.0.0.1", time.Now().Add(-time.Hour))
	for name, tc := range map[string]struct {
		web     *doctor.Web
		login   string
		status  doctor.Status
		summary string
		advice  string
	}{
		"none":                     {status: doctor.Skipped, summary: "not configured"},
		"none, and a login page":   {login: "https://bot.example.com/", status: doctor.Failure, summary: "no web server", advice: "webserver"},
		"free":                     {web: &doctor.Web{Address: "127.0.0.1:0"}, status: doctor.OK, summary: "is free for the bot"},
		"a bot that runs":          {web: &doctor.Web{Address: strings.TrimPrefix(bot.URL, "http://")}, status: doctor.OK, summary: "served by a bot that runs"},
		"another program":          {web: &doctor.Web{Address: strings.TrimPrefix(another.URL, "http://")}, status: doctor.Failure, summary: "in use by another program", advice: "ss -tlpn"},
		"no address of ours":       {web: &doctor.Web{Address: "192.0.2.1:3141"}, status: doctor.Failure, summary: "not an address of this machine", advice: "webserver.host"},
		"no address":               {web: &doctor.Web{Address: "127.0.0.1:99999"}, status: doctor.Failure, summary: "cannot be used"},
		"for everybody":            {web: &doctor.Web{Address: "0.0.0.0:0"}, status: doctor.Warning, summary: "without TLS", advice: "127.0.0.1"},
		"for everybody, with TLS":  {web: &doctor.Web{Address: "0.0.0.0:0", CertFile: good.certFile, KeyFile: good.keyFile}, status: doctor.OK, summary: "is free"},
		"certificate out of date":  {web: &doctor.Web{Address: "127.0.0.1:0", CertFile: old.certFile, KeyFile: old.keyFile}, status: doctor.Failure, summary: "out of date", advice: "ssl.certificate"},
		"no certificate":           {web: &doctor.Web{Address: "127.0.0.1:0", CertFile: "missing.pem", KeyFile: "missing.key"}, status: doctor.Failure, summary: "missing.pem", advice: "ssl.certificate"},
		"login page without TLS":   {web: &doctor.Web{Address: "127.0.0.1:0"}, login: "http://bot.example.com/", status: doctor.Warning, summary: "type passwords", advice: "https"},
		"login page of this place": {web: &doctor.Web{Address: "127.0.0.1:0"}, login: "http://localhost:3141/", status: doctor.OK, summary: "is free"},
		"login page":               {web: &doctor.Web{Address: "127.0.0.1:0"}, login: "https://bot.example.com/", status: doctor.OK, summary: "is free"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, r := examineHere(t, func(o *doctor.Options) { o.Web, o.LoginURL = tc.web, tc.login })
			require.Equal(t, tc.status, r.Status, r)
			require.Contains(t, r.Summary, tc.summary)
			require.Contains(t, r.Advice, tc.advice)
		})
	}
}
