package slack

import (
	"context"
	"strings"

	"github.com/slack-go/slack"

	"github.com/go-errbot/errbot/backend"
)

// SendCard implements [backend.CardSender] with an attachment.
func (b *Backend) SendCard(ctx context.Context, c *backend.Card, fallback *backend.Message) (backend.Ref, error) {
	channelID, err := b.destination(ctx, fallback.Ref)
	if err != nil {
		return backend.Ref{}, err
	}
	p := &post{channel: channelID, thread: fallback.Thread, attachments: []slack.Attachment{b.attachment(c)}}
	return b.create(ctx, fallback.Ref, p)
}

func (b *Backend) attachment(c *backend.Card) slack.Attachment {
	a := slack.Attachment{
		Fallback:   mrkdwn(b.rich(c.Markdown(), false)),
		Color:      color(c.Color),
		Pretext:    mrkdwn(b.rich(c.Summary, false)),
		Title:      escape(c.Title),
		TitleLink:  c.Link,
		Text:       mrkdwn(b.rich(c.Body, false)),
		ImageURL:   c.Image,
		ThumbURL:   c.Thumbnail,
		MarkdownIn: []string{"pretext", "text", "fields"},
	}
	if a.Title == "" {
		a.Title = escape(c.Link)
	}
	for _, f := range c.Fields {
		a.Fields = append(a.Fields, slack.AttachmentField{
			Title: escape(f.Name),
			Value: mrkdwn(b.rich(f.Value, false)),
			Short: len(f.Value) < 40,
		})
	}
	return a
}

// color returns a colour as attachments know them: of names they know three.
func color(name string) string {
	switch strings.ToLower(name) {
	case "red", "danger", "error":
		return "danger"
	case "green", "good", "success":
		return "good"
	case "yellow", "orange", "warning":
		return "warning"
	case "blue":
		return "#1d9bd1"
	case "black":
		return "#000000"
	case "white":
		return "#ffffff"
	case "grey", "gray":
		return "#808080"
	case "purple":
		return "#7c3085"
	}
	return name
}
