package discord_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bwmarrin/discordgo"
	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/backend/discord"
	"github.com/go-errbot/errbot/bot/secret"
)

// token is the one that the fake knows.
const token = "MTIz.a-token.of-the-bot"

// fake is Discord: its gateway and its REST interface, as they are documented, with one
// server, and a person who uses it.
type fake struct {
	t   testing.TB
	url string

	mu       sync.Mutex
	ids      int64
	guild    *discordgo.Guild
	bot      *discordgo.User
	alice    *discordgo.User
	members  map[string]*discordgo.Member
	ops      string // IDs of channels
	empty    string
	direct   string
	channels map[string]*discordgo.Channel
	messages map[string][]*discordgo.Message // by channel
	nonces   map[string]*discordgo.Message
	marks    map[string]bool // reactions
	files    map[string][]byte
	sessions map[string]*session
	wires    map[*wire]bool
	requests []string

	forgetful bool // sessions end with their connection
	closeWith int  // code that identifying is answered with
	full      int  // messages that are refused for now
	exhausted bool // the next answer says that no more requests are allowed
	swallow   int  // messages that are taken without an answer
	broken    int  // messages that a server error answers
	intents   discordgo.Intent
	identify  map[string]any
	mute      bool // heartbeats are not answered
	every     int  // milliseconds between heartbeats
	noThreads bool

	seen view
}

func newFake(t testing.TB) *fake {
	f := &fake{
		t: t, members: map[string]*discordgo.Member{}, channels: map[string]*discordgo.Channel{},
		messages: map[string][]*discordgo.Message{}, nonces: map[string]*discordgo.Message{}, marks: map[string]bool{},
		files: map[string][]byte{}, sessions: map[string]*session{}, wires: map[*wire]bool{}, every: 41250, seen: newView(),
	}
	f.guild = &discordgo.Guild{ID: f.id(), Name: "Operations", OwnerID: "1"}
	f.guild.Roles = []*discordgo.Role{
		{ID: f.guild.ID, Name: "@everyone", Permissions: discordgo.PermissionViewChannel | discordgo.PermissionSendMessages},
		{ID: f.id(), Name: "oncall"},
	}
	f.guild.Emojis = []*discordgo.Emoji{{ID: f.id(), Name: "shipit"}}
	f.bot = &discordgo.User{ID: f.id(), Username: "errbot", Discriminator: "4711", Bot: true}
	f.alice = &discordgo.User{ID: f.id(), Username: "alice", Discriminator: "0", GlobalName: "Alice Example"}
	for _, u := range []*discordgo.User{f.bot, f.alice} {
		f.members[u.ID] = &discordgo.Member{GuildID: f.guild.ID, User: u, Roles: []string{}, JoinedAt: time.Now()}
	}
	f.members[f.alice.ID].Roles = []string{f.guild.Roles[1].ID}
	f.ops = f.addChannel("ops", discordgo.ChannelTypeGuildText)
	f.empty = f.addChannel("empty", discordgo.ChannelTypeGuildText)
	f.direct = f.id()
	f.channels[f.direct] = &discordgo.Channel{ID: f.direct, Type: discordgo.ChannelTypeDM, Recipients: []*discordgo.User{f.alice}}
	server := httptest.NewServer(f.routes())
	f.url = server.URL
	t.Cleanup(func() {
		f.cut()
		server.Close()
	})
	return f
}

// newBot returns a bot on the fake.
func (f *fake) newBot(t testing.TB, change func(o *discord.Options)) *discord.Backend {
	options := discord.Options{Token: secret.String(token), Members: true, Presences: true, Transport: f.transport(t)}
	if change != nil {
		change(&options)
	}
	b, err := discord.New(options)
	require.NoError(t, err)
	return b
}

// redirect sends every request to the fake.
type redirect struct {
	*http.Transport
	host string
}

func (f *fake) transport(t testing.TB) http.RoundTripper {
	own := &http.Transport{MaxIdleConnsPerHost: 20}
	t.Cleanup(own.CloseIdleConnections)
	return redirect{own, strings.TrimPrefix(f.url, "http://")}
}

func (r redirect) RoundTrip(request *http.Request) (*http.Response, error) {
	request = request.Clone(request.Context())
	request.Header.Set("X-Asked-Host", request.URL.Host)
	request.URL.Scheme, request.URL.Host = "http", r.host
	return r.Transport.RoundTrip(request)
}

// id returns a new snowflake.
func (f *fake) id() string { return f.idAt(time.Now()) }

func (f *fake) idAt(at time.Time) string {
	f.ids++
	return fmt.Sprint((at.UnixMilli()-1420070400000)<<22 | f.ids&(1<<22-1))
}

func (f *fake) addChannel(name string, kind discordgo.ChannelType) string {
	c := &discordgo.Channel{ID: f.id(), Name: name, Type: kind, GuildID: f.guild.ID}
	f.channels[c.ID] = c
	f.guild.Channels = append(f.guild.Channels, c)
	return c.ID
}

// add puts a message into a channel and tells everybody.
func (f *fake) add(m *discordgo.Message) *discordgo.Message {
	if m.ID == "" {
		m.ID = f.id()
	}
	m.Timestamp = time.Now()
	c := f.channels[m.ChannelID]
	m.GuildID, c.LastMessageID = c.GuildID, m.ID
	if m.GuildID != "" && m.Author != nil && m.WebhookID == "" {
		if member := f.members[m.Author.ID]; member != nil {
			m.Member = &discordgo.Member{Nick: member.Nick, Roles: member.Roles, JoinedAt: member.JoinedAt}
		}
	}
	f.messages[m.ChannelID] = append(f.messages[m.ChannelID], m)
	f.tell("MESSAGE_CREATE", m, messageIntent(m))
	return m
}

func messageIntent(m *discordgo.Message) discordgo.Intent {
	if m.GuildID == "" {
		return discordgo.IntentDirectMessages
	}
	return discordgo.IntentGuildMessages
}

// addThread makes a thread of a message.
func (f *fake) addThread(channelID, messageID, name string) *discordgo.Channel {
	c := &discordgo.Channel{
		ID: messageID, Name: name, GuildID: f.guild.ID, ParentID: channelID, Type: discordgo.ChannelTypeGuildPublicThread,
		ThreadMetadata: &discordgo.ThreadMetadata{},
	}
	f.channels[c.ID] = c
	f.guild.Threads = append(f.guild.Threads, c)
	f.tell("THREAD_CREATE", c, discordgo.IntentGuilds)
	return c
}

func (f *fake) find(channelID, messageID string) *discordgo.Message {
	for _, m := range f.messages[channelID] {
		if m.ID == messageID {
			return m
		}
	}
	return nil
}
