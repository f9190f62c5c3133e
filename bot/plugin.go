package bot

import (
	"context"

	"github.com/go-errbot/errbot/bot/conf"
)

// Plugin is a unit with a name, commands and a life:
//
//	New → Configure → Register → Activate → … → Deactivate
//
// The plugin's own constructor is cheap and does no I/O. Configure and Register are
// called by [New], so that whatever is wrong with a set-up is known before the bot
// starts. Activate and Deactivate may follow each other any number of times. What a
// plugin declared appears and disappears as one.
type Plugin interface {
	// Name identifies the plugin in configuration, access rules and help. It
	// contains no ":" and does not change.
	Name() string
	// Register declares what the plugin has: commands, filters, routes, jobs. It is
	// called once and has no side effects.
	Register(r *Registry) error
}

// Configurable is a plugin with configuration of its own.
type Configurable interface {
	Plugin
	// ConfigKey names the plugin's section at the top of the configuration file.
	// When it is empty, the section is the one below "plugins:" with the plugin's
	// name.
	ConfigKey() string
	// Configure checks section and then takes it over; on an error the plugin goes
	// on with what it had. section is nil when the file has none.
	Configure(section *conf.Document) error
}

// Activator is a plugin that needs to do something before its commands can be used.
type Activator interface {
	Plugin
	// Activate starts the plugin. ctx ends when Activate takes too long. What
	// should go on is started with [Host.Go], never with a bare go statement. After
	// an error Deactivate is called, everything is undone, and the administrators
	// are told; unless the error wraps [ErrPermanent] the host tries again, with
	// backoff, for as long as it runs.
	Activate(ctx context.Context, h *Host) error
}

// Deactivator is a plugin that has something to close.
type Deactivator interface {
	Plugin
	// Deactivate stops the plugin, also after an Activate that failed half-way. When
	// it is called, the plugin's goroutines have been told to end and have ended,
	// or their deadline has passed. ctx ends at a deadline.
	Deactivate(ctx context.Context) error
}
