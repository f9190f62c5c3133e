package st2_test

import (
	"context"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/bot/bottest"
	"github.com/go-errbot/errbot/st2/st2test"
)

// newBrowser starts a Chromium of its own, which trusts one more certificate. A script that
// fails and a breach of the page's policy fail the test.
func newBrowser(t testing.TB, pin string) context.Context {
	t.Helper()
	program := realProgram(t, "chromium", "apt-get install -y --no-install-recommends chromium")
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(program),
		chromedp.UserDataDir(t.TempDir()),
		chromedp.NoSandbox,
		chromedp.NoFirstRun,
		chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true),
		chromedp.Flag("ignore-certificate-errors-spki-list", pin),
		chromedp.WindowSize(1000, 900),
	)
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	browser, end := chromedp.NewContext(allocator)
	t.Cleanup(func() { _ = chromedp.Cancel(browser); end(); stop(); chromedp.FromContext(browser).Allocator.Wait() })
	limited, cancel := context.WithTimeout(browser, 4*timeout)
	t.Cleanup(cancel)
	require.NoError(t, chromedp.Run(browser)) // not limited: it would end the browser
	chromedp.ListenTarget(limited, func(event any) {
		switch e := event.(type) {
		case *runtime.EventExceptionThrown:
			t.Errorf("the page's script failed: %v", e.ExceptionDetails)
		case *log.EventEntryAdded:
			if e.Entry.Source == log.SourceSecurity {
				t.Errorf("the page broke its policy: %s", e.Entry.Text)
			}
		}
	})
	return limited
}

// loginPage is a bot's login page in a browser, behind nginx.
type loginPage struct {
	*testing.T
	browser context.Context
	srv     *st2test.Server
	chat    *bottest.Chat
	alice   *bottest.Conversation
	base    string
}

func newLoginPage(t *testing.T) *loginPage {
	t.Helper()
	realProgram(t, "chromium", "apt-get install -y --no-install-recommends chromium")
	realProgram(t, "nginx", "apt-get install -y --no-install-recommends nginx-light")
	address := freeAddress(t)
	srv := newStackStorm(t)
	srv.AddUser("alice", alicePassword)
	chat := newChat(t, srv, passwordAuth, "rbac_auth: {clientside: {url: 'https://"+address+"/'}}")
	c := newCertificate(t)
	web := httptest.NewServer(chat.Bot.Handler())
	t.Cleanup(web.Close)
	startNginx(t, address, c, web)
	return &loginPage{t, newBrowser(t, c.pin), srv, chat, chat.As("@alice"), "https://" + address + "/"}
}

// link asks the bot for a link.
func (p *loginPage) link() string {
	p.Helper()
	text := p.alice.Say("!st2session_start " + aliceWord).Next().Body
	link, _, _ := strings.Cut(strings.TrimPrefix(text, "Open "), " ")
	require.True(p, strings.HasPrefix(link, p.base+"#"), text)
	return link
}

func (p *loginPage) run(actions ...chromedp.Action) {
	p.Helper()
	require.NoError(p, chromedp.Run(p.browser, actions...))
}

// open opens an address anew and waits until the page says what it thinks of it.
func (p *loginPage) open(address string) {
	p.Helper()
	p.run(chromedp.Navigate("about:blank"), chromedp.Navigate(address),
		chromedp.WaitVisible(`#status:not([data-kind="busy"])`, chromedp.ByQuery))
}

// shows waits for a state and a part of its message.
func (p *loginPage) shows(kind, message string) {
	p.Helper()
	var text string
	p.run(chromedp.WaitVisible(`#status[data-kind="`+kind+`"]`, chromedp.ByQuery), chromedp.Text("#status", &text, chromedp.ByQuery))
	require.Contains(p, text, message)
}

// evaluate returns what an expression is on the page.
func evaluate[T any](p *loginPage, expression string) (value T) {
	p.Helper()
	p.run(chromedp.Evaluate(expression, &value))
	return value
}

// screenshot keeps a picture where LOGIN_SCREENSHOTS says, for people.
func (p *loginPage) screenshot(name string) {
	p.Helper()
	dir := os.Getenv("LOGIN_SCREENSHOTS")
	if dir == "" {
		return
	}
	var picture []byte
	p.run(chromedp.FullScreenshot(&picture, 100))
	require.NoError(p, os.WriteFile(dir+"/"+name+".png", picture, 0o600))
}

// A person with nothing but a keyboard logs in with each kind of credential.
func TestLoginPage(t *testing.T) {
	p := newLoginPage(t)
	for name, keys := range map[string]string{
		"password": aliceWord + kb.Tab + kb.Tab + "alice" + kb.Tab + alicePassword + kb.Enter,
		"token":    aliceWord + kb.Tab + kb.ArrowRight + kb.Tab + p.srv.Token("alice", 0) + kb.Enter,
		"key":      aliceWord + kb.Tab + kb.ArrowRight + kb.ArrowRight + kb.Tab + p.srv.AddAPIKey("alice") + kb.Tab + kb.Enter,
	} {
		link := p.link()
		p.open(link)
		p.shows("waiting", "Waiting for you to log in.")
		p.screenshot("waiting")
		p.open(link) // once more: it has not been used up
		p.shows("waiting", "Waiting for you to log in.")
		p.run(chromedp.KeyEvent(keys))
		p.shows("succeeded", "You are logged in to StackStorm as alice.")
		p.screenshot("succeeded")
		require.True(t, evaluate[bool](p, `document.getElementById("form").hidden && [...document.querySelectorAll("input:not([type=radio])")].every(i => i.value === "")`), name)
		p.alice.ExpectContains("You are logged in")
		require.Equal(t, link, evaluate[string](p, "location.href"))
		p.open(link)
		p.shows("failed", "has been used")
		p.alice.Say("!st2 greet you").Expect("Greeting you.", "Hello you!")
		require.NotContains(t, p.chat.Log(), alicePassword)
	}
	p.screenshot("used")
	p.open(p.base)
	p.shows("failed", "This address holds no login link.")
	p.open(p.base + "#00000000-0000-4000-8000-000000000000")
	p.shows("failed", "This login link is not known.")
}

// What goes wrong is said, and what is to be mended is marked and has the focus.
func TestLoginPageSaysWhatIsWrong(t *testing.T) {
	p := newLoginPage(t)
	p.open(p.link())
	p.run(chromedp.KeyEvent(kb.Enter))
	p.shows("failed", "Please fill in: Secret word.")
	p.run(chromedp.KeyEvent("not the word" + kb.Tab + kb.Tab + "alice" + kb.Tab + "wrong" + kb.Enter))
	p.shows("failed", "That is not the secret word")
	require.Equal(t, "word", evaluate[string](p, "document.activeElement.id"))
	p.run(chromedp.KeyEvent(aliceWord + kb.Enter))
	p.shows("failed", "StackStorm does not accept this user name and password.")
	require.Equal(t, "password true", evaluate[string](p, `document.activeElement.id + " " + document.activeElement.getAttribute("aria-invalid")`))
	p.screenshot("failed")
	p.srv.SetFaults(st2test.Faults{AuthDown: true})
	p.run(chromedp.KeyEvent(alicePassword + kb.Enter))
	p.shows("failed", "StackStorm cannot be reached just now.")
	p.srv.SetFaults(st2test.Faults{})
	p.run(chromedp.KeyEvent(kb.Enter))
	p.shows("succeeded", "You are logged in to StackStorm as alice.")
}

// The page fits into a narrow window, tells screen readers what is what, and loads nothing
// that the policy does not let it.
func TestLoginPageForEverybody(t *testing.T) {
	p := newLoginPage(t)
	p.run(emulation.SetDeviceMetricsOverride(320, 640, 2, true))
	p.open(p.link())
	p.shows("waiting", "Waiting for you")
	p.screenshot("narrow")
	require.LessOrEqual(t, evaluate[int](p, "document.documentElement.scrollWidth"), 320)
	require.Empty(t, evaluate[[]string](p, `[...document.querySelectorAll("input")].filter(i => i.labels.length !== 1).map(i => i.id)`), "fields without a label")
	require.Equal(t, "polite status", evaluate[string](p, `["aria-live", "role"].map(a => document.getElementById("status").getAttribute(a)).join(" ")`))
	require.Empty(t, evaluate[[]string](p, `performance.getEntriesByType("resource").map(e => e.name).filter(n => !n.startsWith(location.origin + "/login/"))`))
	require.Empty(t, evaluate[[]string](p, `[...document.querySelectorAll("[style], script:not([src]), style")].map(e => e.outerHTML)`))
	p.run(emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: "dark"}}))
	p.screenshot("narrow-dark")
}
