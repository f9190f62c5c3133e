package st2

import (
	"cmp"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/go-errbot/errbot/bot/conf"
	"github.com/go-errbot/errbot/st2/internal/login"
)

// clientsideConfig is the section rbac_auth.clientside.
type clientsideConfig struct {
	URL            string       `yaml:"url"`
	LinkTTL        conf.Seconds `yaml:"link_ttl"`
	TrustedProxies []string     `yaml:"trusted_proxies"`

	page    *url.URL
	proxies []netip.Prefix
}

// serversideConfig is the section rbac_auth.serverside.
type serversideConfig struct {
	NicknameOrigin string `yaml:"nickname_origin"`
}

// readMode reads what stands below a key of rbac_auth.
func (c *config) readMode(rbac *conf.Document, mode string) (any, error) {
	options := rbac.Section(mode)
	switch mode {
	case standaloneMode:
		return struct{}{}, options.Decode(&struct{}{})
	case clientsideMode:
		if c.AuthURL == "" {
			return nil, rbac.Errorf(mode, "needs auth_url, where users' passwords are exchanged for tokens")
		}
		return readClientside(options)
	case serversideMode:
		var s serversideConfig
		if c.APIAuth.User.Name == "" || c.APIAuth.User.Password == "" || c.AuthURL == "" {
			return &s, rbac.Errorf(mode, "needs auth_url and api_auth.user: StackStorm lets nobody speak for others with a token or an API key")
		}
		return &s, options.Decode(&s)
	}
	known := []string{standaloneMode, clientsideMode, serversideMode}
	hint := ""
	if near := conf.Nearest(mode, known); near != "" {
		hint = fmt.Sprintf("; did you mean %q?", near)
	}
	return nil, rbac.Errorf(mode, "unknown; known are %s%s", strings.Join(known, ", "), hint)
}

func readClientside(options *conf.Document) (*clientsideConfig, error) {
	c := &clientsideConfig{LinkTTL: conf.Seconds(15 * time.Minute)}
	if err := options.Decode(c); err != nil {
		return c, err
	}
	var err error
	if c.page, err = login.ParsePage(c.URL); err != nil {
		return c, options.Errorf("url", "%v", err)
	}
	if d := c.LinkTTL.Duration(); d < time.Minute || d > 24*time.Hour {
		return c, options.Errorf("link_ttl", "expected one minute to one day")
	}
	for _, text := range c.TrustedProxies {
		prefix, err := parseNetwork(text)
		if err != nil {
			return c, options.Errorf("trusted_proxies", "expected addresses or networks such as 192.0.2.7 or 192.0.2.0/24")
		}
		c.proxies = append(c.proxies, prefix)
	}
	return c, nil
}

// parseNetwork reads a network, or one address.
func parseNetwork(text string) (netip.Prefix, error) {
	if addr, err := netip.ParseAddr(text); err == nil {
		return addr.Prefix(addr.BitLen())
	}
	return netip.ParsePrefix(text)
}

// clientside returns the options of that mode; nil when the mode is another.
func (c *config) clientside() *clientsideConfig {
	options, _ := c.RBACAuth[clientsideMode].(*clientsideConfig)
	return options
}

// serverside returns the options of that mode; nil when the mode is another.
func (c *config) serverside() *serversideConfig {
	options, _ := c.RBACAuth[serversideMode].(*serversideConfig)
	return options
}

// sessionNames returns the names of a command about sessions, the documented one first.
func (c *config) sessionNames(command string) []string {
	return slices.Compact([]string{"st2session_" + command, cmp.Or(c.PluginPrefix, "st2") + "session_" + command})
}
