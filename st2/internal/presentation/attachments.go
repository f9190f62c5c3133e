package presentation

import (
	"maps"
	"slices"

	"github.com/go-errbot/errbot/backend"
)

// attached shows a content as attachments, on a network that knows them under the key
// "attachments" and takes texts of at most so many bytes in one.
func attached(n Network, c *content, longest int) shown {
	if !slices.Contains(n.Extras, backend.ExtraAttachments) {
		return plain(n, c)
	}
	list, text := c.attachments(n.Name, longest)
	if len(list) == 0 {
		return shown{text: text}
	}
	return shown{text: text, extras: object{backend.ExtraAttachments: list}}
}

// attachments returns what the extra or the colour asks for, and the text that is not in
// it: one that fits stands in the attachment whose fields the extra has, or in one that
// has only the colour.
func (c *content) attachments(network string, longest int) (list []any, text string) {
	asked, single := c.extra.attachments(network)
	if len(asked) == 0 {
		embeds, one := c.extra.embeds()
		for _, e := range embeds {
			asked = append(asked, fromEmbed(e).attachment())
		}
		single = one
	}
	text = c.text
	fits := text != "" && len(text) <= longest
	if len(asked) == 0 && c.color != "" && fits {
		asked, single = []object{{}}, true
	}
	for _, a := range asked {
		a = maps.Clone(a)
		if single && fits && textIn(a, "text") == "" {
			a["text"], text = c.text, ""
		}
		c.finish(a)
		list = append(list, a)
	}
	return list, text
}

// finish gives an attachment a colour, where there is one, and what is shown of it in
// notifications.
func (c *content) finish(a object) {
	if asked := color(textIn(a, "color")); asked != "" {
		a["color"] = asked
	} else if c.color != "" {
		a["color"] = c.color
	}
	if textIn(a, "fallback") == "" {
		if fallback := clip(fromAttachment(a).markdown(), maxFallback); fallback != "" {
			a["fallback"] = fallback
		}
	}
}

// maxFallback is the longest text in bytes that stands in for an attachment in
// notifications.
const maxFallback = 300
