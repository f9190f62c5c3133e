package discord

import (
	"context"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/bwmarrin/discordgo"

	"github.com/go-errbot/errbot/backend"
)

// Discord's limits of an embed, in code points.
const (
	maxTitle       = 256
	maxDescription = 4096
	maxFields      = 25
	maxName        = 256
	maxValue       = 1024
	maxEmbed       = 6000 // all texts together
)

// Extras implements [backend.ExtrasSender]: embeds are shown below the text.
func (b *Backend) Extras() []string { return []string{backend.ExtraEmbeds} }

// SendCard implements [backend.CardSender] with an embed. A card that does not fit into one
// is sent as text.
func (b *Backend) SendCard(ctx context.Context, c *backend.Card, fallback *backend.Message) (backend.Ref, error) {
	e := b.embed(c)
	if !fits(e) {
		return b.Send(ctx, fallback)
	}
	m := &backend.Message{Ref: fallback.Ref, Body: c.Summary}
	return b.send(ctx, m, []*discordgo.MessageEmbed{e}, nil)
}

func (b *Backend) embed(c *backend.Card) *discordgo.MessageEmbed {
	e := &discordgo.MessageEmbed{
		Title:       c.Title,
		URL:         c.Link,
		Description: b.translateMarkdown(c.Body),
		Color:       color(c.Color),
	}
	if e.Title == "" {
		e.Title = c.Link
	}
	if c.Image != "" {
		e.Image = &discordgo.MessageEmbedImage{URL: c.Image}
	}
	if c.Thumbnail != "" {
		e.Thumbnail = &discordgo.MessageEmbedThumbnail{URL: c.Thumbnail}
	}
	for _, f := range c.Fields {
		e.Fields = append(e.Fields, &discordgo.MessageEmbedField{
			Name: orBlank(f.Name), Value: orBlank(b.translateMarkdown(f.Value)), Inline: len(f.Value) < 40,
		})
	}
	return e
}

// orBlank returns text, or something that shows nothing: Discord refuses empty fields.
func orBlank(text string) string {
	if strings.TrimSpace(text) == "" {
		return invisible
	}
	return text
}

func fits(e *discordgo.MessageEmbed) bool {
	size := utf8.RuneCountInString
	all := size(e.Title) + size(e.Description)
	ok := size(e.Title) <= maxTitle && size(e.Description) <= maxDescription && len(e.Fields) <= maxFields
	for _, f := range e.Fields {
		ok = ok && size(f.Name) <= maxName && size(f.Value) <= maxValue
		all += size(f.Name) + size(f.Value)
	}
	return ok && all > 0 && all <= maxEmbed
}

// color returns a colour as Discord has it; 0 is none.
func color(name string) int {
	switch strings.ToLower(name) {
	case "red", "danger", "error":
		return 0xd24b4e
	case "green", "good", "success":
		return 0x3db887
	case "yellow", "orange", "warning":
		return 0xf5ab00
	case "blue":
		return 0x1c58d9
	case "black":
		return 0x010101
	case "white":
		return 0xffffff
	case "grey", "gray":
		return 0x808080
	case "purple":
		return 0x7a3fb2
	}
	n, err := strconv.ParseUint(strings.TrimPrefix(name, "#"), 16, 24)
	if err != nil {
		return 0
	}
	return int(n)
}
