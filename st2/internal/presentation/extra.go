package presentation

import (
	"encoding/json"
	"strconv"
)

// Bounds of what is taken from an extra.
const (
	maxAttachments = 20
	maxBlocks      = 50
)

// object is a JSON object: part of an extra, or something native.
type object = map[string]any

// extra is the object of that name.
type extra object

// readExtra decodes an extra; what is no object counts as none.
func readExtra(data json.RawMessage) extra {
	var e extra
	if len(data) == 0 || json.Unmarshal(data, &e) != nil {
		return nil
	}
	return e
}

// of returns what extra says for one network, nil when it says nothing.
func (e extra) of(network string) object {
	o, _ := e[network].(object)
	return o
}

// attachments returns what extra asks for in the words of Slack, for a network that has
// the same words; the network's own part comes before that for another one. single tells
// that it is one attachment whose fields stand in extra itself, so that the message's text
// belongs into it.
func (e extra) attachments(network string) (list []object, single bool) {
	for _, name := range append([]string{network}, "slack", "mattermost", "rocketchat") {
		if list, single = attachmentsIn(e.of(name)); len(list) > 0 {
			return list, single
		}
	}
	return nil, false
}

// isOfMessage reports whether a key is about the message and not about an attachment.
func isOfMessage(key string) bool {
	switch key {
	case "attachments", "blocks", "thread_response", "username", "icon_emoji", "icon_url", "channel", "as_user":
		return true
	}
	return false
}

// attachmentsIn reads "attachments", or one attachment whose fields stand beside it.
func attachmentsIn(part object) (list []object, single bool) {
	if list = objects(part["attachments"], maxAttachments); len(list) > 0 {
		return list, false
	}
	one := object{}
	for key, value := range part {
		if !isOfMessage(key) {
			one[key] = value
		}
	}
	if len(one) == 0 {
		return nil, false
	}
	return []object{one}, true
}

// embeds returns what extra asks for in the words of Discord: "embeds", or the fields of
// one embed.
func (e extra) embeds() (list []object, single bool) {
	part := e.of("discord")
	if list = objects(part["embeds"], maxEmbeds); len(list) > 0 || len(part) == 0 {
		return list, false
	}
	return []object{part}, true
}

// objects returns the objects of a list, at most so many.
func objects(v any, most int) []object {
	list, _ := v.([]any)
	var all []object
	for _, item := range list {
		if o, ok := item.(object); ok && len(all) < most {
			all = append(all, o)
		}
	}
	return all
}

// scalar returns a text, and a number or boolean as text; "" for everything else.
func scalar(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case bool:
		return strconv.FormatBool(v)
	}
	return ""
}

// textIn returns the text at a path of keys.
func textIn(o object, path ...string) string {
	for _, key := range path[:len(path)-1] {
		o, _ = o[key].(object)
	}
	return scalar(o[path[len(path)-1]])
}

// Threaded returns what an extra says about whether a message is to be in a thread with the one
// that it answers: "thread_response" of the network's own part, or else of Slack's. said is
// false where it says nothing.
func Threaded(n Network, data json.RawMessage) (threaded, said bool) {
	e := readExtra(data)
	for _, name := range []string{n.Name, "slack"} {
		if threaded, said = e.of(name)["thread_response"].(bool); said {
			return threaded, true
		}
	}
	return false, false
}
