package st2

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/go-errbot/errbot/bot"
	"github.com/go-errbot/errbot/bot/conf"
	"github.com/go-errbot/errbot/st2/session"
	"gopkg.in/yaml.v3"
)

// The names of secret stores.
const (
	cleartext = "cleartext"
	encrypted = "encrypted"
)

// storeConfig is the section secrets_store: the name of a store, or a mapping of it to its
// options. Both occur in err-stackstorm's documentation.
type storeConfig struct {
	name    string
	options encryptedConfig
}

// encryptedConfig is the section secrets_store.encrypted.
type encryptedConfig struct {
	File       string   `yaml:"file"`
	KeyFile    string   `yaml:"key_file,omitempty"`
	KeyEnv     string   `yaml:"key_env,omitempty"`
	KeyCommand []string `yaml:"key_command,omitempty"`
}

// UnmarshalYAML implements [yaml.Unmarshaler]. What it leaves open, check finds.
func (s *storeConfig) UnmarshalYAML(n *yaml.Node) error {
	switch {
	case n.Kind == yaml.ScalarNode:
		*s = storeConfig{name: n.Value}
		return nil
	case n.Kind == yaml.MappingNode && len(n.Content) == 2:
		*s = storeConfig{name: n.Content[0].Value}
		return nil
	}
	return errors.New("expected the name of one store")
}

// MarshalYAML implements [yaml.Marshaler].
func (s storeConfig) MarshalYAML() (any, error) {
	if s.name == encrypted {
		return map[string]encryptedConfig{encrypted: s.options}, nil
	}
	return s.name, nil
}

// check reads the options, and puts paths in relation to the file.
func (s *storeConfig) check(section *conf.Document) error {
	switch s.name {
	case cleartext:
		return nil
	case encrypted:
	default:
		return section.Errorf("secrets_store", "expected %q or %q", cleartext, encrypted)
	}
	options := section.Section("secrets_store").Section(encrypted)
	if err := options.Decode(&s.options); err != nil {
		return err
	}
	given := 0
	for _, is := range []bool{s.options.KeyFile != "", s.options.KeyEnv != "", len(s.options.KeyCommand) > 0} {
		if is {
			given++
		}
	}
	switch {
	case s.options.File == "":
		return section.Errorf("secrets_store", "encrypted needs file, and one of key_file, key_env and key_command")
	case given != 1:
		return section.Errorf("secrets_store", "encrypted needs one of key_file, key_env and key_command, not %d of them", given)
	}
	for _, path := range []*string{&s.options.File, &s.options.KeyFile} {
		if *path != "" && !filepath.IsAbs(*path) {
			*path = filepath.Join(filepath.Dir(section.Name()), *path)
		}
	}
	return nil
}

func (o *encryptedConfig) key() session.KeySource {
	return session.KeySource{File: o.KeyFile, Env: o.KeyEnv, Command: o.KeyCommand}
}

// open opens the store. An error that only a person can mend is [bot.ErrPermanent].
func (s *storeConfig) open(ctx context.Context) (session.SecretStore, error) {
	if s.name == cleartext {
		return session.NewCleartext(), nil
	}
	key, err := s.options.key().Key(ctx)
	if err != nil {
		return nil, err
	}
	store, err := session.OpenEncrypted(s.options.File, key)
	if errors.Is(err, session.ErrWrongKey) || errors.Is(err, session.ErrCorrupt) {
		return nil, fmt.Errorf("%w: %w", bot.ErrPermanent, err)
	}
	if err != nil {
		return nil, err
	}
	return store, nil
}

// Rekey gives the configured encrypted store, which no bot may have open, a new key, and
// returns the store's file. From then on the configuration has to name the new key.
func (p *Plugin) Rekey(ctx context.Context, newKey session.KeySource) (file string, err error) {
	store := p.cfg.SecretsStore
	if store.name != encrypted {
		return "", fmt.Errorf("secrets_store is %s: there is no key to change", store.name)
	}
	from, err := store.options.key().Key(ctx)
	if err != nil {
		return "", err
	}
	to, err := newKey.Key(ctx)
	if err != nil {
		return "", fmt.Errorf("the new key: %w", err)
	}
	return store.options.File, session.Rotate(store.options.File, from, to)
}
