package main

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/backend/irc"
	"github.com/go-errbot/errbot/bot"
	"github.com/go-errbot/errbot/bot/conf"
	"github.com/go-errbot/errbot/bot/secret"
)

// ircKeys are Errbot's keys for IRC outside bot_identity. A time of 0 switches off what it
// is for.
type ircKeys struct {
	ChannelRate           conf.Seconds  `yaml:"irc_channel_rate"`
	PrivateRate           conf.Seconds  `yaml:"irc_private_rate"`
	ReconnectOnKick       conf.Seconds  `yaml:"irc_reconnect_on_kick"`
	ReconnectOnDisconnect *conf.Seconds `yaml:"irc_reconnect_on_disconnect,omitempty"`
	ACLPattern            string        `yaml:"irc_acl_pattern"`
}

func defaultIRC() ircKeys {
	return ircKeys{
		ChannelRate:     conf.Seconds(time.Second),
		PrivateRate:     conf.Seconds(time.Second),
		ReconnectOnKick: conf.Seconds(5 * time.Second),
		ACLPattern:      "{nick}!{user}@{host}",
	}
}

// ircIdentity is bot_identity for IRC.
type ircIdentity struct {
	Nickname         string        `yaml:"nickname"`
	AltNickname      string        `yaml:"alt_nickname"`
	Username         string        `yaml:"username"`
	RealName         string        `yaml:"realname"`
	Server           string        `yaml:"server"`
	Port             int           `yaml:"port"`
	Password         secret.String `yaml:"password"`
	SSL              bool          `yaml:"ssl"`
	VerifyCert       bool          `yaml:"verify_cert"`
	CACert           string        `yaml:"ca_cert"`
	ClientCert       string        `yaml:"client_cert"`
	ClientKey        string        `yaml:"client_key"`
	BindAddress      string        `yaml:"bind_address"`
	IPv6             bool          `yaml:"ipv6"`
	SASL             string        `yaml:"sasl"`
	SASLUsername     string        `yaml:"sasl_username"`
	SASLPassword     secret.String `yaml:"sasl_password"`
	NickServPassword secret.String `yaml:"nickserv_password"`
}

// newIRC makes an account on an IRC network.
func newIRC(c *config, log *slog.Logger, _ streams) (backend.Backend, []bot.Plugin, error) {
	id := ircIdentity{VerifyCert: true}
	if err := c.Identity.Decode(&id); err != nil {
		return nil, nil, err
	}
	for _, path := range []*string{&id.CACert, &id.ClientCert, &id.ClientKey} {
		if *path != "" && !filepath.IsAbs(*path) {
			*path = filepath.Join(filepath.Dir(c.Identity.Name()), *path)
		}
	}
	encryption, err := id.tls()
	if err != nil {
		return nil, nil, fmt.Errorf("bot_identity: %w", err)
	}
	network := "" // both
	if id.IPv6 {
		network = "tcp6"
	}
	if c.IRC.ReconnectOnDisconnect != nil {
		log.Warn("irc_reconnect_on_disconnect is not used: the bot always connects again")
	}
	b, err := irc.New(irc.Options{
		Server:           id.Server,
		Port:             id.Port,
		TLS:              encryption,
		BindAddress:      id.BindAddress,
		Network:          network,
		Nick:             id.Nickname,
		AltNick:          id.AltNickname,
		Username:         id.Username,
		RealName:         id.RealName,
		Password:         id.Password,
		SASL:             id.SASL,
		SASLUser:         id.SASLUsername,
		SASLPassword:     id.SASLPassword,
		NickServPassword: id.NickServPassword,
		ChannelRate:      orNever(c.IRC.ChannelRate),
		PrivateRate:      orNever(c.IRC.PrivateRate),
		RejoinDelay:      orNever(c.IRC.ReconnectOnKick),
		ACLPattern:       c.IRC.ACLPattern,
		Version:          "st2bot " + version(),
		Log:              log,
	})
	if err != nil {
		return nil, nil, fmt.Errorf("bot_identity: %w", err)
	}
	return b, nil, nil
}

// orNever returns d, and for 0 what package irc takes for "off".
func orNever(d conf.Seconds) time.Duration {
	if d == 0 {
		return -1
	}
	return d.Duration()
}

// tls returns how the connection is encrypted; nil when it is not.
func (id ircIdentity) tls() (*tls.Config, error) {
	if !id.SSL {
		if id.CACert != "" || id.ClientCert != "" || !id.VerifyCert {
			return nil, errors.New("ca_cert, client_cert and verify_cert need ssl: true")
		}
		return nil, nil
	}
	config := &tls.Config{InsecureSkipVerify: !id.VerifyCert}
	if id.CACert != "" {
		pem, err := os.ReadFile(id.CACert)
		if err != nil {
			return nil, fmt.Errorf("ca_cert: %w", err)
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("ca_cert: there is no certificate in %s", id.CACert)
		}
	}
	if id.ClientCert != "" {
		own, err := tls.LoadX509KeyPair(id.ClientCert, id.ClientKey)
		if err != nil {
			return nil, fmt.Errorf("client_cert: %w", err)
		}
		config.Certificates = []tls.Certificate{own}
	}
	return config, nil
}
