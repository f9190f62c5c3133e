package discord_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/bwmarrin/discordgo"
	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/backend/discord"
	"github.com/go-errbot/errbot/bot/secret"
)

// Rules name roles, wherever the person speaks; a role that imitates another has its ID.
func TestRoles(t *testing.T) {
	f := newFake(t)
	twin := f.id()
	f.guild.Roles = append(f.guild.Roles, &discordgo.Role{ID: twin, Name: "oncall"})
	h := run(t, f.newBot(t, nil))
	for _, channel := range []string{f.direct, f.ops} {
		f.say(channel, "hello")
		require.Equal(t, []string{"role:oncall"}, h.message().Groups)
	}
	f.mu.Lock()
	f.members[f.alice.ID].Roles = []string{twin}
	f.mu.Unlock()
	f.say(f.ops, "hello")
	require.Equal(t, []string{"role:" + twin}, h.message().Groups)
}

// The oldest channel of a name has it; a newer one cannot get its rights.
func TestNamesOfChannels(t *testing.T) {
	f := newFake(t)
	twin := f.addChannel("ops", discordgo.ChannelTypeGuildText)
	bot := f.newBot(t, nil)
	run(t, bot)
	for address, id := range map[string]string{
		"#ops": f.ops, "#OPS": f.ops, "<#" + f.ops + ">": f.ops, "#" + f.ops: f.ops, "#" + f.guild.ID + "/ops": f.ops,
		"#" + twin: twin,
	} {
		require.Equal(t, id, resolve(t, bot, address).Room.ID, address)
	}
	require.Equal(t, "#ops", resolve(t, bot, "#"+f.ops).Room.ACL)
	require.Equal(t, "#"+twin, resolve(t, bot, "#"+twin).Room.ACL)
	require.Equal(t, f.alice.ID, resolve(t, bot, "<@"+f.alice.ID+">").Person.ID)
	require.Equal(t, "@errbot#4711", resolve(t, bot, "@errbot#4711").Person.ACL)
	for _, address := range []string{"ops", "@", "#", "<@x>", "<#1>", "@" + strings.Repeat("a", 100), "@ali"} {
		_, err := bot.Resolve(t.Context(), address)
		require.ErrorIs(t, err, backend.ErrUnknown, address)
	}
}

// What anybody can say in anybody's name is nobody's.
func TestWhatIsIgnored(t *testing.T) {
	f := newFake(t)
	h := run(t, f.newBot(t, nil))
	f.mu.Lock()
	f.add(&discordgo.Message{ChannelID: f.ops, Author: f.alice, WebhookID: "1", Content: "a webhook"})
	f.add(&discordgo.Message{ChannelID: f.ops, Author: f.alice, Type: discordgo.MessageTypeGuildMemberJoin})
	edited := f.add(&discordgo.Message{ChannelID: f.ops, Author: f.alice, Content: "once"})
	f.tell("MESSAGE_UPDATE", edited, discordgo.IntentGuildMessages) // a preview of a link
	f.change(edited, "twice")
	f.tell("MESSAGE_UPDATE", edited, discordgo.IntentGuildMessages)
	f.tell("MESSAGE_CREATE", edited, discordgo.IntentGuildMessages) // told again
	f.mu.Unlock()
	f.say(f.ops, "the end")
	require.Equal(t, "once", h.message().Body)
	m := h.message()
	require.Equal(t, "twice", m.Body)
	require.True(t, m.Edited)
	require.Equal(t, "the end", h.message().Body)
}

// Mentions of people and channels are read as names.
func TestReadsMentions(t *testing.T) {
	f := newFake(t)
	h := run(t, f.newBot(t, nil))
	f.say(f.ops, "<@"+f.alice.ID+"> and <@!"+f.bot.ID+"> in <#"+f.ops+"> < <@1> <x")
	m := h.message()
	require.Equal(t, "@alice and @errbot#4711 in #ops < <@1> <x", m.Body)
	require.Len(t, m.Mentions, 2)
}

// Only who is named at the beginning, or in Mentions, is told of a message.
func TestMentions(t *testing.T) {
	f := newFake(t)
	bot := f.newBot(t, nil)
	run(t, bot)
	alice := "<@" + f.alice.ID + ">"
	for text, told := range map[string]bool{
		alice + " look":         true,
		"look, " + alice:        false,
		"@everyone " + alice:    false,
		"```\n" + alice + "```": false,
	} {
		send(t, bot, &backend.Message{Ref: resolve(t, bot, "#ops"), Body: text})
		m, err := f.seen.next(t.Context(), f.ops)
		require.NoError(t, err)
		require.Equal(t, told, len(m.Mentions) > 0, text)
		require.False(t, m.MentionEveryone)
	}
	send(t, bot, &backend.Message{Ref: resolve(t, bot, "#ops"), Body: "look, " + alice, Mentions: []backend.Person{{ID: f.alice.ID}}})
	m, err := f.seen.next(t.Context(), f.ops)
	require.NoError(t, err)
	require.Len(t, m.Mentions, 1)
}

// A call that ends without an answer is made again with the same nonce: Discord has the
// message once.
func TestNothingIsDoubled(t *testing.T) {
	f := newFake(t)
	bot := f.newBot(t, nil)
	run(t, bot)
	ops := resolve(t, bot, "#ops")
	for _, prepare := range []func(){func() { f.swallow = 1 }, func() { f.broken = 1 }} {
		f.mu.Lock()
		prepare()
		f.mu.Unlock()
		_, err := bot.Send(t.Context(), &backend.Message{Ref: ops, Body: "once"})
		var again *backend.RetryableError
		require.True(t, errors.As(err, &again), "%v", err)
		send(t, bot, &backend.Message{Ref: ops, Body: "once"})
		send(t, bot, &backend.Message{Ref: ops, Body: "once"}) // another one
	}
	require.Len(t, f.messages[f.ops], 4)
}

// Discord says that no more requests are allowed for now: none is made.
func TestExhaustedLimit(t *testing.T) {
	f := newFake(t)
	bot := f.newBot(t, nil)
	run(t, bot)
	ops := resolve(t, bot, "#ops")
	f.mu.Lock()
	f.exhausted = true
	f.mu.Unlock()
	send(t, bot, &backend.Message{Ref: ops, Body: "the last"})
	before := len(f.requests)
	_, err := bot.Send(t.Context(), &backend.Message{Ref: ops, Body: "one too many"})
	var again *backend.RetryableError
	require.True(t, errors.As(err, &again), "%v", err)
	require.Positive(t, again.After)
	require.Len(t, f.requests, before)
	send(t, bot, &backend.Message{Ref: resolve(t, bot, "#empty"), Body: "elsewhere"})
}

// Where there can be no thread, the answer is a reply.
func TestNoThread(t *testing.T) {
	f := newFake(t)
	bot := f.newBot(t, nil)
	h := run(t, bot)
	f.mu.Lock()
	f.noThreads = true
	f.mu.Unlock()
	said := f.say(f.ops, "!st2 list")
	ref := h.message().Ref
	ref.Thread = said.ID
	require.Empty(t, send(t, bot, &backend.Message{Ref: ref, Body: "here"}).Thread)
	m, err := f.seen.next(t.Context(), f.ops)
	require.NoError(t, err)
	require.Equal(t, said.ID, m.MessageReference.MessageID)
}

// What is too large for an embed is sent as text.
func TestLargeCard(t *testing.T) {
	f := newFake(t)
	bot := f.newBot(t, nil)
	run(t, bot)
	card := &backend.Card{Title: "all", Body: strings.Repeat("a long line\n", 1000)}
	_, err := bot.SendCard(t.Context(), card, &backend.Message{Ref: resolve(t, bot, "#ops"), Body: card.Markdown()})
	require.NoError(t, err)
	require.Len(t, f.messages[f.ops], 7)
	require.Empty(t, f.messages[f.ops][0].Embeds)
}

// Who leaves a channel hears nothing of it.
func TestLeave(t *testing.T) {
	f := newFake(t)
	bot := f.newBot(t, nil)
	h := run(t, bot)
	require.NoError(t, bot.Leave(t.Context(), "#ops", ""))
	f.say(f.ops, "anybody?")
	f.say(f.empty, "here")
	require.Equal(t, "here", h.message().Body)
	require.NoError(t, bot.SetTopic(t.Context(), "#empty", "news"))
	change, ok := await(t, h.events).(backend.RoomChange)
	require.True(t, ok)
	require.Equal(t, "news", change.Topic)
}

// Channels that the bot cannot see are not its own.
func TestHiddenChannel(t *testing.T) {
	f := newFake(t)
	hidden := f.addChannel("hidden", discordgo.ChannelTypeGuildText)
	f.channels[hidden].PermissionOverwrites = []*discordgo.PermissionOverwrite{
		{ID: f.guild.ID, Type: discordgo.PermissionOverwriteTypeRole, Deny: discordgo.PermissionViewChannel},
		{ID: f.alice.ID, Type: discordgo.PermissionOverwriteTypeMember, Allow: discordgo.PermissionViewChannel},
	}
	bot := f.newBot(t, nil)
	run(t, bot)
	require.ErrorContains(t, bot.Join(t.Context(), "#hidden", "", ""), "View Channel")
	people, err := bot.Occupants(t.Context(), "#hidden")
	require.NoError(t, err)
	require.Len(t, people, 1)
	require.Equal(t, "Alice Example", people[0].FullName)
}

// The token goes to Discord only.
func TestForeignFile(t *testing.T) {
	f := newFake(t)
	bot := f.newBot(t, nil)
	for _, url := range []string{"https://example.com/x", "http://cdn.discordapp.com/x", "file:///etc/passwd", ":"} {
		_, err := bot.OpenFile(t.Context(), backend.File{URL: url})
		require.ErrorIs(t, err, backend.ErrUnknown, url)
	}
}

// A server's own emoji are reactions like others.
func TestOwnEmoji(t *testing.T) {
	f := newFake(t)
	bot := f.newBot(t, nil)
	h := run(t, bot)
	f.say(f.ops, "shipped")
	to := h.message().Ref
	require.NoError(t, bot.React(t.Context(), to, "shipit"))
	require.Equal(t, "shipit:"+f.guild.Emojis[0].ID, await(t, f.seen.reactions).emoji)
	require.NoError(t, bot.React(t.Context(), to, "🚀"))
	require.Equal(t, "🚀", await(t, f.seen.reactions).emoji)
	require.NoError(t, bot.Typing(t.Context(), to))
}

func TestOptions(t *testing.T) {
	for name, o := range map[string]discord.Options{
		"no token": {}, "two words": {Token: "a b"}, "a name": {Token: "a", Guild: "Operations"},
	} {
		_, err := discord.New(o)
		require.Error(t, err, name)
	}
	b, err := discord.New(discord.Options{Token: secret.String("Bot " + token)})
	require.NoError(t, err)
	require.Equal(t, "discord", b.Name())
}
