package presentation

import "strings"

// plain shows everything as text.
func plain(_ Network, c *content) shown {
	list, text := c.cards()
	var parts []string
	if text != "" {
		parts = append(parts, text)
	}
	for _, k := range list {
		if md := k.markdown(); md != "" {
			parts = append(parts, md)
		}
	}
	return shown{text: strings.Join(parts, "\n\n")}
}

// withoutBlocks returns the text, or what is written in Slack's blocks: Slack shows them in
// place of the text, so they are what the author meant.
func (c *content) withoutBlocks() string {
	if text := blockText(objects(c.extra.of("slack")["blocks"], maxBlocks)); text != "" {
		return text
	}
	return c.text
}

// blockText returns what is written in Slack's blocks, one paragraph each.
func blockText(blocks []object) string {
	var parts []string
	for _, b := range blocks {
		if text := strings.TrimSpace(oneBlock(b)); text != "" {
			parts = append(parts, text)
		}
	}
	return strings.Join(parts, "\n\n")
}

func oneBlock(b object) string {
	switch textIn(b, "type") {
	case "header":
		return "**" + textIn(b, "text", "text") + "**"
	case "divider":
		return "---"
	case "image":
		return strings.TrimSpace(textIn(b, "alt_text") + " " + textIn(b, "image_url"))
	case "section":
		parts := []string{textIn(b, "text", "text")}
		for _, f := range objects(b["fields"], maxFields) {
			parts = append(parts, textIn(f, "text"))
		}
		return strings.Join(parts, "\n")
	case "context":
		var parts []string
		for _, e := range objects(b["elements"], maxBlocks) {
			if text := textIn(e, "text"); text != "" {
				parts = append(parts, text)
			}
		}
		return strings.Join(parts, " ")
	}
	return ""
}
