package presentation

import (
	"strings"

	"github.com/go-errbot/errbot/backend"
)

// card is what attachments and embeds have in common. Through it an alias that was
// written for one network is shown on another.
type card struct {
	pretext, author, title, link, text string
	image, thumb, footer, color        string
	fields                             []field
}

type field struct {
	name, value string
	short       bool
}

// cards returns what the extra asks for, whatever network it was written for, and the
// message's text when it is not in them.
func (c *content) cards() (list []card, text string) {
	attachments, single := c.extra.attachments("slack")
	for _, a := range attachments {
		list = append(list, fromAttachment(a))
	}
	if len(list) == 0 {
		var embeds []object
		embeds, single = c.extra.embeds()
		for _, e := range embeds {
			list = append(list, fromEmbed(e))
		}
	}
	if single && list[0].text == "" {
		list[0].text = c.text
		return list, ""
	}
	return list, c.text
}

func fromAttachment(a object) card {
	k := card{
		pretext: textIn(a, "pretext"), author: textIn(a, "author_name"), title: textIn(a, "title"), link: textIn(a, "title_link"),
		text: textIn(a, "text"), image: textIn(a, "image_url"), thumb: textIn(a, "thumb_url"), footer: textIn(a, "footer"),
		color: color(textIn(a, "color")),
	}
	for _, f := range objects(a["fields"], maxFields) {
		k.fields = append(k.fields, field{textIn(f, "title"), textIn(f, "value"), f["short"] == true})
	}
	if k.text == "" {
		k.text = blockText(objects(a["blocks"], maxBlocks))
	}
	return k
}

func fromEmbed(e object) card {
	k := card{
		author: textIn(e, "author", "name"), title: textIn(e, "title"), link: textIn(e, "url"), text: textIn(e, "description"),
		image: textIn(e, "image", "url"), thumb: textIn(e, "thumbnail", "url"), footer: textIn(e, "footer", "text"),
	}
	if n, ok := e["color"].(float64); ok {
		k.color = hex(n)
	} else {
		k.color = color(textIn(e, "color"))
	}
	for _, f := range objects(e["fields"], maxFields) {
		k.fields = append(k.fields, field{textIn(f, "name"), textIn(f, "value"), f["inline"] == true})
	}
	return k
}

// attachment returns the card in the words of Slack.
func (k card) attachment() object {
	a := object{}
	for key, value := range map[string]string{
		"pretext": k.pretext, "author_name": k.author, "title": k.title, "title_link": k.link, "text": k.text,
		"image_url": k.image, "thumb_url": k.thumb, "footer": k.footer, "color": k.color,
	} {
		if value != "" {
			a[key] = value
		}
	}
	var fields []any
	for _, f := range k.fields {
		fields = append(fields, object{"title": f.name, "value": f.value, "short": f.short})
	}
	if fields != nil {
		a["fields"] = fields
	}
	return a
}

// markdown returns the card as text, as the host shows cards where there are none.
func (k card) markdown() string {
	c := backend.Card{Title: k.title, Link: k.link, Body: k.text, Image: k.image, Thumbnail: k.thumb}
	for _, f := range k.fields {
		c.Fields = append(c.Fields, backend.Field{Name: f.name, Value: f.value})
	}
	var parts []string
	for _, part := range []string{k.pretext, k.author, c.Markdown(), k.footer} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, "\n\n")
}
