package slack_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// refusal is Slack's word for what it does not do.
type refusal string

func (w *workspace) serve(rw http.ResponseWriter, r *http.Request) {
	switch {
	case r.URL.Path == "/link":
		w.socket(rw, r)
		return
	case strings.HasPrefix(r.URL.Path, "/files/"):
		w.serveFile(rw, r)
		return
	}
	method := strings.TrimPrefix(r.URL.Path, "/api/")
	_ = r.ParseForm()
	w.mu.Lock()
	w.calls[method] = append(w.calls[method], r.Form)
	var f fault
	if list := w.faults[method]; len(list) > 0 {
		f, w.faults[method] = list[0], list[1:]
	}
	w.mu.Unlock()
	if f.wait != nil {
		select {
		case <-f.wait:
		case <-r.Context().Done():
			return
		}
	}
	if f.limit {
		rw.Header().Set("Retry-After", "1")
		http.Error(rw, "slow down", http.StatusTooManyRequests)
		return
	}
	answer := object{"ok": true}
	if f.code != "" {
		answer = object{"ok": false, "error": f.code}
	} else if more, refused := w.answer(method, r); refused != "" {
		answer = object{"ok": false, "error": refused}
	} else {
		for k, v := range more {
			answer[k] = v
		}
	}
	if f.lost {
		panic(http.ErrAbortHandler)
	}
	rw.Header().Set("Content-Type", "application/json; charset=utf-8")
	_ = json.NewEncoder(rw).Encode(answer)
}

func (w *workspace) answer(method string, r *http.Request) (object, refusal) {
	token := r.Form.Get("token")
	if bearer, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		token = bearer
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case method == "apps.connections.open" && token == appToken:
		return object{"url": w.websocketURL()}, ""
	case method == "apps.connections.open" && token == botToken:
		return nil, "not_allowed_token_type"
	case token != botToken || method == "apps.connections.open":
		return nil, "invalid_auth"
	}
	part, _, _ := strings.Cut(method, ".")
	switch part {
	case "chat":
		return w.chat(method, r.Form)
	case "conversations":
		return w.conversations(method, r.Form)
	case "users", "usergroups", "auth":
		return w.people(method, r.Form)
	case "reactions", "files":
		return w.gestures(method, r.Form)
	}
	return nil, "unknown_method"
}

func (w *workspace) people(method string, v url.Values) (object, refusal) {
	switch method {
	case "auth.test":
		return object{"user": "errbot", "user_id": botUser, "bot_id": botID, "team_id": teamID, "team": "Home"}, ""
	case "users.info":
		for _, u := range w.users {
			if u["id"] == v.Get("user") {
				return object{"user": u}, ""
			}
		}
		return nil, "user_not_found"
	case "users.list":
		page, cursor := paged(w, w.users, v)
		return object{"members": page, "response_metadata": object{"next_cursor": cursor}}, ""
	case "users.setPresence":
		w.presence <- v.Get("presence")
		return nil, ""
	case "users.conversations":
		page, cursor := paged(w, w.list(v.Get("types"), func(c *conversation) bool { return slices.Contains(c.members, botUser) }), v)
		for _, c := range page {
			delete(c, "is_member")
		}
		return object{"channels": page, "response_metadata": object{"next_cursor": cursor}}, ""
	case "usergroups.list":
		return object{"usergroups": []object{{"id": oncall, "handle": "oncall", "name": "On call", "users": w.group}}}, ""
	}
	return nil, "unknown_method"
}

// paged returns a page of a list, and where the next one begins.
func paged[T any](w *workspace, list []T, v url.Values) ([]T, string) {
	start, _ := strconv.Atoi(v.Get("cursor"))
	end := min(start+w.pages, len(list))
	if end == len(list) {
		return list[start:end], ""
	}
	return list[start:end], strconv.Itoa(end)
}

// list returns the conversations of some types, ordered by ID.
func (w *workspace) list(types string, wanted func(c *conversation) bool) []object {
	var ids []string
	for id, c := range w.channels {
		kind := map[string]string{"im": "im", "group": "private_channel", "channel": "public_channel"}[c.kind()]
		if wanted(c) && slices.Contains(strings.Split(types, ","), kind) {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	var all []object
	for _, id := range ids {
		all = append(all, w.channels[id].info())
	}
	return all
}

func (c *conversation) info() object {
	o := object{
		"id": c.id, "is_private": c.private, "is_im": c.user != "", "is_channel": c.user == "",
		"is_member": slices.Contains(c.members, botUser),
		"topic":     object{"value": c.topic, "creator": alice},
	}
	if c.user != "" {
		o["user"] = c.user
	} else {
		o["name"] = c.name
	}
	return o
}

// visible reports whether the bot may know of a channel.
func visible(c *conversation) bool { return !c.private || slices.Contains(c.members, botUser) }

func (w *workspace) conversations(method string, v url.Values) (object, refusal) {
	switch method {
	case "conversations.list":
		page, cursor := paged(w, w.list(v.Get("types"), visible), v)
		return object{"channels": page, "response_metadata": object{"next_cursor": cursor}}, ""
	case "conversations.open":
		for _, c := range w.channels {
			if c.user != "" && c.user == v.Get("users") {
				return object{"channel": c.info()}, ""
			}
		}
		return nil, "user_not_found"
	}
	c := w.channels[v.Get("channel")]
	if c == nil || !visible(c) {
		return nil, "channel_not_found"
	}
	if method == "conversations.join" {
		if c.private {
			return nil, "method_not_supported_for_channel_type"
		}
		w.enter(c, botUser, "")
		return object{"channel": c.info()}, ""
	}
	if method == "conversations.info" {
		return object{"channel": c.info()}, ""
	}
	if !slices.Contains(c.members, botUser) {
		return nil, "not_in_channel"
	}
	switch method {
	case "conversations.members":
		page, cursor := paged(w, c.members, v)
		return object{"members": page, "response_metadata": object{"next_cursor": cursor}}, ""
	case "conversations.leave":
		w.exit(c, botUser)
	case "conversations.setTopic":
		c.topic = v.Get("topic")
		w.put(c.id, object{"subtype": "channel_topic", "user": botUser, "topic": c.topic, "text": "set the topic"})
		return object{"channel": c.info()}, ""
	case "conversations.invite":
		if slices.Contains(c.members, v.Get("users")) {
			return nil, "already_in_channel"
		}
		w.enter(c, v.Get("users"), botUser)
		w.invited <- v.Get("users")
		return object{"channel": c.info()}, ""
	case "conversations.history", "conversations.replies":
		return w.past(c, v), ""
	}
	return nil, ""
}

// past returns what was said after a moment: in a thread, or outside all of them. The
// history has the youngest message first.
func (w *workspace) past(c *conversation, v url.Values) object {
	var found []object
	for _, m := range c.messages {
		thread, _ := m["thread_ts"].(string)
		in := thread == "" || thread == m["ts"]
		if root := v.Get("ts"); root != "" {
			in = thread == root || m["ts"] == root
		}
		if in && (m["ts"].(string) > v.Get("oldest") || m["ts"] == v.Get("ts")) {
			found = append(found, m)
		}
	}
	if v.Get("ts") == "" {
		slices.Reverse(found)
	}
	page, cursor := paged(w, found, v)
	if v.Get("ts") != "" {
		page, cursor = found, ""
	}
	return object{"messages": page, "has_more": cursor != "", "response_metadata": object{"next_cursor": cursor}}
}

func (w *workspace) enter(c *conversation, who, by string) {
	if slices.Contains(c.members, who) {
		return
	}
	c.members = append(c.members, who)
	w.tell(object{"type": "member_joined_channel", "user": who, "channel": c.id, "channel_type": "C", "team": teamID, "inviter": by, "event_ts": w.ts()})
}

func (w *workspace) exit(c *conversation, who string) {
	c.members = slices.DeleteFunc(c.members, func(m string) bool { return m == who })
	w.tell(object{"type": "member_left_channel", "user": who, "channel": c.id, "channel_type": "C", "team": teamID, "event_ts": w.ts()})
}

func (w *workspace) gestures(method string, v url.Values) (object, refusal) {
	switch method {
	case "reactions.add", "reactions.remove":
		m := w.message(v.Get("channel"), v.Get("timestamp"))
		if m == nil {
			return nil, "message_not_found"
		}
		reactions, _ := m["reacted"].(object)
		has := reactions[v.Get("name")] != nil
		switch {
		case method == "reactions.add" && has:
			return nil, "already_reacted"
		case method == "reactions.remove" && !has:
			return nil, "no_reaction"
		case has:
			delete(reactions, v.Get("name"))
		default:
			m["reacted"] = object{v.Get("name"): true}
		}
		w.reacted <- [2]string{v.Get("name"), method}
		return nil, ""
	case "files.getUploadURLExternal":
		id := w.next("F0")
		w.files[id] = &upload{name: v.Get("filename")}
		return object{"upload_url": w.server.URL + "/files/up/" + id, "file_id": id}, ""
	case "files.completeUploadExternal":
		return w.share(v)
	}
	return nil, "unknown_method"
}

func (w *workspace) message(channelID, ts string) object {
	c := w.channels[channelID]
	if c == nil {
		return nil
	}
	for _, m := range c.messages {
		if m["ts"] == ts {
			return m
		}
	}
	return nil
}

// share puts uploaded files into a channel.
func (w *workspace) share(v url.Values) (object, refusal) {
	var list []struct{ ID, Title string }
	if json.Unmarshal([]byte(v.Get("files")), &list) != nil || len(list) != 1 || w.files[list[0].ID] == nil {
		return nil, "invalid_arguments"
	}
	m := object{"user": botUser, "bot_id": botID, "text": v.Get("initial_comment"), "files": []object{w.fileInfo(list[0].ID)}}
	if thread := v.Get("thread_ts"); thread != "" {
		m["thread_ts"] = thread
	}
	if refused := decodeInto(m, v, "blocks"); refused != "" {
		return nil, refused
	}
	w.put(v.Get("channel_id"), m)
	w.show(v.Get("channel_id"), m)
	return object{"files": []object{{"id": list[0].ID, "title": list[0].Title}}}, ""
}

func (w *workspace) fileInfo(id string) object {
	f := w.files[id]
	return object{
		"id": id, "name": f.name, "mimetype": "application/octet-stream", "size": len(f.content),
		"url_private": w.server.URL + "/files/down/" + id, "mode": "hosted",
	}
}

// serveFile takes and gives the content of files.
func (w *workspace) serveFile(rw http.ResponseWriter, r *http.Request) {
	parts := strings.Split(r.URL.Path, "/")
	w.mu.Lock()
	f := w.files[parts[len(parts)-1]]
	w.mu.Unlock()
	if f == nil {
		http.NotFound(rw, r)
		return
	}
	if parts[2] == "up" {
		part, _, err := r.FormFile("file")
		if err != nil {
			http.Error(rw, err.Error(), http.StatusBadRequest)
			return
		}
		content, _ := io.ReadAll(part)
		w.mu.Lock()
		f.content = content
		w.mu.Unlock()
		_, _ = io.WriteString(rw, "OK")
		return
	}
	if r.Header.Get("Authorization") != "Bearer "+botToken {
		rw.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(rw, "<html>Sign in</html>")
		return
	}
	rw.Header().Set("Content-Type", "application/octet-stream")
	_, _ = rw.Write(f.content)
}
