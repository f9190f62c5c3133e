package st2

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/go-errbot/errbot/bot/conf"
	"github.com/go-errbot/errbot/bot/secret"
	"github.com/go-errbot/errbot/st2/client"
)

// config is the section "stackstorm" of the configuration. The README says what the keys
// mean to an operator.
type config struct {
	AuthURL   string `yaml:"auth_url"`
	APIURL    string `yaml:"api_url"`
	StreamURL string `yaml:"stream_url"`
	WebURL    string `yaml:"web_url"`

	VerifyCert bool   `yaml:"verify_cert"`
	CACert     string `yaml:"ca_cert"`
	ClientCert string `yaml:"client_cert"`
	ClientKey  string `yaml:"client_key"`

	APIAuth      apiAuth        `yaml:"api_auth"`
	RBACAuth     map[string]any `yaml:"rbac_auth"` // by mode; see readMode
	SecretsStore storeConfig    `yaml:"secrets_store"`

	TimerUpdate  conf.Seconds `yaml:"timer_update"`
	SessionTTL   conf.Seconds `yaml:"session_ttl"`
	UserTokenTTL conf.Seconds `yaml:"user_token_ttl"`

	InquiryRoom  string `yaml:"inquiry_room"`
	RouteKey     string `yaml:"route_key"`
	PluginPrefix string `yaml:"plugin_prefix"`

	presentConfig  `yaml:",inline"`
	securityConfig `yaml:",inline"`
}

// apiAuth are the bot's own credentials.
type apiAuth struct {
	User struct {
		Name     string        `yaml:"name"`
		Password secret.String `yaml:"password"`
	} `yaml:"user"`
	Token  secret.String `yaml:"token"`
	APIKey secret.String `yaml:"apikey"`
}

func defaultConfig() config {
	return config{
		VerifyCert:   true,
		SecretsStore: storeConfig{name: cleartext},
		TimerUpdate:  conf.Seconds(time.Minute),
		SessionTTL:   conf.Seconds(time.Hour),
		UserTokenTTL: conf.Seconds(24 * time.Hour),
		RouteKey:     DefaultRoute,
		PluginPrefix: "st2",

		presentConfig:  defaultPresent(),
		securityConfig: defaultSecurity(),
	}
}

// readConfig reads a section and reports all that is wrong with it.
func readConfig(section *conf.Document) (config, error) {
	cfg := defaultConfig()
	errs := leaves(section.Decode(&cfg))
	for _, err := range leaves(cfg.check(section)) {
		if !aboutSameKey(err, errs) {
			errs = append(errs, err)
		}
	}
	slices.SortStableFunc(errs, func(a, b error) int { return line(a) - line(b) })
	return cfg, errors.Join(errs...)
}

func line(err error) int {
	var e *conf.Error
	if !errors.As(err, &e) {
		return 0
	}
	return e.Line
}

// aboutSameKey reports whether one of others is about err's key: a value that could not be
// read is not complained about a second time.
func aboutSameKey(err error, others []error) bool {
	var e, other *conf.Error
	return errors.As(err, &e) && slices.ContainsFunc(others, func(o error) bool {
		return errors.As(o, &other) && other.Key == e.Key
	})
}

// check reports what decoding cannot know, and puts paths in relation to the file.
func (c *config) check(section *conf.Document) error {
	var errs []error
	fail := func(key, format string, args ...any) {
		errs = append(errs, section.Errorf(key, format, args...))
	}
	for _, path := range []*string{&c.CACert, &c.ClientCert, &c.ClientKey} {
		if *path != "" && !filepath.IsAbs(*path) {
			*path = filepath.Join(filepath.Dir(section.Name()), *path)
		}
	}
	if c.TimerUpdate.Duration() < time.Second {
		fail("timer_update", "expected at least one second")
	}
	if c.SessionTTL.Duration() < time.Second {
		fail("session_ttl", "expected at least one second")
	}
	if problem := routeProblem(c.RouteKey); problem != "" {
		fail("route_key", "%s", problem)
	}
	if strings.ContainsFunc(c.PluginPrefix, func(r rune) bool { return r <= ' ' || r == ':' }) {
		fail("plugin_prefix", "expected one word without a colon, or nothing")
	}
	if c.WebURL != "" && !strings.HasPrefix(c.WebURL, "https://") && !strings.HasPrefix(c.WebURL, "http://") {
		fail("web_url", "expected an address that begins with https://")
	}
	return errors.Join(append(errs, c.checkModes(section), c.SecretsStore.check(section), c.checkClient(section), c.checkSecurity(section))...)
}

// routeProblem says what is wrong with a route. StackStorm 3.10dev takes every text, but
// binds its stream's queue so that what is announced on a route with a dot never arrives.
func routeProblem(route string) string {
	switch {
	case route == "":
		return "must not be empty"
	case strings.Contains(route, "."):
		return "must not contain a dot: StackStorm never delivers what is announced on such a route"
	case strings.ContainsAny(route, "*?[],"):
		return "must not contain any of * ? [ ] , which select several routes"
	case len(route) > 200:
		return "must not be longer than 200 bytes"
	}
	return ""
}

// checkModes checks how chat users are to be known to StackStorm.
func (c *config) checkModes(section *conf.Document) error {
	rbac := section.Section("rbac_auth")
	modes := rbac.Keys()
	if len(modes) > 1 {
		return section.Errorf("rbac_auth", "expected one way, not %d: which one counts would be a guess", len(modes))
	}
	c.RBACAuth = map[string]any{}
	var err error
	for _, mode := range modes {
		c.RBACAuth[mode], err = c.readMode(rbac, mode)
	}
	return err
}

// keyNames says how operators know the client's settings.
var keyNames = strings.NewReplacer(
	"AuthURL", "auth_url", "APIURL", "api_url", "StreamURL", "stream_url",
	"SkipVerify", "verify_cert", "CACertFile", "ca_cert",
	"ClientCertFile", "client_cert", "ClientKeyFile", "client_key",
	"UserTokenTTL", "user_token_ttl", "Credential:", "api_auth:",
	"APIKey.Key", "api_auth.apikey", "Token.Token", "api_auth.token",
	"Password.User", "api_auth.user.name", "Password.Password", "api_auth.user.password",
)

// checkClient asks the client, without any request, whether it could work.
func (c *config) checkClient(section *conf.Document) error {
	made, err := client.New(c.client(nil))
	if err == nil {
		made.Close()
		return nil
	}
	var errs []error
	for _, problem := range leaves(err) {
		keys, message, _ := strings.Cut(keyNames.Replace(problem.Error()), ": ")
		key, _, _ := strings.Cut(keys, ", ")
		at := section
		for {
			outer, inner, nested := strings.Cut(key, ".")
			if !nested {
				break
			}
			at, key = at.Section(outer), inner
		}
		errs = append(errs, at.Errorf(key, "%s", message))
	}
	return errors.Join(errs...)
}

// leaves returns the errors that were joined into err.
func leaves(err error) []error {
	if err == nil {
		return nil
	}
	var joined interface{ Unwrap() []error }
	if !errors.As(err, &joined) {
		return []error{err}
	}
	var all []error
	for _, e := range joined.Unwrap() {
		all = append(all, leaves(e)...)
	}
	return all
}

// client returns what the StackStorm client is made of.
func (c *config) client(log *slog.Logger) client.Config {
	return client.Config{
		AuthURL:        c.AuthURL,
		APIURL:         c.APIURL,
		StreamURL:      c.StreamURL,
		Credential:     c.APIAuth.credential(),
		SkipVerify:     !c.VerifyCert,
		CACertFile:     c.CACert,
		ClientCertFile: c.ClientCert,
		ClientKeyFile:  c.ClientKey,
		UserTokenTTL:   c.UserTokenTTL.Duration(),
		Logger:         log,
	}
}

// warnings returns what is allowed but probably a mistake.
func (c *config) warnings() []string {
	given := c.APIAuth.given()
	if c.serverside() != nil { // the user speaks for others, whatever the bot itself is
		given = slices.DeleteFunc(given, func(key string) bool { return key == "user" })
	}
	if len(given) < 2 {
		return nil
	}
	return []string{fmt.Sprintf("api_auth: %s are all given; only %s is used", strings.Join(given, " and "), given[0])}
}

// webWarnings returns what does not work without a web server.
func (c *config) webWarnings(served bool) []string {
	if served || c.clientside() == nil {
		return nil
	}
	return []string{"rbac_auth.clientside: the bot has no web server, so nobody can log in at " + c.loginURL() +
		"; add the section webserver, unless another program serves the bot's routes"}
}

// helpNames returns the names of the help command.
func (c *config) helpNames() []string {
	return slices.Compact([]string{"st2help", cmp.Or(c.PluginPrefix, "st2") + "help"})
}

// webURL returns the address of an execution in StackStorm's web interface.
func (c *config) webURL(e client.Execution) string {
	if c.WebURL == "" {
		return e.WebURL
	}
	return strings.TrimRight(c.WebURL, "/") + "/#/history/" + e.ID + "/general"
}
