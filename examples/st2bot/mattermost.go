package main

import (
	"cmp"
	"fmt"
	"log/slog"
	"net"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/backend/mattermost"
	"github.com/go-errbot/errbot/bot"
	"github.com/go-errbot/errbot/bot/conf"
	"github.com/go-errbot/errbot/bot/secret"
)

// mattermostIdentity is bot_identity for Mattermost, with the keys that Errbot's backend has.
type mattermostIdentity struct {
	Server    string        `yaml:"server"`
	Scheme    string        `yaml:"scheme"`
	Port      int           `yaml:"port"`
	Team      string        `yaml:"team"`
	Token     secret.String `yaml:"token"`
	Login     string        `yaml:"login"`
	Password  secret.String `yaml:"password"`
	Insecure  bool          `yaml:"insecure"`
	CACert    string        `yaml:"ca_cert"`
	Timeout   conf.Seconds  `yaml:"timeout"`
	CatchUp   conf.Seconds  `yaml:"catch_up"`
	Presence  conf.Seconds  `yaml:"presence_every"`
	CardsHook string        `yaml:"cards_hook"`
}

// newMattermost makes a Mattermost server the chat network.
func newMattermost(c *config, log *slog.Logger, _ streams) (backend.Backend, []bot.Plugin, error) {
	var identity mattermostIdentity
	if err := c.Identity.Decode(&identity); err != nil {
		return nil, nil, err
	}
	if identity.CardsHook != "" {
		log.Warn("bot_identity.cards_hook is not used: cards need no webhook; remove the line")
	}
	if identity.CACert != "" && !filepath.IsAbs(identity.CACert) {
		identity.CACert = filepath.Join(filepath.Dir(c.Identity.Name()), identity.CACert)
	}
	trust, err := trusting(identity.Insecure, identity.CACert)
	if err != nil {
		return nil, nil, fmt.Errorf("bot_identity: %w", err)
	}
	b, err := mattermost.New(mattermost.Options{
		Server:        identity.address(),
		Team:          identity.Team,
		Token:         identity.Token,
		Login:         identity.Login,
		Password:      identity.Password,
		TLS:           trust,
		Timeout:       identity.Timeout.Duration(),
		CatchUp:       identity.CatchUp.Duration(),
		PresenceEvery: identity.Presence.Duration(),
		Log:           log,
	})
	if err != nil {
		return nil, nil, fmt.Errorf("bot_identity: %w", err)
	}
	return b, nil, nil
}

// address returns the server's address. As in Errbot, server may be a name alone, with the
// scheme and the port in keys of their own.
func (i *mattermostIdentity) address() string {
	if i.Server == "" || strings.Contains(i.Server, "://") {
		return i.Server
	}
	host := i.Server
	if i.Port != 0 {
		host = net.JoinHostPort(host, strconv.Itoa(i.Port))
	}
	return cmp.Or(i.Scheme, "https") + "://" + host
}
