package main

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"

	"gopkg.in/yaml.v3"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/backend/xmpp"
	"github.com/go-errbot/errbot/bot"
	"github.com/go-errbot/errbot/bot/conf"
	"github.com/go-errbot/errbot/bot/secret"
)

// xmppKeys are Errbot's keys for XMPP outside bot_identity.
type xmppKeys struct {
	FeatureMechanisms *xmppMechanisms `yaml:"xmpp_feature_mechanisms,omitempty"`
	KeepaliveInterval conf.Seconds    `yaml:"xmpp_keepalive_interval"`
	CACertFile        string          `yaml:"xmpp_ca_cert_file,omitempty"`
	XHTML             bool            `yaml:"xmpp_xhtml_im"`
	UseIPv6           *bool           `yaml:"xmpp_use_ipv6,omitempty"`
	SSLVersion        any             `yaml:"xmpp_ssl_version,omitempty"`
}

// xmppMechanisms says how the bot logs in, as the library of Errbot has it.
type xmppMechanisms struct {
	Use              string         `yaml:"use_mech"`
	UnencryptedPlain bool           `yaml:"unencrypted_plain"`
	Others           map[string]any `yaml:",inline"`
}

// xmppIdentity is bot_identity for XMPP.
type xmppIdentity struct {
	Username      string        `yaml:"username"`
	Password      secret.String `yaml:"password"`
	Server        hostPort      `yaml:"server"`
	Encryption    string        `yaml:"encryption"`
	CACert        string        `yaml:"ca_cert"`
	VerifyCert    bool          `yaml:"verify_cert"`
	RoomServices  []string      `yaml:"room_services"`
	AcceptInvites bool          `yaml:"accept_invites"`
	History       *int          `yaml:"history"`
	RejoinDelay   *conf.Seconds `yaml:"rejoin_delay"`
	CatchUp       conf.Seconds  `yaml:"catch_up"`
}

// hostPort is an address; as in Errbot, it may be a list of host and port.
type hostPort string

// UnmarshalYAML implements [yaml.Unmarshaler].
func (h *hostPort) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		*h = hostPort(n.Value)
		return nil
	}
	if n.Kind != yaml.SequenceNode || len(n.Content) != 2 {
		return fmt.Errorf("expected a host, host:port or [host, port]")
	}
	if port, err := strconv.ParseUint(n.Content[1].Value, 10, 16); err != nil || port == 0 {
		return fmt.Errorf("%q is no port", n.Content[1].Value)
	}
	*h = hostPort(net.JoinHostPort(n.Content[0].Value, n.Content[1].Value))
	return nil
}

// newXMPP makes an account on an XMPP server.
func newXMPP(c *config, log *slog.Logger, _ streams) (backend.Backend, []bot.Plugin, error) {
	id := xmppIdentity{VerifyCert: true}
	if err := c.Identity.Decode(&id); err != nil {
		return nil, nil, err
	}
	id.CACert = cmp.Or(id.CACert, c.XMPP.CACertFile)
	if id.CACert != "" && !filepath.IsAbs(id.CACert) {
		id.CACert = filepath.Join(filepath.Dir(c.Identity.Name()), id.CACert)
	}
	trust, err := id.tls()
	if err != nil {
		return nil, nil, fmt.Errorf("bot_identity: %w", err)
	}
	if c.XMPP.SSLVersion != nil {
		log.Warn("xmpp_ssl_version is not used: TLS 1.2 or later is spoken")
	}
	o := xmpp.Options{
		Username:      id.Username,
		Password:      id.Password,
		Server:        string(id.Server),
		Encryption:    id.Encryption,
		TLS:           trust,
		Mechanisms:    c.XMPP.mechanisms(),
		Network:       c.XMPP.network(),
		Keepalive:     c.XMPP.KeepaliveInterval.Duration(),
		Nick:          c.Nick,
		CatchUp:       id.CatchUp.Duration(),
		RoomServices:  id.RoomServices,
		AcceptInvites: id.AcceptInvites,
		XHTML:         c.XMPP.XHTML,
		Version:       "st2bot " + version(),
		Log:           log,
	}
	if id.History != nil {
		o.History = cmp.Or(*id.History, -1)
	}
	if id.RejoinDelay != nil {
		o.RejoinDelay = orNever(*id.RejoinDelay)
	}
	b, err := xmpp.New(o)
	if err != nil {
		return nil, nil, fmt.Errorf("bot_identity: %w", err)
	}
	return b, nil, nil
}

// mechanisms returns how the bot logs in; nil leaves that to the backend.
func (k xmppKeys) mechanisms() []string {
	switch m := k.FeatureMechanisms; {
	case m == nil:
		return nil
	case m.Use != "":
		return []string{m.Use}
	case m.UnencryptedPlain:
		return []string{"SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN"}
	}
	return nil
}

func (k xmppKeys) network() string {
	switch {
	case k.UseIPv6 == nil:
		return "" // both
	case *k.UseIPv6:
		return "tcp6"
	}
	return "tcp4"
}

// tls returns how the server is verified.
func (id xmppIdentity) tls() (*tls.Config, error) {
	config := &tls.Config{InsecureSkipVerify: !id.VerifyCert}
	if id.CACert == "" {
		return config, nil
	}
	pem, err := os.ReadFile(id.CACert)
	if err != nil {
		return nil, fmt.Errorf("ca_cert: %w", err)
	}
	config.RootCAs = x509.NewCertPool()
	if !config.RootCAs.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("ca_cert: there is no certificate in %s", id.CACert)
	}
	return config, nil
}
