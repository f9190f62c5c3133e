package textcmds_test

import (
	"strings"
	"testing"

	"github.com/go-errbot/errbot/acl"
	"github.com/go-errbot/errbot/backend/text"
	"github.com/go-errbot/errbot/bot"
	"github.com/go-errbot/errbot/plugins/textcmds"
	"github.com/go-errbot/errbot/plugins/utils"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var _ textcmds.Chat = (*text.Backend)(nil)

// talk returns what a bot at a terminal answers to lines.
func talk(t *testing.T, change func(cfg *bot.Config), lines ...string) string {
	t.Helper()
	var out strings.Builder
	chat := text.New(text.Options{In: strings.NewReader(strings.Join(lines, "\n") + "\n"), Out: &out, Admin: "@boss"})
	cfg := bot.DefaultConfig()
	cfg.Admins = bot.List{"@boss"}
	if change != nil {
		change(&cfg)
	}
	b, err := bot.New(cfg, chat, bot.WithPlugins(textcmds.New(chat), utils.New()))
	require.NoError(t, err)
	require.NoError(t, b.Run(t.Context()))
	return out.String()
}

func TestReplies(t *testing.T) {
	tests := map[string]struct {
		lines []string
		want  string
	}{
		"asuser":           {[]string{"!asuser"}, "You are now: @luser.\n"},
		"asuser name":      {[]string{"!asuser alice"}, "You are now: @alice.\n"},
		"asuser @name":     {[]string{"!asuser @a_b_c"}, "You are now: @a_b_c.\n"},
		"asadmin":          {[]string{"!asuser alice", "!asadmin"}, "You are now: @alice.\nYou are now an admin: @boss.\n"},
		"inroom":           {[]string{"!inroom"}, "Joined Room #testroom.\n"},
		"inroom name":      {[]string{"!inroom ops"}, "Joined Room #ops.\n"},
		"inroom #name":     {[]string{"!inroom #ops"}, "Joined Room #ops.\n"},
		"inperson":         {[]string{"!inroom", "!inperson"}, "Joined Room #testroom.\nNow in one-on-one with the bot.\n"},
		"asuser in a room": {[]string{"!inroom", "!asuser alice"}, "Joined Room #testroom.\nYou are now: @alice.\n"},
		"ml": {
			[]string{"!ml", "!echo one", "two", "", "!ml"},
			"Multiline mode is on: an empty line ends a message.\none\ntwo\nMultiline mode is off.\n",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, tt.want, talk(t, nil, tt.lines...))
		})
	}
}

func TestTheBotSeesWhoAndWhere(t *testing.T) {
	out := talk(t, nil, "!asuser alice", "!inroom ops", "!whoami")
	require.Regexp(t, `│ access rules +│ @alice +│`, out)
	require.Regexp(t, `│ room in access rules +│ #ops +│`, out)
	require.NotContains(t, talk(t, nil, "!inroom ops", "!inperson", "!whoami"), "│ room")
}

func TestAccessRulesHold(t *testing.T) {
	rules := func(cfg *bot.Config) {
		cfg.AccessControls = bot.AccessControls{
			{Pattern: "TextCmds:*"},
			{Pattern: "*", Rule: acl.Rule{AllowUsers: []string{"@alice"}, AllowRooms: []string{"#ops"}}},
		}
	}
	out := talk(t, rules, "!inroom ops", "!asuser alice", "!echo yes", "!asuser bob", "!echo no", "!asuser alice", "!inroom dev", "!echo no")
	require.Contains(t, out, "yes\n")
	require.NotContains(t, out, "no\n")
}

func TestADefaultCanLockIn(t *testing.T) {
	strict := func(cfg *bot.Config) {
		cfg.AccessControlsDefault = bot.AccessRule{AllowUsers: []string{"@boss"}}
	}
	require.NotContains(t, talk(t, strict, "!asuser alice", "!asadmin"), "You are now an admin")

	open := func(cfg *bot.Config) {
		strict(cfg)
		cfg.AccessControls = bot.AccessControls{{Pattern: "TextCmds:*", Rule: acl.Rule{AllowUsers: []string{"*"}}}}
	}
	require.Contains(t, talk(t, open, "!asuser alice", "!asadmin"), "You are now an admin: @boss.\n")
}
