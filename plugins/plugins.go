package plugins

import (
	"github.com/go-errbot/errbot/bot"
	"github.com/go-errbot/errbot/plugins/health"
	"github.com/go-errbot/errbot/plugins/help"
	"github.com/go-errbot/errbot/plugins/utils"
)

// Core returns new plugins that every bot has, for [bot.WithPlugins].
func Core() []bot.Plugin {
	return []bot.Plugin{help.New(), utils.New(), health.New()}
}
