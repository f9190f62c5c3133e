package slack_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/backend/slack"
)

func TestOptions(t *testing.T) {
	_, err := slack.New(slack.Options{Token: "xoxp-1", APIURL: "slack.com", Timeout: -1, SlashCommands: map[string]string{"st2": "!"}})
	for _, part := range []string{"token: give the bot user's token", "app_token: give", "api_url", "timeout", `"st2" does not begin with a slash`} {
		require.ErrorContains(t, err, part)
	}
	require.NotContains(t, err.Error(), "xoxp-1")
}
