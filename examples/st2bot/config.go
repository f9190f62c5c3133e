package main

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/go-errbot/errbot/bot"
	"github.com/go-errbot/errbot/bot/conf"
)

// config is a configuration file: the host's keys, and those of this program.
type config struct {
	bot.Config `yaml:",inline"`
	IRC        ircKeys  `yaml:",inline"`
	XMPP       xmppKeys `yaml:",inline"`

	Backend     string         `yaml:"backend"`
	Identity    *conf.Document `yaml:"bot_identity,omitempty"`
	CorePlugins *bot.List      `yaml:"core_plugins,omitempty"`
	LogLevel    logLevel       `yaml:"bot_log_level"`
	LogFile     string         `yaml:"bot_log_file,omitempty"`
	ColorTheme  string         `yaml:"text_color_theme,omitempty"`
	StackStorm  *conf.Document `yaml:"stackstorm,omitempty"`
}

// logLevel is one of Python's names for levels, which Errbot's configuration has.
type logLevel string

var logLevels = map[logLevel]slog.Level{
	"DEBUG":    slog.LevelDebug,
	"INFO":     slog.LevelInfo,
	"WARNING":  slog.LevelWarn,
	"ERROR":    slog.LevelError,
	"CRITICAL": slog.LevelError,
}

// UnmarshalText implements [encoding.TextUnmarshaler].
func (l *logLevel) UnmarshalText(text []byte) error {
	level := logLevel(strings.ToUpper(strings.TrimPrefix(string(text), "logging.")))
	if _, ok := logLevels[level]; !ok {
		return errors.New("expected DEBUG, INFO, WARNING, ERROR or CRITICAL")
	}
	*l = level
	return nil
}

// noMeaning are keys of Errbot that say nothing to a bot whose plugins are compiled in, and
// why. They are reported and do no harm.
var noMeaning = map[string]string{
	"bot_extra_plugin_dir":          "plugins are compiled in",
	"bot_extra_backend_dir":         "networks are compiled in",
	"bot_extra_storage_plugins_dir": "storages are compiled in",
	"bot_plugin_indexes":            "plugins are compiled in",
	"plugins_callback_order":        "filters run in the order of the plugins",
	"autoinstall_deps":              "there are no dependencies to install",
	"storage_config":                "the store is one file in bot_data_dir",
	"hide_restricted_commands":      "help always leaves out what the asker may not run",
	"bot_log_formatter":             "the log is key=value text",
	"bot_log_sentry":                "there is no Sentry support",
	"bot_log_sentry_flask":          "there is no Sentry support",
	"text_demo_mode":                "the terminal shows one rendering",
	"compact_output":                "tables are drawn as the network allows",
}

// isHome reports whether a key is a place for YAML anchors: lists of people and rooms that
// rules refer to, such as acl_squad_infra.
func isHome(key string) bool {
	return key == "anchors" || strings.HasPrefix(key, "x-") || strings.HasPrefix(key, "x_") ||
		strings.HasPrefix(key, "acl_")
}

// readConfig reads a configuration file. With mistakes in it there is both a configuration,
// so that more mistakes can be found, and an error; without a configuration it could not be
// read at all.
func readConfig(path string) (c *config, warnings []string, err error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, nil, usageError{fmt.Errorf("read the configuration: %w", err)}
	}
	doc, err := conf.Parse(path, data, os.LookupEnv)
	if doc == nil {
		return nil, nil, usageError{err}
	}
	c = &config{Config: bot.DefaultConfig(), IRC: defaultIRC(), XMPP: xmppKeys{KeepaliveInterval: conf.Seconds(time.Minute)}, Backend: "text", LogLevel: "INFO"}
	err = errors.Join(err, c.decode(doc))
	warnings = meaningless(doc)
	if c.DataDir == "" {
		warnings = append(warnings, doc.Errorf("bot_data_dir", "not set: nothing is kept when the bot ends").Error())
	}
	return c, warnings, err
}

// decode fills c from doc.
func (c *config) decode(doc *conf.Document) error {
	err := doc.Without(func(key string) bool { return isHome(key) || noMeaning[key] != "" }).Decode(c)
	c.Source = doc
	if c.StackStorm != nil {
		c.Sections = map[string]*conf.Document{"stackstorm": c.StackStorm}
	}
	return err
}

// meaningless returns a warning for each key that says nothing here.
func meaningless(doc *conf.Document) []string {
	var warnings []string
	for _, key := range doc.Keys() {
		if why := noMeaning[key]; why != "" {
			warnings = append(warnings, doc.Errorf(key, "not used, %s; remove the line", why).Error())
		}
	}
	return warnings
}

// wants reports whether a core plugin is to be loaded.
func (c *config) wants(plugin string) bool {
	return c.CorePlugins == nil || slices.Contains(*c.CorePlugins, plugin)
}

// admin returns who is at the terminal in the beginning.
func (c *config) admin() string {
	if len(c.Admins) == 0 {
		return ""
	}
	return c.Admins[0]
}

// logger opens the log.
func (c *config) logger(std streams) (log *slog.Logger, closeLog func() error, err error) {
	out, closeLog := std.err, func() error { return nil }
	if c.LogFile != "" {
		file, err := os.OpenFile(c.LogFile, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err != nil {
			return nil, nil, usageError{fmt.Errorf("bot_log_file: %w", err)}
		}
		out, closeLog = file, file.Close
	}
	level := logLevels[cmp.Or(c.LogLevel, "INFO")]
	return slog.New(slog.NewTextHandler(out, &slog.HandlerOptions{Level: level})), closeLog, nil
}
