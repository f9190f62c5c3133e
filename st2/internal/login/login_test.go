package login_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/st2/internal/login"
	"github.com/go-errbot/errbot/st2/session"
)

const word = "open sesame"

// newSite returns a site at https://bot.example.com/chat/ and a link.
func newSite(t testing.TB, log *slog.Logger) (*login.Site, string) {
	t.Helper()
	sessions, err := session.New(session.Options{Secrets: session.NewCleartext(), Limits: session.Limits{AddressAttempts: 2}})
	require.NoError(t, err)
	page, err := login.ParsePage("https://Bot.example.com:443/chat/")
	require.NoError(t, err)
	site, err := login.New(login.Options{
		Sessions: sessions,
		Check: func(_ context.Context, c login.Credentials) (session.Credential, error) {
			if c.APIKey != "good" {
				return session.Credential{}, login.ErrRejected
			}
			return session.Credential{Kind: session.KindAPIKey, Secret: c.APIKey, Account: "alice"}, nil
		},
		Done:    func(session.Session) {},
		Page:    page,
		Proxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")},
		Log:     log,
	})
	require.NoError(t, err)
	link, err := sessions.Start(session.User{Key: "a", Name: "@alice"}, word)
	require.NoError(t, err)
	require.Equal(t, "https://Bot.example.com:443/chat/#"+link.ID, login.Address(page, link.ID))
	return site, link.ID
}

// send sends a form, changed by change.
func send(t testing.TB, site *login.Site, link, body string, change func(r *http.Request)) (status int, code login.Code) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), "POST", "/login/authenticate/"+link, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	if change != nil {
		change(r)
	}
	w := httptest.NewRecorder()
	site.ServeHTTP(w, r)
	var answer struct {
		Code login.Code `json:"return_code"`
	}
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &answer))
	return w.Code, answer.Code
}

var discard = slog.New(slog.DiscardHandler)

const goodForm = `{"secret_word": "` + word + `", "api_key": "good"}`

// Only the page itself can send the form.
func TestForeignPagesAreRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		header map[string]string
		status int
	}{
		"no browser":           {nil, 200},
		"the page":             {map[string]string{"Origin": "https://bot.example.com", "Sec-Fetch-Site": "same-origin"}, 200},
		"an older browser":     {map[string]string{"Origin": "https://bot.example.com"}, 200},
		"a charset":            {map[string]string{"Content-Type": "application/json; charset=utf-8"}, 200},
		"another site":         {map[string]string{"Origin": "https://evil.example.com", "Sec-Fetch-Site": "cross-site"}, 403},
		"a site beside it":     {map[string]string{"Origin": "https://evil.example.com", "Sec-Fetch-Site": "same-site"}, 403},
		"only an origin":       {map[string]string{"Origin": "https://evil.example.com"}, 403},
		"http":                 {map[string]string{"Origin": "http://bot.example.com"}, 403},
		"another port":         {map[string]string{"Origin": "https://bot.example.com:8443"}, 403},
		"an opaque origin":     {map[string]string{"Origin": "null", "Sec-Fetch-Site": "cross-site"}, 403},
		"a form":               {map[string]string{"Content-Type": "application/x-www-form-urlencoded"}, 415},
		"a form with JSON":     {map[string]string{"Content-Type": "text/plain"}, 415},
		"no content type":      {map[string]string{"Content-Type": ""}, 415},
		"another content type": {map[string]string{"Content-Type": "application/json-seq"}, 415},
	} {
		t.Run(name, func(t *testing.T) {
			site, link := newSite(t, discard)
			status, _ := send(t, site, link, goodForm, func(r *http.Request) {
				for key, value := range c.header {
					r.Header.Set(key, value)
				}
			})
			require.Equal(t, c.status, status)
		})
	}
}

// Attempts count for whoever makes them, and not for a proxy; nobody can hide behind a header.
func TestAddressesAreCounted(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		remote    string
		forwarded []string
		want      string
	}{
		"direct":                     {"192.0.2.1:99", nil, "192.0.2.1"},
		"direct, with a header":      {"192.0.2.1:99", []string{"192.0.2.9"}, "192.0.2.1"},
		"a proxy here":               {"127.0.0.1:99", []string{"192.0.2.1"}, "192.0.2.1"},
		"a proxy here over IPv6":     {"[::1]:99", []string{"2001:db8::1"}, "2001:db8::1"},
		"IPv4 in IPv6":               {"[::ffff:127.0.0.1]:99", []string{"192.0.2.1"}, "192.0.2.1"},
		"a configured proxy":         {"10.1.2.3:99", []string{"192.0.2.1"}, "192.0.2.1"},
		"two proxies":                {"127.0.0.1:99", []string{"192.0.2.1, 10.1.2.3"}, "192.0.2.1"},
		"two headers":                {"127.0.0.1:99", []string{"192.0.2.1", "10.1.2.3"}, "192.0.2.1"},
		"written by the sender":      {"127.0.0.1:99", []string{"203.0.113.5, 192.0.2.1"}, "192.0.2.1"},
		"a proxy written by it, too": {"127.0.0.1:99", []string{"203.0.113.5, 10.0.0.1, 192.0.2.1"}, "192.0.2.1"},
		"with a port":                {"127.0.0.1:99", []string{"192.0.2.1:1234"}, "192.0.2.1"},
		"nonsense":                   {"127.0.0.1:99", []string{"unknown"}, "127.0.0.1"},
		"nonsense before":            {"127.0.0.1:99", []string{"x, 10.0.0.1"}, "10.0.0.1"},
		"a proxy alone":              {"127.0.0.1:99", nil, "127.0.0.1"},
	} {
		t.Run(name, func(t *testing.T) {
			var log strings.Builder
			site, link := newSite(t, slog.New(slog.NewTextHandler(&log, nil)))
			attempt := func(body string) (int, login.Code) {
				return send(t, site, link, body, func(r *http.Request) {
					r.RemoteAddr = c.remote
					r.Header["X-Forwarded-For"] = c.forwarded
				})
			}
			for range 2 {
				_, code := attempt(`{"secret_word": "wrong", "api_key": "good"}`)
				require.Equal(t, login.WrongWord, code)
			}
			require.Contains(t, log.String(), "from="+c.want+" ")
			status, code := attempt(goodForm)
			require.Equal(t, http.StatusTooManyRequests, status)
			require.Equal(t, login.TooManyAttempts, code)
			_, code = send(t, site, link, goodForm, func(r *http.Request) { r.RemoteAddr = "198.51.100.1:99" })
			require.Equal(t, login.OK, code, "another address")
		})
	}
}

func TestPages(t *testing.T) {
	t.Parallel()
	site, link := newSite(t, discard)
	for path, status := range map[string]int{
		"/chat/": 200, "/login/login.css": 200, "/login/login.js": 200, "/login/login.svg": 200,
		"/login/authenticate/" + link: 200, "/login/authenticate/x": 404,
		"/": 404, "/chat/x": 404, "/login/": 404, "/login/login.html": 404,
	} {
		for _, method := range []string{"GET", "HEAD"} {
			w := httptest.NewRecorder()
			site.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), method, path, nil))
			require.Equal(t, status, w.Code, path)
			h := w.Header()
			for _, part := range []string{"default-src 'none'", "frame-ancestors 'none'", "form-action 'none'", "base-uri 'none'"} {
				require.Contains(t, h.Get("Content-Security-Policy"), part)
			}
			require.NotContains(t, h.Get("Content-Security-Policy"), "unsafe")
			require.Equal(t, "no-store", h.Get("Cache-Control"), path)
			require.Equal(t, "nosniff", h.Get("X-Content-Type-Options"), path)
			require.Equal(t, "no-referrer", h.Get("Referrer-Policy"), path)
			require.Empty(t, h.Values("Set-Cookie"))
			require.Empty(t, h.Values("Access-Control-Allow-Origin"))
		}
	}
}

// The page has nothing of another machine in it, and nothing inline.
func TestPageIsComplete(t *testing.T) {
	t.Parallel()
	site, _ := newSite(t, discard)
	w := httptest.NewRecorder()
	site.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", "/chat/", nil))
	page := w.Body.String()
	for _, m := range regexp.MustCompile(`(?:src|href|action)="([^"]*)"`).FindAllStringSubmatch(page, -1) {
		require.Regexp(t, `^/login/login\.(css|js|svg)$`, m[1])
	}
	require.NotRegexp(t, `<style|<script>|\sstyle=|\son[a-z]+=`, page)
}

// A page that cannot be is refused, and what is said does not repeat it.
func TestParsePage(t *testing.T) {
	t.Parallel()
	for _, good := range []string{"https://bot.example.com", "https://bot:8443/x/", "http://localhost:3141/", "http://127.0.0.1/", "http://[::1]:3141/login"} {
		u, err := login.ParsePage(good)
		require.NoError(t, err, good)
		require.NotEmpty(t, u.Path)
		require.NotEmpty(t, login.Routes(u))
	}
	for _, bad := range []string{"", "bot", "//bot/", "ftp://bot/", "http://bot.example.com/", "https://u:hunter2@bot/", "https://bot/?hunter2", "https://bot/#hunter2", "https://bot/{x}", "https://bot/%zz", "https:///x", "https://bot/login/authenticate/"} {
		_, err := login.ParsePage(bad)
		require.Error(t, err, bad)
		require.NotContains(t, err.Error(), "hunter2")
	}
}

// Whatever is sent, the answer is the one JSON object, and only the right form logs in.
func FuzzForm(f *testing.F) {
	for _, seed := range []string{goodForm, `{}`, `[]`, `null`, ``, `{"secret_word":1}`, goodForm + "{}", `{"secret_word":"open sesame","api_key":"good","token":""}`, "\x00", `{"SHARED_WORD":"open sesame","API_KEY":" good\n"}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		site, link := newSite(t, discard)
		status, code := send(t, site, link, body, nil)
		require.Equal(t, status == http.StatusOK, code == login.OK)
		require.Contains(t, []int{200, 400, 403}, status)
		var form struct {
			Word string `json:"secret_word"`
		}
		if code == login.OK {
			require.NoError(t, json.Unmarshal([]byte(body), &form))
			require.Equal(t, word, strings.TrimSpace(form.Word))
		}
	})
}
