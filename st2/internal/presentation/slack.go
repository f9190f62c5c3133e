package presentation

import (
	"slices"

	"github.com/go-errbot/errbot/backend"
)

// slackText is the longest text in bytes of one of Slack's attachments; Slack cuts at 8000.
const slackText = 7900

// slack shows extra.slack: the fields of one attachment, or attachments, or blocks.
func slack(n Network, c *content) shown {
	s := attached(n, c, slackText)
	part := c.extra.of("slack")
	list := objects(part["blocks"], maxBlocks)
	if len(list) > 0 && slices.Contains(n.Extras, backend.ExtraBlocks) {
		blocks := make([]any, len(list))
		for i, b := range list {
			blocks[i] = b
		}
		// The text is for notifications then.
		s = shown{text: c.text, instead: true, extras: object{backend.ExtraBlocks: blocks}}
		if asked, _ := attachmentsIn(part); len(asked) > 0 {
			s.extras[backend.ExtraAttachments], _ = c.attachments("slack", 0)
		}
	}
	for _, key := range []string{backend.ExtraUsername, backend.ExtraIcon} {
		if value := textIn(part, key); value != "" && slices.Contains(n.Extras, key) && s.extras != nil {
			s.extras[key] = value
		}
	}
	return s
}
