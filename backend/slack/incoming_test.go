package slack_test

import (
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/backend/slack"
)

func TestReadsWhatPeopleSee(t *testing.T) {
	w := newWorkspace(t)
	h := w.run(w.newBot())
	for sent, want := range map[string]string{
		"plain":                                "plain",
		"a &lt;b&gt; &amp;amp; c":              "a <b> &amp; c",
		"<@U0BOB1> and <@U0BOB1|bobby>":        "@bob.b and @bob.b",
		"<@U0STRANGE1>":                        "<@U0STRANGE1>",
		"<@U0NOBODY1>":                         "@U0NOBODY1",
		"<#C0OPS1> <#C0OPS1|ops-old>":          "#ops #ops-old",
		"<#C0SECRET1>":                         "#C0SECRET1",
		"<!here> <!channel> <!everyone>":       "@here @channel @everyone",
		"<!subteam^S0ONCALL1>":                 "@oncall",
		"<!subteam^S0ONCALL1|@oncall> hey":     "@oncall hey",
		"<!date^1392734382^{date}|feb 18>":     "feb 18",
		"<https://example.com/a?b=1&amp;c=2>":  "https://example.com/a?b=1&c=2",
		"<http://example.com|example.com>":     "example.com",
		"<mailto:a@example.com|a@example.com>": "a@example.com",
		"<https://example.com|the page>":       "the page (https://example.com)",
		"1 < 2":                                "1 < 2",
		"<>":                                   "<>",
		"!st2 run cmd=<http://x.example.com|x.example.com> now": "!st2 run cmd=x.example.com now",
	} {
		w.says(alice, ops, sent, nil)
		h.said(want)
	}
}

func TestWhoIsMentioned(t *testing.T) {
	w := newWorkspace(t)
	h := w.run(w.newBot())
	w.says(alice, ops, "<@U0BOB1> <@U0BOT1> <@U0BOB1> &lt;@U0ALICE1&gt;", nil)
	m := h.said("@bob.b @errbot @bob.b <@U0ALICE1>")
	require.Len(t, m.Mentions, 2)
	require.Equal(t, []string{"@bob.b", "@errbot"}, []string{m.Mentions[0].ACL, m.Mentions[1].ACL})
}

// Whoever has a name of ours in another workspace has not our rights.
func TestStrangers(t *testing.T) {
	w := newWorkspace(t)
	h := w.run(w.newBot())
	w.says(stranger, ops, "hello", nil)
	from := h.said("hello").From
	require.Equal(t, "@alice@T0OTHER", from.ACL)
	require.Equal(t, from, *h.resolve(from.Address).Person)
	require.Equal(t, alice, h.resolve("@alice").Person.ID)
}

func TestWhatNobodySaidIsIgnored(t *testing.T) {
	w := newWorkspace(t)
	h := w.run(w.newBot())
	w.says("", ops, "!a webhook", object{"subtype": "bot_message", "bot_id": "B0OTHER1", "username": "alice"})
	w.says("USLACKBOT", ops, "!a custom response", nil)
	w.says(alice, ops, "joined", object{"subtype": "channel_join"})
	w.says(botUser, ops, "!the bot", nil)
	w.says("", ops, "!the bot with another name", object{"subtype": "bot_message", "bot_id": botID})
	w.mu.Lock()
	ts := w.channels[ops].messages[0]["ts"]
	w.tell(object{"type": "message", "subtype": "message_changed", "channel": ops, "ts": w.ts(),
		"message":          object{"user": alice, "ts": ts, "text": "!same", "attachments": []object{{"text": "a preview"}}},
		"previous_message": object{"user": alice, "ts": ts, "text": "!same"}})
	w.tell(object{"type": "message", "subtype": "message_deleted", "channel": ops, "ts": w.ts(), "deleted_ts": ts})
	w.tell(object{"type": "pin_added", "user": alice})
	w.tell(object{"type": "what_is_this"})
	w.send("unheard_of", object{"a": 1})
	w.mu.Unlock()
	w.says("U0NOBODY1", ops, "!nobody", nil)
	w.says(alice, ops, "a person", nil)
	h.said("a person")
	require.Eventually(t, func() bool { return w.unacknowledged() == 0 }, patience, 1e6)
}

func TestGroups(t *testing.T) {
	w := newWorkspace(t)
	h := w.run(w.newBot())
	w.says(alice, ops, "one", nil)
	require.Equal(t, []string{"group:oncall"}, h.said("one").Groups)
	w.says(bob, ops, "two", nil)
	require.Empty(t, h.said("two").Groups)
	require.Len(t, w.called("usergroups.list"), 1)

	w.mu.Lock()
	w.group = []string{bob}
	w.tell(object{"type": "subteam_members_changed", "subteam_id": oncall, "added_users": []string{bob}, "removed_users": []string{alice}})
	w.mu.Unlock()
	w.says(alice, direct, "three", nil)
	require.Empty(t, h.said("three").Groups)
	w.says(bob, ops, "four", nil)
	require.Equal(t, []string{"group:oncall"}, h.said("four").Groups)
}

func TestSlashCommands(t *testing.T) {
	w := newWorkspace(t)
	o := w.options()
	o.SlashCommands = map[string]string{"/errbot": "!"}
	b, err := slack.New(o)
	require.NoError(t, err)
	h := w.run(b)
	for _, test := range []struct{ command, text, in, want, place string }{
		{"/st2", "run <@U0BOB1> &amp; all", ops, "!st2 run @bob.b & all", "#ops"},
		{"/errbot", "status plugins", ops, "!status plugins", "#ops"},
		{"/errbot", "help", direct, "!help", "@alice"},
		{"/errbot", "secret", secret, "!secret", "@alice"},     // where the bot is not
		{"/errbot", "theirs", bobsDirect, "!theirs", "@alice"}, // not the bot's own conversation
		{"/st2", "", ops, "!st2", "#ops"},
	} {
		w.mu.Lock()
		w.send("slash_commands", object{
			"command": test.command, "text": test.text, "user_id": alice, "channel_id": test.in, "trigger_id": w.next("trigger"),
			"response_url": "https://hooks.slack.com/commands/1",
		})
		w.mu.Unlock()
		m := h.said(test.want)
		require.Equal(t, test.place, m.Ref.String())
		require.Equal(t, "@alice", m.From.ACL)
		require.Equal(t, []string{"group:oncall"}, m.Groups)
		require.Equal(t, "https://hooks.slack.com/commands/1", m.Extras[slack.ExtraInteraction].(map[string]any)["response_url"])
	}
}

func TestButtonsAndMore(t *testing.T) {
	w := newWorkspace(t)
	h := w.run(w.newBot())
	who := object{"user": object{"id": alice}, "channel": object{"id": ops}}
	for name, test := range map[string]struct {
		payload      object
		want, thread string
		private      bool
	}{
		"a button": {object{
			"type": "block_actions", "container": object{"message_ts": "1.1", "thread_ts": "1.0"},
			"actions": []object{{"type": "button", "action_id": "go", "value": "!st2 run deploy"}},
		}, "!st2 run deploy", "1.0", false},
		"a menu": {object{
			"type": "block_actions", "actions": []object{{"type": "static_select", "selected_option": object{"value": "!pick web"}}},
		}, "!pick web", "", false},
		"of a message": {object{"type": "message_action", "callback_id": "!explain", "message": object{"ts": "1.1", "thread_ts": "1.0"}}, "!explain", "1.0", false},
		"a shortcut":   {object{"type": "shortcut", "callback_id": "!status", "channel": object{}}, "!status", "", true},
		"a dialog":     {object{"type": "view_submission", "channel": nil, "view": object{"callback_id": "!deploy", "state": object{"values": object{}}}}, "!deploy", "", true},
	} {
		t.Run(name, func(t *testing.T) {
			payload := object{"trigger_id": "trigger " + name}
			for _, o := range []object{who, test.payload} {
				for k, v := range o {
					payload[k] = v
				}
			}
			w.mu.Lock()
			w.send("interactive", payload)
			w.mu.Unlock()
			m := h.said(test.want)
			require.Equal(t, test.private, m.IsPrivate())
			require.Equal(t, test.thread, m.Thread)
			require.Equal(t, alice, m.From.ID)
			require.Equal(t, test.payload["type"], m.Extras[slack.ExtraInteraction].(map[string]any)["type"])
		})
	}
}

// Names are asked for once, and again when Slack tells that they have changed.
func TestNamesAreRemembered(t *testing.T) {
	w := newWorkspace(t)
	h := w.run(w.newBot())
	for range 3 {
		w.says(bob, ops, "hello", nil)
		h.said("hello")
		h.resolve("@alice")
		h.resolve("#ops")
	}
	require.Len(t, w.called("users.info"), 2, "the bot and bob")
	require.Len(t, w.called("users.list"), 1)
	require.LessOrEqual(t, len(w.called("users.conversations")), 1)
	for range 3 {
		_, err := h.bot.Resolve(t.Context(), "#nowhere")
		require.ErrorIs(t, err, backend.ErrUnknown)
	}
	require.LessOrEqual(t, len(w.called("conversations.list")), 1, "what is not there is remembered, too")

	w.mu.Lock()
	w.users[2]["name"] = "robert"
	w.tell(object{"type": "user_change", "user": w.users[2]})
	w.channels[ops].name = "operations"
	w.tell(object{"type": "channel_rename", "channel": object{"id": ops, "name": "operations"}})
	w.mu.Unlock()
	w.says(bob, ops, "hello", nil)
	m := h.said("hello")
	require.Equal(t, "@robert", m.From.ACL)
	require.Equal(t, "#operations", m.Room.ACL)
	require.Equal(t, ops, h.resolve("#operations").Room.ID)
}

func TestAddresses(t *testing.T) {
	w := newWorkspace(t)
	h := w.run(w.newBot())
	for address, want := range map[string]string{
		"@alice": "@alice", "@Alice": "@alice", "<@U0BOB1>": "@bob.b", "<@U0BOB1|bob>": "@bob.b", "U0BOB1": "@bob.b", "@U0BOB1": "@bob.b",
		"#ops": "#ops", "#OPS": "#ops", "<#C0OPS1|ops>": "#ops", "C0OPS1": "#ops",
	} {
		require.Equal(t, want, h.resolve(address).String(), address)
	}
	for _, address := range []string{"", "@", "#", "alice", "ops", "#secret", "<@U0NOBODY1>", "<#C0SECRET1>", "<@", "D0ALICE1", "@a/b", "#a?b"} {
		_, err := h.bot.Resolve(t.Context(), address)
		require.ErrorIs(t, err, backend.ErrUnknown, address)
	}
}

func TestTopicsReachPlugins(t *testing.T) {
	w := newWorkspace(t)
	h := w.run(w.newBot())
	w.says(alice, ops, "set the topic", object{"subtype": "channel_topic", "topic": "a &amp; b"})
	change := next[backend.RoomChange](h)
	require.Equal(t, backend.TopicChanged, change.Kind)
	require.Equal(t, "a & b", change.Topic)
	require.Equal(t, alice, change.By.ID)
}

func TestFilesThatAreNotSlacks(t *testing.T) {
	w := newWorkspace(t)
	h := w.run(w.newBot())
	w.saysFile("a.bin", []byte("content"))
	f := next[*backend.Message](h).Files[0]
	for _, url := range []string{"https://evil.example.com/files/down/1", "http://files.slack.com/x", "https://slack.com.example.com/x", "::"} {
		_, err := h.bot.OpenFile(t.Context(), backend.File{Name: "x", URL: url})
		require.ErrorIs(t, err, backend.ErrUnknown, url)
	}
	file, err := h.bot.OpenFile(t.Context(), f)
	require.NoError(t, err)
	content, err := io.ReadAll(file)
	require.NoError(t, err)
	require.NoError(t, file.Close())
	require.Equal(t, "content", string(content))
}
