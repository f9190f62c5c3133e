package slack

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/slack-go/slack"
)

// mrkdwn returns rich text in Slack's older markup, which notifications, searches and the
// texts of attachments know. It has no escape for its own marks: a literal asterisk may be
// shown as one that marks something. Mentions and links are only those of block.
func mrkdwn(block *slack.RichTextBlock) string {
	if block == nil {
		return ""
	}
	var parts []string
	for _, e := range block.Elements {
		switch e := e.(type) {
		case *slack.RichTextSection:
			parts = append(parts, sectionText(e.Elements))
		case *slack.RichTextPreformatted:
			parts = append(parts, "```\n"+sectionText(e.Elements)+"\n```")
		case *slack.RichTextQuote:
			parts = append(parts, "> "+strings.ReplaceAll(sectionText(e.Elements), "\n", "\n> "))
		case *slack.RichTextList:
			parts = append(parts, listText(e))
		}
	}
	return strings.Join(parts, "\n")
}

func listText(list *slack.RichTextList) string {
	var lines []string
	for n, e := range list.Elements {
		mark := "• "
		if list.Style == slack.RTEListOrdered {
			mark = strconv.Itoa(list.Offset+n+1) + ". "
		}
		if section, ok := e.(*slack.RichTextSection); ok {
			lines = append(lines, strings.Repeat("    ", list.Indent)+mark+sectionText(section.Elements))
		}
	}
	return strings.Join(lines, "\n")
}

func sectionText(parts []slack.RichTextSectionElement) string {
	var out strings.Builder
	for _, p := range parts {
		switch p := p.(type) {
		case *slack.RichTextSectionTextElement:
			out.WriteString(styledText(escape(p.Text), p.Style))
		case *slack.RichTextSectionLinkElement:
			out.WriteString("<" + linkTarget(p.URL) + "|" + strings.ReplaceAll(escape(cmp.Or(p.Text, p.URL)), "|", "¦") + ">")
		case *slack.RichTextSectionUserElement:
			out.WriteString("<@" + p.UserID + ">")
		case *slack.RichTextSectionChannelElement:
			out.WriteString("<#" + p.ChannelID + ">")
		case *slack.RichTextSectionUserGroupElement:
			out.WriteString("<!subteam^" + p.UsergroupID + ">")
		case *slack.RichTextSectionEmojiElement:
			out.WriteString(":" + p.Name + ":")
		}
	}
	return out.String()
}

// linkTarget returns an address that cannot end the link that it is in.
func linkTarget(url string) string {
	return strings.NewReplacer("&", "&amp;", "<", "%3C", ">", "%3E", "|", "%7C").Replace(url)
}

// styledText puts marks around text, but not around the blanks at its ends.
func styledText(text string, style *slack.RichTextSectionTextStyle) string {
	core := strings.TrimSpace(text)
	if style == nil || core == "" {
		return text
	}
	start := strings.Index(text, core)
	marks := ""
	for _, m := range []struct {
		on   bool
		mark string
	}{{style.Bold, "*"}, {style.Italic, "_"}, {style.Strike, "~"}, {style.Code, "`"}} {
		if m.on {
			marks += m.mark
		}
	}
	end := []byte(marks)
	slices.Reverse(end)
	return text[:start] + marks + core + string(end) + text[start+len(core):]
}
