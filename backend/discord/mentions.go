package discord

import (
	"strings"

	"github.com/bwmarrin/discordgo"

	"github.com/go-errbot/errbot/backend"
)

// maxMentions is how many people Discord lets one message name.
const maxMentions = 100

// Mention implements [backend.Mentioner].
func (b *Backend) Mention(p backend.Person) string { return "<@" + p.ID + "> " }

// mentionable returns who may be told of a message: the people at its very beginning, where
// the host puts whom an answer is for, and those whom it names as mentioned. Everything else
// that looks like a mention tells nobody, whoever has typed it; @everyone and roles never do.
func mentionable(m *backend.Message, text string) *discordgo.MessageAllowedMentions {
	allowed := &discordgo.MessageAllowedMentions{Parse: []discordgo.AllowedMentionType{}}
	if m.Plain {
		return allowed
	}
	seen := map[string]bool{}
	add := func(id string) {
		if isID(id) && !seen[id] && len(seen) < maxMentions {
			seen[id] = true
			allowed.Users = append(allowed.Users, id)
		}
	}
	for _, p := range m.Mentions {
		add(p.ID)
	}
	for {
		id, rest, ok := cutMention(text)
		if !ok {
			return allowed
		}
		add(id)
		text = strings.TrimLeft(rest, " ,:")
	}
}

// cutMention cuts a mention of somebody off the beginning of text.
func cutMention(text string) (id, rest string, ok bool) {
	inner, ok := strings.CutPrefix(text, "<@")
	if !ok {
		return "", text, false
	}
	id, rest, ok = strings.Cut(strings.TrimPrefix(inner, "!"), ">")
	return id, rest, ok && isID(id)
}

// readable returns what somebody said, with names in the place of IDs.
func (b *Backend) readable(m *discordgo.Message) string {
	if !strings.Contains(m.Content, "<") {
		return m.Content
	}
	names := map[string]string{}
	for _, u := range m.Mentions {
		names[u.ID] = personOf(u, nil).Address
	}
	var out strings.Builder
	for text := m.Content; text != ""; {
		before, rest, found := strings.Cut(text, "<")
		out.WriteString(before)
		if !found {
			break
		}
		text = rest
		inner, after, closed := strings.Cut(rest, ">")
		if name := b.nameOf(inner, names); closed && name != "" {
			out.WriteString(name)
			text = after
			continue
		}
		out.WriteByte('<')
	}
	return out.String()
}

// nameOf returns what stands between the brackets of a mention as people see it; empty when it
// is no mention of somebody or of a channel.
func (b *Backend) nameOf(inner string, people map[string]string) string {
	if id, ok := strings.CutPrefix(inner, "@"); ok {
		return people[strings.TrimPrefix(id, "!")]
	}
	if id, ok := strings.CutPrefix(inner, "#"); ok && isID(id) {
		if c := b.directory.channel(id); c != nil && isRoom(c) {
			return b.directory.room(c).Address
		}
	}
	return ""
}
