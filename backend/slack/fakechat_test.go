package slack_test

import (
	"encoding/json"
	"net/url"
	"slices"
	"unicode/utf8"
)

// chat is what writes messages.
func (w *workspace) chat(method string, v url.Values) (object, refusal) {
	c := w.channels[v.Get("channel")]
	if c == nil || !visible(c) {
		return nil, "channel_not_found"
	}
	if !slices.Contains(c.members, botUser) {
		return nil, "not_in_channel"
	}
	m := object{"user": botUser, "bot_id": botID, "text": v.Get("text")}
	for _, key := range []string{"blocks", "attachments", "metadata"} {
		if refused := decodeInto(m, v, key); refused != "" {
			return nil, refused
		}
	}
	for _, key := range []string{"thread_ts", "username", "icon_emoji"} {
		if value := v.Get(key); value != "" {
			m[key] = value
		}
	}
	switch {
	case v.Get("text") == "" && m["blocks"] == nil && m["attachments"] == nil:
		return nil, "no_text"
	case utf8.RuneCountInString(v.Get("text")) > 40_000:
		return nil, "msg_too_long" // the real one cuts the text
	}
	switch method {
	case "chat.postMessage":
		if thread := v.Get("thread_ts"); thread != "" && w.message(c.id, thread) == nil {
			return nil, "thread_not_found"
		}
		w.put(c.id, m)
		w.show(c.id, m)
		return object{"channel": c.id, "ts": m["ts"], "message": m}, ""
	case "chat.postEphemeral":
		if !slices.Contains(c.members, v.Get("user")) {
			return nil, "user_not_in_channel"
		}
		ts := w.ts()
		w.queue("whisper " + v.Get("user")) <- read(m)
		return object{"message_ts": ts}, ""
	case "chat.update":
		old := w.message(c.id, v.Get("ts"))
		if old == nil {
			return nil, "message_not_found"
		}
		for _, key := range []string{"text", "blocks", "attachments"} {
			old[key] = m[key]
		}
		w.changes <- read(m).text
		return object{"channel": c.id, "ts": old["ts"], "text": old["text"]}, ""
	}
	return nil, "unknown_method"
}

// decodeInto decodes what a form has as JSON. Blocks are looked at as Slack does.
func decodeInto(m object, v url.Values, key string) refusal {
	text := v.Get(key)
	if text == "" {
		return ""
	}
	var value any
	if json.Unmarshal([]byte(text), &value) != nil {
		return refusal("invalid_" + key)
	}
	if key == "blocks" {
		if refused := validBlocks(value); refused != "" {
			return refused
		}
	}
	m[key] = value
	return ""
}

// validBlocks refuses what Slack refuses of rich text.
func validBlocks(value any) refusal {
	list, ok := value.([]any)
	if !ok || len(list) > 50 {
		return "invalid_blocks_format"
	}
	total, bad := 0, false
	var walk func(o object)
	walk = func(o object) {
		elements, _ := o["elements"].([]any)
		switch kind, _ := o["type"].(string); kind {
		case "text":
			text, _ := o["text"].(string)
			total += utf8.RuneCountInString(text)
			bad = bad || text == ""
		case "link":
			u, err := url.Parse(str(o["url"]))
			bad = bad || err != nil || u.Scheme == ""
		case "rich_text", "rich_text_section", "rich_text_list", "rich_text_quote", "rich_text_preformatted":
			bad = bad || len(elements) == 0
		case "user", "channel", "usergroup", "emoji", "section", "divider", "actions", "header", "context", "image", "button", "mrkdwn", "plain_text":
		default:
			bad = true
		}
		for _, e := range elements {
			if e, ok := e.(object); ok {
				walk(e)
			}
		}
	}
	for _, b := range list {
		o, ok := b.(object)
		if !ok {
			return "invalid_blocks_format"
		}
		walk(o)
	}
	switch {
	case bad:
		return "invalid_blocks"
	case total > 13_200:
		return "msg_blocks_too_long"
	}
	return ""
}

func str(v any) string {
	s, _ := v.(string)
	return s
}
