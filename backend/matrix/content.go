package matrix

import (
	"strings"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/backend/markdown"
)

// contentSize is how many bytes text and HTML have together at most; beyond that the HTML is
// left out, so that the message arrives at all.
const contentSize = 45_000

// content returns m as Matrix knows messages. It always says whom it mentions, if only that
// it is nobody: without that, clients search the text for names and for "@room".
func (b *Backend) content(m *backend.Message) *event.MessageEventContent {
	c := &event.MessageEventContent{MsgType: event.MsgText, Mentions: &event.Mentions{}}
	for _, p := range m.Mentions {
		c.Mentions.Add(id.UserID(p.ID))
	}
	if m.Plain {
		c.Body = callNobody(markdown.Clean(m.Body))
		return c
	}
	page, called := renderHTML(markdown.Clean(m.Body))
	if given, ok := m.Extras[backend.ExtraFormattedBody].(string); ok {
		page, called = given, pills(given)
	}
	for _, user := range called {
		c.Mentions.Add(user)
	}
	c.Body = callNobody(b.markdown.Text(m.Body))
	if page != escapeHTML(c.Body) && len(c.Body)+len(page) <= contentSize {
		c.Format, c.FormattedBody = event.FormatHTML, callNobody(page)
	}
	return c
}

// invisible (a zero-width space) keeps a word from being one that calls everybody.
const invisible = "\u200b"

// callNobody keeps "@room" from calling everybody in the room with servers and clients that
// do not know of [event.Mentions] yet.
func callNobody(text string) string {
	const call = "@room"
	if !strings.Contains(text, call) {
		return text
	}
	return strings.ReplaceAll(text, call, "@"+invisible+call[1:])
}
