// Package presentation makes chat messages of what StackStorm says: a text, and "extra",
// which says how to show it. It holds what extra means on each network, one file a
// network, and the text that says the same where a network has nothing of the kind.
//
// Everything here is a pure function. Sending, splitting and files are package st2's.
package presentation

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/go-errbot/errbot/backend"
)

// Post is what is to be shown.
type Post struct {
	// Text is the message as StackStorm has rendered it. "{~}" in it stands between what
	// introduces a result and the result.
	Text string
	// Extra is an alias's ack.extra or result.extra. What is no object counts as none.
	Extra json.RawMessage
	// Status is the execution's, such as "failed"; when it is empty, a line of Text that
	// begins with "status : " tells it.
	Status string
	// Mention is what addresses somebody at the beginning of a message, or empty.
	Mention string
}

// Network is what messages are made for.
type Network struct {
	// Name is the name of the backend: "slack".
	Name string
	// Extras are the keys of [backend.Message.Extras] that the backend understands.
	// Without the one that a form needs, the text is sent.
	Extras []string
	// Alone is the length in bytes above which a text is sent as a message of its own,
	// after what introduces it; 0 means never.
	Alone int
}

// maxBeside is the longest text in bytes that goes into one message with something
// native: the host splits longer ones, and that would repeat what is native.
const maxBeside = 2000

// Messages returns what shows p on a network, in order; nothing when there is nothing to
// show. Where the messages go is left open.
func Messages(n Network, p Post) []*backend.Message {
	c := newContent(p)
	return c.messages(n, show(n, c))
}

// Text returns p as one text, "" when there is nothing to show.
func Text(p Post) string {
	c := newContent(p)
	return lines(c.mention+c.pretext, show(Network{}, c).text)
}

// show shows a content in the form of a network, or as text where it has none.
func show(n Network, c *content) shown {
	if n.Name != "slack" || !slices.Contains(n.Extras, backend.ExtraBlocks) {
		c.text = c.withoutBlocks()
	}
	switch n.Name {
	case "slack":
		return slack(n, c)
	case "mattermost":
		return mattermost(n, c)
	case "rocketchat":
		return rocketchat(n, c)
	case "discord":
		return discord(n, c)
	case "matrix":
		return matrix(n, c)
	}
	return plain(n, c)
}

// shown is what is left of a content beside its pretext: text, and something native.
type shown struct {
	text   string
	extras map[string]any
	// instead tells that extras are shown in place of the text.
	instead bool
}

// messages puts pretext, text and what is native together.
func (c *content) messages(n Network, s shown) []*backend.Message {
	head, body := c.mention+c.pretext, s.text
	whole := strings.TrimRight(lines(head, body), " \n")
	switch {
	case len(s.extras) == 0 && whole == "":
		return nil
	case s.instead:
		return []*backend.Message{{Body: clip(whole, maxBeside), Extras: s.extras}}
	case n.Alone > 0 && len(body) > n.Alone:
		return c.apart(head, body, s.extras)
	case len(s.extras) == 0:
		return []*backend.Message{{Body: whole}}
	case len(whole) > maxBeside:
		return c.apart(head, body, s.extras)
	}
	return []*backend.Message{{Body: whole, Extras: s.extras}}
}

// apart returns head, with what is native, and body as messages of their own.
func (c *content) apart(head, body string, extras map[string]any) []*backend.Message {
	head = strings.TrimRight(head, " \n")
	var all []*backend.Message
	if len(head) > maxBeside && len(extras) > 0 {
		all = append(all, &backend.Message{Body: head})
		head = ""
	}
	if head != "" || len(extras) > 0 {
		all = append(all, &backend.Message{Body: head, Extras: extras})
	}
	if body != "" {
		all = append(all, &backend.Message{Body: body})
	}
	return all
}
