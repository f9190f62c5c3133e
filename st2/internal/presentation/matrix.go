package presentation

import (
	"slices"
	"strings"

	"github.com/go-errbot/errbot/backend"
)

// maxHTML is the longest HTML in bytes: an event of Matrix has at most 64 KiB, with the
// text and all the rest.
const maxHTML = 30_000

// matrix shows extra.matrix.formatted_body, or a card as HTML.
func matrix(n Network, c *content) shown {
	s := plain(n, c)
	if !slices.Contains(n.Extras, backend.ExtraFormattedBody) {
		return s
	}
	page := textIn(c.extra.of("matrix"), "formatted_body")
	if page == "" && len(c.pretext)+len(s.text) <= maxBeside {
		page = c.cardHTML()
	}
	if page == "" || len(page) > maxHTML {
		return s
	}
	s.instead, s.extras = true, object{backend.ExtraFormattedBody: c.intro() + page}
	return s
}

// intro returns mention and pretext as HTML.
func (c *content) intro() string {
	if c.mention+c.pretext == "" {
		return ""
	}
	return toHTML(c.mention + c.pretext)
}

// cardHTML returns what the extra asks for, or text with a colour, as HTML; "" when there is
// neither.
func (c *content) cardHTML() string {
	list, text := c.cards()
	if len(list) == 0 && c.color == "" {
		return ""
	}
	if len(list) == 0 {
		list, text = []card{{text: text}}, ""
	}
	var page strings.Builder
	page.WriteString(toHTML(text))
	for _, k := range list {
		if k.color == "" {
			k.color = c.color
		}
		page.WriteString("<blockquote>")
		if k.color != "" {
			page.WriteString(`<font data-mx-color="` + k.color + `">■</font> `)
		}
		k.color = ""
		page.WriteString(toHTML(k.markdown()) + "</blockquote>\n")
	}
	return page.String()
}
