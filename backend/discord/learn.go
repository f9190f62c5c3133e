package discord

import (
	"encoding/json"

	"github.com/bwmarrin/discordgo"
)

// learn takes in what the gateway tells about servers, channels and people. What cannot be
// understood is logged and left out.
func (b *Backend) learn(e *discordgo.Event) {
	switch e.Type {
	case "GUILD_CREATE":
		read(b, e, b.directory.putGuild)
	case "GUILD_DELETE":
		read(b, e, b.directory.dropGuild)
	case "GUILD_EMOJIS_UPDATE":
		read(b, e, func(u *discordgo.GuildEmojisUpdate) {
			b.directory.change(u.GuildID, func(g *guild) { g.setEmojis(u.Emojis) })
		})
	case "GUILD_ROLE_CREATE", "GUILD_ROLE_UPDATE":
		read(b, e, func(r *discordgo.GuildRole) {
			b.directory.change(r.GuildID, func(g *guild) { g.roles[r.Role.ID] = r.Role })
		})
	case "GUILD_ROLE_DELETE":
		read(b, e, func(r *discordgo.GuildRoleDelete) {
			b.directory.change(r.GuildID, func(g *guild) { delete(g.roles, r.RoleID) })
		})
	case "GUILD_MEMBER_ADD", "GUILD_MEMBER_UPDATE":
		read(b, e, b.directory.putMember)
	case "GUILD_MEMBER_REMOVE":
		read(b, e, func(m *discordgo.Member) {
			if m.User != nil && m.GuildID == b.directory.homeID() {
				b.directory.roles.drop(m.User.ID)
			}
		})
	case "CHANNEL_CREATE", "THREAD_CREATE", "THREAD_UPDATE":
		read(b, e, b.directory.putChannel)
	case "CHANNEL_DELETE", "THREAD_DELETE":
		read(b, e, func(c *discordgo.Channel) { b.directory.dropChannel(c.ID) })
	case "THREAD_LIST_SYNC":
		read(b, e, func(s *discordgo.ThreadListSync) {
			for _, c := range s.Threads {
				b.directory.putChannel(c)
			}
		})
	}
}

// read decodes what an event has and gives it to f.
func read[T any](b *Backend, e *discordgo.Event, f func(v *T)) {
	v := new(T)
	if err := json.Unmarshal(e.RawData, v); err != nil {
		b.log.Warn("discord: an event is left out", "event", e.Type, "error", err)
		return
	}
	f(v)
}
