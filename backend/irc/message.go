package irc

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/lrstanley/girc"
	"golang.org/x/text/encoding/charmap"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/backend/markdown"
)

const (
	// late is how old a message may be by the server's clock and still be of now.
	late = time.Minute
	// maxReplays bounds the batches that are open at the same time.
	maxReplays = 100
)

// The keys of [backend.Message.Extras] that the backend sets to true.
const (
	ExtraNotice = "notice" // a NOTICE: never to be answered by itself, says the protocol
	ExtraAction = "action" // what "/me" says
)

// message handles ":nick!user@host PRIVMSG target :text", and NOTICE.
func (c *conn) message(e *girc.Event) {
	if len(e.Params) < 2 || e.Source == nil || !e.Source.IsHostmask() || c.isSelf(e.Source.Name) {
		return // servers speak without a mask
	}
	if e.Command == girc.NOTICE && c.fold(e.Source.Name) == c.fold(nickServ) {
		c.options.Log.Info("irc: NickServ says", "text", clean(e.Last()))
		select {
		case c.identified <- struct{}{}:
		default:
		}
		return
	}
	extras := map[string]any{}
	if e.Command == girc.NOTICE {
		extras[ExtraNotice] = true
	}
	text := e.Params[1]
	if strings.HasPrefix(text, "\x01") {
		request := girc.DecodeCTCP(e)
		if request == nil || request.Command != girc.CTCP_ACTION {
			c.answer(request)
			return
		}
		text, extras[ExtraAction] = request.Text, true
	}
	m := &backend.Message{From: c.person(e.Source), Body: clean(girc.StripRaw(text)), Delayed: c.isLate(e), Extras: extras}
	if target := e.Params[0]; c.isSelf(target) {
		m.Ref = backend.ToPerson(m.From)
	} else {
		known := c.network()
		target = strings.TrimLeft(target, known.statusMsg)
		if !isRoom(target, known.chanTypes) {
			return // to everybody on a server
		}
		m.Ref = backend.ToRoom(c.room(target))
		for _, who := range c.membersAmong(target, words(m.Body)) {
			m.Mentions = append(m.Mentions, c.person(&who))
		}
	}
	c.pass(m)
}

// isLate reports whether e was said earlier and is brought now, by the server's history or
// by a bouncer.
func (c *conn) isLate(e *girc.Event) bool {
	batch, _ := e.Tags.Get("batch")
	return c.replays[batch] || time.Since(e.Timestamp) > late
}

// words returns what may be nicks in text.
func words(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool {
		return unicode.IsSpace(r) || strings.ContainsRune("@:,.;!?()<>\"'", r)
	})
}

// clean returns what somebody wrote as clean text. What is no UTF-8 was written by a client
// of the time before it.
func clean(text string) string {
	if !utf8.ValidString(text) {
		if decoded, err := charmap.Windows1252.NewDecoder().String(text); err == nil {
			text = decoded
		}
	}
	return markdown.Clean(text)
}
