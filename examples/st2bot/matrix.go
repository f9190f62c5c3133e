package main

import (
	"fmt"
	"log/slog"
	"path/filepath"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/backend/matrix"
	"github.com/go-errbot/errbot/bot"
	"github.com/go-errbot/errbot/bot/conf"
	"github.com/go-errbot/errbot/bot/secret"
)

// matrixIdentity is bot_identity for Matrix, and for Gitter, which is Matrix today.
type matrixIdentity struct {
	Server   string        `yaml:"server"`
	User     string        `yaml:"user"`
	Token    secret.String `yaml:"token"`
	Password secret.String `yaml:"password"`
	Invites  []string      `yaml:"invites"`
	Insecure bool          `yaml:"insecure"`
	CACert   string        `yaml:"ca_cert"`
	Timeout  conf.Seconds  `yaml:"timeout"`
	CatchUp  conf.Seconds  `yaml:"catch_up"`
}

// newMatrix makes a Matrix homeserver the chat network.
func newMatrix(c *config, log *slog.Logger, _ streams) (backend.Backend, []bot.Plugin, error) {
	var identity matrixIdentity
	if err := c.Identity.Decode(&identity); err != nil {
		return nil, nil, err
	}
	if identity.CACert != "" && !filepath.IsAbs(identity.CACert) {
		identity.CACert = filepath.Join(filepath.Dir(c.Identity.Name()), identity.CACert)
	}
	trust, err := trusting(identity.Insecure, identity.CACert)
	if err != nil {
		return nil, nil, fmt.Errorf("bot_identity: %w", err)
	}
	position := ""
	if c.DataDir != "" {
		position = filepath.Join(c.DataDir, "matrix.position")
	}
	b, err := matrix.New(matrix.Options{
		Server:   identity.Server,
		User:     identity.User,
		Token:    identity.Token,
		Password: identity.Password,
		Invites:  identity.Invites,
		TLS:      trust,
		Timeout:  identity.Timeout.Duration(),
		CatchUp:  identity.CatchUp.Duration(),
		Position: position,
		Log:      log,
	})
	if err != nil {
		return nil, nil, fmt.Errorf("bot_identity: %w", err)
	}
	return b, nil, nil
}

// newGitter is newMatrix for those who come from Gitter with their old configuration: a token
// alone, which nobody takes any more.
func newGitter(c *config, log *slog.Logger, std streams) (backend.Backend, []bot.Plugin, error) {
	b, plugins, err := newMatrix(c, log, std)
	if err != nil {
		return nil, nil, fmt.Errorf("%w (Gitter is a Matrix homeserver today: see backend/matrix/README.md)", err)
	}
	return b, plugins, nil
}
