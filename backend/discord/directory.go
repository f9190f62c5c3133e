package discord

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/bwmarrin/discordgo"

	"github.com/go-errbot/errbot/backend"
)

// directory knows servers, channels and roles, which the gateway tells at the beginning and
// then keeps up to date, and people as far as they have shown up.
type directory struct {
	mu       sync.Mutex
	self     string
	home     string // ID of the server whose channels have short names
	waiting  map[string]bool
	guilds   map[string]*guild
	channels map[string]*discordgo.Channel // with threads

	people cache[*discordgo.User]   // by ID
	roles  cache[membership]        // in home, by the person's ID
	direct cache[string]            // channel IDs by the other person's ID
	away   cache[discordgo.Channel] // threads that the gateway has not told
}

// guild is a server.
type guild struct {
	id, name, owner string
	roles           map[string]*discordgo.Role
	emojis          map[string]string // IDs by name
	own             []string          // IDs of the bot's roles
}

func newDirectory(home string) *directory {
	d := &directory{home: home}
	d.reset(&discordgo.User{}, nil)
	return d
}

// reset forgets everything but the private conversations, which stay what they are.
func (d *directory) reset(self *discordgo.User, guilds []*discordgo.Guild) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.self = self.ID
	d.waiting, d.guilds, d.channels = map[string]bool{}, map[string]*guild{}, map[string]*discordgo.Channel{}
	for _, g := range guilds {
		d.waiting[g.ID] = true
	}
	d.people.clear()
	d.roles.clear()
	d.away.clear()
	if self.ID != "" {
		d.people.put(self.ID, self)
	}
}

// complete reports whether all servers are known.
func (d *directory) complete() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.waiting) == 0
}

// chooseGuild makes the only server the one with short names, and checks a configured one.
func (d *directory) chooseGuild() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.guilds[d.home] != nil {
		return nil
	}
	var names []string
	for id, g := range d.guilds {
		names = append(names, fmt.Sprintf("%s (%s)", id, g.name))
	}
	slices.Sort(names)
	switch {
	case d.home != "" && !d.waiting[d.home]:
		return fmt.Errorf("discord: %w: the bot is not in the server %s; it is in: %s", backend.ErrRefused, d.home, strings.Join(names, ", "))
	case d.home == "" && len(d.guilds) > 1:
		return fmt.Errorf("discord: %w: the bot is in several servers: configure one of them: %s", backend.ErrRefused, strings.Join(names, ", "))
	}
	for id := range d.guilds {
		d.home = id
	}
	return nil
}

// putGuild takes in a server with all that is in it.
func (d *directory) putGuild(g *discordgo.Guild) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.waiting, g.ID)
	if g.Unavailable {
		return
	}
	known := &guild{id: g.ID, name: g.Name, owner: g.OwnerID, roles: map[string]*discordgo.Role{}}
	for _, r := range g.Roles {
		known.roles[r.ID] = r
	}
	d.guilds[g.ID] = known
	for _, c := range append(g.Channels, g.Threads...) {
		c.GuildID = g.ID
		d.channels[c.ID] = c
	}
	known.setEmojis(g.Emojis)
	for _, m := range g.Members {
		m.GuildID = g.ID
		d.learnMember(m)
	}
}

func (g *guild) setEmojis(list []*discordgo.Emoji) {
	g.emojis = make(map[string]string, len(list))
	for _, e := range list {
		g.emojis[e.Name] = e.ID
	}
}

// dropGuild forgets a server that the bot has left. One that is unavailable stays.
func (d *directory) dropGuild(g *discordgo.Guild) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.waiting, g.ID)
	if g.Unavailable {
		return
	}
	delete(d.guilds, g.ID)
	for id, c := range d.channels {
		if c.GuildID == g.ID {
			delete(d.channels, id)
		}
	}
}

// guild changes what is known of a server.
func (d *directory) change(guildID string, f func(g *guild)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if g := d.guilds[guildID]; g != nil {
		f(g)
	}
}

// putMember takes in somebody with their roles.
func (d *directory) putMember(m *discordgo.Member) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.learnMember(m)
}

func (d *directory) learnMember(m *discordgo.Member) {
	if m == nil || m.User == nil {
		return
	}
	if m.User.Username != "" {
		d.people.put(m.User.ID, m.User)
	}
	if g := d.guilds[m.GuildID]; g != nil && m.User.ID == d.self {
		g.own = m.Roles
	}
	if m.GuildID == d.home {
		d.roles.put(m.User.ID, membership{m.Roles, time.Now().Add(roleAge)})
	}
}

func (d *directory) putChannel(c *discordgo.Channel) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.channels[c.ID] = c
}

func (d *directory) dropChannel(id string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.channels, id)
}

func (d *directory) channel(id string) *discordgo.Channel {
	d.mu.Lock()
	defer d.mu.Unlock()
	if c := d.channels[id]; c != nil {
		return c
	}
	if c, ok := d.away.get(id); ok {
		return &c
	}
	return nil
}

// allChannels returns the channels that are no threads, oldest first.
func (d *directory) allChannels() []*discordgo.Channel {
	d.mu.Lock()
	defer d.mu.Unlock()
	var all []*discordgo.Channel
	for _, c := range d.channels {
		if isRoom(c) {
			all = append(all, c)
		}
	}
	slices.SortFunc(all, func(x, y *discordgo.Channel) int { return compareIDs(x.ID, y.ID) })
	return all
}

// isRoom reports whether people can talk in a channel, or in threads in it.
func isRoom(c *discordgo.Channel) bool {
	switch c.Type {
	case discordgo.ChannelTypeGuildText, discordgo.ChannelTypeGuildNews, discordgo.ChannelTypeGuildVoice,
		discordgo.ChannelTypeGuildStageVoice, discordgo.ChannelTypeGuildForum, discordgo.ChannelTypeGuildMedia:
		return true
	}
	return false
}

// room returns a channel with its name. Of several channels with one name in a server the
// oldest has it; the others have their IDs as names, so that nobody gets rights by naming a
// channel like another. In other servers than the bot's own, the server is part of it.
func (d *directory) room(c *discordgo.Channel) backend.Room {
	d.mu.Lock()
	defer d.mu.Unlock()
	name := c.Name
	for _, other := range d.channels {
		if other.Name == c.Name && other.GuildID == c.GuildID && isRoom(other) && compareIDs(other.ID, c.ID) < 0 {
			name = c.ID
			break
		}
	}
	if c.GuildID != d.home {
		name = c.GuildID + "/" + name
	}
	return backend.Room{ID: c.ID, Name: c.Name, ACL: "#" + name, Address: "#" + name}
}

// compareIDs compares snowflakes, which are numbers in the order of their time.
func compareIDs(x, y string) int {
	if len(x) != len(y) {
		return len(x) - len(y)
	}
	return strings.Compare(x, y)
}

// homeID returns the ID of the bot's own server.
func (d *directory) homeID() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.home
}

// guildIDs returns the servers, the bot's own first.
func (d *directory) guildIDs() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	ids := []string{d.home}
	for id := range d.guilds {
		if id != d.home {
			ids = append(ids, id)
		}
	}
	return ids
}

// emoji returns the ID of a server's own emoji; empty when there is none of that name.
func (d *directory) emoji(name string) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, g := range d.guilds {
		if id := g.emojis[name]; id != "" {
			return id
		}
	}
	return ""
}
