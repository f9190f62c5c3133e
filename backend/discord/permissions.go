package discord

import (
	"slices"

	"github.com/bwmarrin/discordgo"
)

// canSee reports whether somebody with these roles sees a channel, as Discord computes it:
// the server's roles, then what the channel changes for everybody, for roles, for one person.
func (d *directory) canSee(c *discordgo.Channel, userID string, roles []string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	g := d.guilds[c.GuildID]
	if g == nil {
		return false
	}
	if parent := d.channels[c.ParentID]; c.IsThread() && parent != nil {
		c = parent
	}
	var may int64
	for id, r := range g.roles {
		if id == g.id || slices.Contains(roles, id) {
			may |= r.Permissions
		}
	}
	if userID == g.owner || may&discordgo.PermissionAdministrator != 0 {
		return true
	}
	may = overwrite(may, c, func(o *discordgo.PermissionOverwrite) bool { return o.ID == g.id })
	may = overwrite(may, c, func(o *discordgo.PermissionOverwrite) bool {
		return o.Type == discordgo.PermissionOverwriteTypeRole && o.ID != g.id && slices.Contains(roles, o.ID)
	})
	may = overwrite(may, c, func(o *discordgo.PermissionOverwrite) bool {
		return o.Type == discordgo.PermissionOverwriteTypeMember && o.ID == userID
	})
	return may&discordgo.PermissionViewChannel != 0
}

// overwrite applies those of a channel's overwrites that fit: first what they deny, then
// what they allow.
func overwrite(may int64, c *discordgo.Channel, fits func(o *discordgo.PermissionOverwrite) bool) int64 {
	var allow, deny int64
	for _, o := range c.PermissionOverwrites {
		if fits(o) {
			allow, deny = allow|o.Allow, deny|o.Deny
		}
	}
	return may&^deny | allow
}

// selfSees reports whether the bot sees a channel.
func (d *directory) selfSees(c *discordgo.Channel) bool {
	d.mu.Lock()
	self, own := d.self, []string(nil)
	if g := d.guilds[c.GuildID]; g != nil {
		own = g.own
	}
	d.mu.Unlock()
	return d.canSee(c, self, own)
}
