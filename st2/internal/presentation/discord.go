package presentation

import (
	"fmt"
	"slices"

	"github.com/go-errbot/errbot/backend"
)

// Discord's limits of embeds. It counts characters; counting bytes stays below them.
const (
	maxEmbeds      = 10
	maxFields      = 25
	maxDescription = 4000
	maxTitle       = 256
	maxName        = 256
	maxValue       = 1024
	maxFooter      = 2048
	maxAllEmbeds   = 6000 // texts of all embeds of a message together
)

// discord shows extra.discord: the fields of one embed, or embeds.
func discord(n Network, c *content) shown {
	if !slices.Contains(n.Extras, backend.ExtraEmbeds) {
		return plain(n, c)
	}
	if own, single := c.extra.embeds(); len(own) > 0 && !single {
		// The author knows Discord: it is passed on as it is, but for colours by name.
		list := make([]any, len(own))
		for i, e := range own {
			list[i] = c.colored(e)
		}
		return shown{text: c.text, extras: object{backend.ExtraEmbeds: list}}
	}
	cards, text := c.discordCards()
	if len(cards) == 0 && c.color != "" && text != "" {
		cards, text = []card{{text: text}}, ""
	}
	var list []any
	left := maxAllEmbeds
	for _, k := range cards[:min(len(cards), maxEmbeds)] {
		if len(k.text) > maxDescription || len(k.text) > left {
			text, k.text = lines(text, k.text), ""
		}
		if e := c.embed(k, &left); len(e) > 0 {
			list = append(list, e)
		}
	}
	if len(list) == 0 {
		return shown{text: text}
	}
	return shown{text: text, extras: object{backend.ExtraEmbeds: list}}
}

// discordCards is cards with what was written for Discord before the rest.
func (c *content) discordCards() ([]card, string) {
	own, single := c.extra.embeds()
	if !single {
		return c.cards()
	}
	k := fromEmbed(own[0])
	if k.text == "" {
		k.text = c.text
		return []card{k}, ""
	}
	return []card{k}, c.text
}

// embed returns a card in the words of Discord and takes the length of its texts off left;
// nothing when only a colour would be shown.
func (c *content) embed(k card, left *int) object {
	e := object{}
	put := func(set func(text string), text string, longest int) {
		if text = clip(text, longest); text != "" && len(text) <= *left {
			*left -= len(text)
			set(text)
		}
	}
	put(func(text string) { e["title"] = text }, k.title, maxTitle)
	put(func(text string) { e["description"] = text }, lines(k.pretext, k.text), maxDescription)
	put(func(text string) { e["author"] = object{"name": text} }, k.author, maxName)
	put(func(text string) { e["footer"] = object{"text": text} }, k.footer, maxFooter)
	var fields []any
	for _, f := range k.fields {
		// Discord refuses fields without a name or value.
		name, value := clip(orBlank(f.name), maxName), clip(orBlank(f.value), maxValue)
		if len(name)+len(value) <= *left {
			*left -= len(name) + len(value)
			fields = append(fields, object{"name": name, "value": value, "inline": f.short})
		}
	}
	if fields != nil {
		e["fields"] = fields
	}
	for key, url := range map[string]string{"image": k.image, "thumbnail": k.thumb} {
		if url != "" {
			e[key] = object{"url": url}
		}
	}
	if len(e) == 0 {
		return nil
	}
	if k.link != "" {
		e["url"] = k.link
	}
	return c.colored(e, k.color)
}

// colored returns an embed with a colour as Discord has it: its own, or the first of
// others, or the content's.
func (c *content) colored(e object, others ...string) object {
	out := object{}
	for key, value := range e {
		out[key] = value
	}
	if _, isNumber := out["color"].(float64); isNumber {
		return out
	}
	delete(out, "color")
	for _, candidate := range append(append([]string{color(textIn(e, "color"))}, others...), c.color) {
		if n, ok := number(candidate); ok {
			out["color"] = n
			break
		}
	}
	return out
}

// orBlank returns text, or something that shows as nothing.
func orBlank(text string) string {
	if text == "" {
		return "\u200b"
	}
	return text
}

// hex returns Discord's colour as "#rrggbb".
func hex(n float64) string {
	if n < 0 || n > 0xffffff {
		return ""
	}
	return fmt.Sprintf("#%06x", int(n))
}
