package slack_test

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"github.com/go-errbot/errbot/backend"
)

// shown is a message as a person sees it.
type shown struct {
	text     string
	mentions []string // IDs of people, "everybody" and groups
	links    []string
	card     *backend.Card
	file     *upload
	username string
	notice   string // what a notification says
	raw      object
}

// queue returns what a person sees somewhere. The caller holds the lock.
func (w *workspace) queue(where string) chan shown {
	if w.seen[where] == nil {
		w.seen[where] = make(chan shown, 20_000)
	}
	return w.seen[where]
}

// show lets people see a message of the bot's. The caller holds the lock.
func (w *workspace) show(channelID string, m object) {
	s := read(m)
	where := channelID
	if thread := str(m["thread_ts"]); thread != "" {
		where += " " + thread
	}
	if s.card != nil {
		w.queue("card " + channelID) <- s
	}
	if files, ok := m["files"].([]object); ok {
		s.file = w.files[files[0]["id"].(string)]
		w.queue("file " + channelID) <- s
	}
	if s.text != "" {
		w.queue(where) <- s
	}
}

// sees waits for the next message somewhere.
func (w *workspace) sees(ctx context.Context, where string) (shown, error) {
	w.mu.Lock()
	queue := w.queue(where)
	w.mu.Unlock()
	select {
	case s := <-queue:
		return s, nil
	case <-ctx.Done():
		return shown{}, ctx.Err()
	}
}

// read returns a message as Slack shows it: blocks in place of the text, where there are some.
func read(m object) shown {
	s := shown{raw: m, username: str(m["username"]), notice: str(m["text"])}
	blocks, _ := m["blocks"].([]any)
	var parts []string
	for _, b := range blocks {
		parts = append(parts, s.block(b.(object)))
	}
	s.text = strings.Join(parts, "\n")
	if blocks == nil {
		s.text = s.markup(s.notice)
	}
	if attachments, _ := m["attachments"].([]any); len(attachments) > 0 {
		s.card = s.attachment(attachments[0].(object))
	}
	return s
}

func (s *shown) block(b object) string {
	switch b["type"] {
	case "rich_text":
		var parts []string
		for _, e := range b["elements"].([]any) {
			parts = append(parts, s.rich(e.(object)))
		}
		return strings.Join(parts, "\n")
	case "section":
		text, _ := b["text"].(object)
		return s.markup(str(text["text"]))
	}
	return ""
}

func (s *shown) rich(e object) string {
	elements, _ := e["elements"].([]any)
	var out strings.Builder
	for _, part := range elements {
		o := part.(object)
		switch o["type"] {
		case "text":
			out.WriteString(str(o["text"]))
		case "link":
			s.links = append(s.links, str(o["url"]))
			if o["text"] == nil {
				out.WriteString(str(o["url"]))
			}
			out.WriteString(str(o["text"]))
		case "user":
			s.mentions = append(s.mentions, str(o["user_id"]))
			out.WriteString("@" + str(o["user_id"]))
		case "usergroup":
			s.mentions = append(s.mentions, str(o["usergroup_id"]))
		case "broadcast":
			s.mentions = append(s.mentions, "everybody")
		case "emoji":
			out.WriteString("{" + str(o["name"]) + "}")
		case "rich_text_section":
			out.WriteString("• " + s.rich(o) + "\n")
		}
	}
	return out.String()
}

var token = regexp.MustCompile(`<([@#!]?)([^>|]*)(?:\|([^>]*))?>`)

// markup shows a text in Slack's older markup, in which only angle brackets matter here.
func (s *shown) markup(text string) string {
	text = token.ReplaceAllStringFunc(text, func(t string) string {
		m := token.FindStringSubmatch(t)
		switch m[1] {
		case "@":
			s.mentions = append(s.mentions, m[2])
			return "@" + m[2]
		case "!":
			s.mentions = append(s.mentions, "everybody")
			return "@" + m[2]
		case "#":
			return "#" + m[2]
		}
		s.links = append(s.links, m[2])
		if m[3] != "" {
			return m[3]
		}
		return m[2]
	})
	return strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&").Replace(text)
}

func (s *shown) attachment(a object) *backend.Card {
	c := &backend.Card{
		Summary: s.markup(str(a["pretext"])), Title: s.markup(str(a["title"])), Link: str(a["title_link"]),
		Body: s.markup(str(a["text"])), Color: str(a["color"]), Image: str(a["image_url"]), Thumbnail: str(a["thumb_url"]),
	}
	fields, _ := a["fields"].([]any)
	for _, f := range fields {
		f := f.(object)
		c.Fields = append(c.Fields, backend.Field{Name: s.markup(str(f["title"])), Value: s.markup(str(f["value"]))})
	}
	return c
}

// calls reports whether a message mentions somebody, or everybody: in what is shown, and in
// what a notification says.
func (s *shown) calls(who string) bool {
	notice := shown{}
	notice.markup(s.notice)
	all := slices.Concat(s.mentions, notice.mentions)
	return slices.Contains(all, who) || slices.Contains(all, "everybody")
}
