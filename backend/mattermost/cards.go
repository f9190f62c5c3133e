package mattermost

import (
	"context"
	"strings"

	"github.com/mattermost/mattermost-server/v6/model"

	"github.com/go-errbot/errbot/backend"
)

// SendCard implements [backend.CardSender] with an attachment.
func (b *Backend) SendCard(ctx context.Context, c *backend.Card, fallback *backend.Message) (backend.Ref, error) {
	channelID, err := b.destination(ctx, fallback.Ref)
	if err != nil {
		return backend.Ref{}, err
	}
	post := b.post(&backend.Message{Ref: fallback.Ref}, channelID)
	post.AddProp("attachments", []*model.SlackAttachment{attachment(c)})
	return b.create(ctx, fallback, post)
}

func attachment(c *backend.Card) *model.SlackAttachment {
	a := &model.SlackAttachment{
		Fallback:  c.Markdown(),
		Color:     color(c.Color),
		Pretext:   unescape(c.Summary),
		Title:     c.Title,
		TitleLink: c.Link,
		Text:      unescape(c.Body),
		ImageURL:  c.Image,
		ThumbURL:  c.Thumbnail,
	}
	if a.Title == "" {
		a.Title = c.Link
	}
	for _, f := range c.Fields {
		a.Fields = append(a.Fields, &model.SlackAttachmentField{
			Title: f.Name,
			Value: unescape(f.Value),
			Short: model.SlackCompatibleBool(len(f.Value) < 40),
		})
	}
	return a
}

// color returns a colour as attachments know them: a name means nothing to them.
func color(name string) string {
	switch strings.ToLower(name) {
	case "red", "danger", "error":
		return "#d24b4e"
	case "green", "good", "success":
		return "#3db887"
	case "yellow", "orange", "warning":
		return "#f5ab00"
	case "blue":
		return "#1c58d9"
	case "black":
		return "#000000"
	case "white":
		return "#ffffff"
	case "grey", "gray":
		return "#808080"
	case "purple":
		return "#7a3fb2"
	}
	return name
}
