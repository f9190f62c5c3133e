package discord_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/bwmarrin/discordgo"
)

func (f *fake) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/gateway/", f.gateway)
	mux.HandleFunc("/gateway", f.gateway)
	mux.HandleFunc("GET /attachments/{id}", func(w http.ResponseWriter, r *http.Request) {
		f.mu.Lock()
		defer f.mu.Unlock()
		if r.Header.Get("Authorization") != "" || r.Header.Get("X-Asked-Host") != "cdn.discordapp.com" {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		_, _ = w.Write(f.files[r.PathValue("id")])
	})
	api := func(pattern string, handle func(r *http.Request) (int, any)) {
		method, path, _ := strings.Cut(pattern, " ")
		mux.HandleFunc(method+" /api/v9"+path, func(w http.ResponseWriter, r *http.Request) { f.answer(w, r, handle) })
	}
	api("GET /gateway/bot", f.gatewayBot)
	api("GET /users/{user}", f.user)
	api("POST /users/@me/channels", func(*http.Request) (int, any) { return 200, f.channels[f.direct] })
	api("GET /guilds/{guild}/members/search", f.searchMembers)
	api("GET /guilds/{guild}/members", f.listMembers)
	api("GET /guilds/{guild}/members/{user}", f.member)
	api("GET /channels/{channel}", f.channel)
	api("PATCH /channels/{channel}", f.changeChannel)
	api("GET /channels/{channel}/messages", f.history)
	api("POST /channels/{channel}/messages", f.create)
	api("PATCH /channels/{channel}/messages/{message}", f.edit)
	api("POST /channels/{channel}/messages/{message}/threads", f.startThread)
	api("PUT /channels/{channel}/messages/{message}/reactions/{emoji}/@me", f.react)
	api("DELETE /channels/{channel}/messages/{message}/reactions/{emoji}/@me", f.react)
	api("POST /channels/{channel}/typing", func(*http.Request) (int, any) { return 204, nil })
	api("POST /channels/{channel}/invites", func(r *http.Request) (int, any) {
		return 200, map[string]any{"code": "abc", "channel": map[string]any{"id": r.PathValue("channel")}}
	})
	return mux
}

func refusal(status, code int, message string) (int, any) {
	return status, map[string]any{"code": code, "message": message}
}

// answer answers one request.
func (f *fake) answer(w http.ResponseWriter, r *http.Request, handle func(r *http.Request) (int, any)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.requests = append(f.requests, r.Method+" "+r.URL.Path)
	status, body := refusal(401, 0, "401: Unauthorized")
	if r.Header.Get("Authorization") == "Bot "+token {
		status, body = handle(r)
	}
	switch {
	case status == 0: // no answer
		conn, _, err := http.NewResponseController(w).Hijack()
		if err == nil {
			_ = conn.Close()
		}
		return
	case status == 429:
		w.Header().Set("Retry-After", "0.05")
		w.Header().Set("X-RateLimit-Bucket", "b")
	case f.exhausted:
		f.exhausted = false
		w.Header().Set("X-RateLimit-Remaining", "0")
		w.Header().Set("X-RateLimit-Reset-After", "0.05")
	default:
		w.Header().Set("X-RateLimit-Remaining", "4")
		w.Header().Set("X-RateLimit-Reset-After", "3600")
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if status != 204 {
		_ = json.NewEncoder(w).Encode(body)
	}
}

func (f *fake) gatewayBot(*http.Request) (int, any) {
	return 200, map[string]any{
		"url": strings.Replace(f.url, "http", "ws", 1) + "/gateway", "shards": 1,
		"session_start_limit": map[string]any{"total": 1000, "remaining": 999, "reset_after": 0, "max_concurrency": 1},
	}
}

func (f *fake) user(r *http.Request) (int, any) {
	if m := f.members[r.PathValue("user")]; m != nil {
		return 200, m.User
	}
	return refusal(404, 10013, "Unknown User")
}

func (f *fake) member(r *http.Request) (int, any) {
	if m := f.members[r.PathValue("user")]; m != nil && r.PathValue("guild") == f.guild.ID {
		return 200, m
	}
	return refusal(404, 10007, "Unknown Member")
}

func (f *fake) searchMembers(r *http.Request) (int, any) {
	found := []*discordgo.Member{}
	for _, m := range f.members {
		if strings.HasPrefix(m.User.Username, r.URL.Query().Get("query")) {
			found = append(found, m)
		}
	}
	return 200, found
}

func (f *fake) listMembers(r *http.Request) (int, any) {
	if f.intents&discordgo.IntentGuildMembers == 0 {
		return refusal(403, 50001, "Missing Access")
	}
	found := []*discordgo.Member{}
	for _, m := range f.members {
		if r.URL.Query().Get("after") == "" {
			found = append(found, m)
		}
	}
	return 200, found
}

func (f *fake) channel(r *http.Request) (int, any) {
	if c := f.channels[r.PathValue("channel")]; c != nil {
		return 200, c
	}
	return refusal(404, 10003, "Unknown Channel")
}

func (f *fake) changeChannel(r *http.Request) (int, any) {
	c := *f.channels[r.PathValue("channel")]
	_ = json.NewDecoder(r.Body).Decode(&c)
	f.channels[c.ID] = &c
	f.guild.Channels[slices.IndexFunc(f.guild.Channels, func(o *discordgo.Channel) bool { return o.ID == c.ID })] = &c
	f.tell("CHANNEL_UPDATE", &c, discordgo.IntentGuilds)
	return 200, &c
}

func (f *fake) history(r *http.Request) (int, any) {
	found := []*discordgo.Message{}
	for _, m := range f.messages[r.PathValue("channel")] {
		if len(m.ID) == len(f.ops) && m.ID > r.URL.Query().Get("after") && len(found) < 100 {
			copied := *m
			copied.GuildID, copied.Member = "", nil // which the history does not tell
			found = append(found, &copied)
		}
	}
	slices.Reverse(found)
	return 200, found
}

// create is a message of the bot's.
func (f *fake) create(r *http.Request) (int, any) {
	var p struct {
		Content         string
		Embeds          []*discordgo.MessageEmbed
		Nonce           string
		EnforceNonce    bool                              `json:"enforce_nonce"`
		AllowedMentions *discordgo.MessageAllowedMentions `json:"allowed_mentions"`
		Reference       *discordgo.MessageReference       `json:"message_reference"`
	}
	m := &discordgo.Message{ChannelID: r.PathValue("channel"), Author: f.bot}
	if err := f.payload(r, &p, m); err != nil {
		return refusal(400, 50109, err.Error())
	}
	m.Content, m.Embeds, m.MessageReference = strings.TrimSpace(p.Content), p.Embeds, p.Reference
	if p.Reference != nil {
		m.Type = discordgo.MessageTypeReply
	}
	switch c := f.channels[m.ChannelID]; {
	case c == nil:
		return refusal(404, 10003, "Unknown Channel")
	case f.full > 0:
		f.full--
		return 429, map[string]any{"message": "You are being rate limited.", "retry_after": 0.05, "global": false}
	case f.broken > 0:
		f.broken--
		return refusal(503, 0, "upstream connect error")
	case m.Content == "" && len(m.Embeds)+len(m.Attachments) == 0:
		return refusal(400, 50006, "Cannot send an empty message")
	case utf8.RuneCountInString(p.Content) > 2000:
		return refusal(400, 50035, "Invalid Form Body")
	case p.EnforceNonce && f.nonces[p.Nonce] != nil:
		return 200, f.nonces[p.Nonce]
	}
	m.Mentions, m.MentionEveryone = f.mentions(m.Content, p.AllowedMentions)
	f.add(m)
	f.nonces[p.Nonce] = m
	f.seen.message(m)
	if f.swallow > 0 {
		f.swallow--
		return 0, nil
	}
	return 200, m
}

// payload reads the body of a request, which has several parts when there are files.
func (f *fake) payload(r *http.Request, p any, m *discordgo.Message) error {
	if !strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/") {
		return json.NewDecoder(r.Body).Decode(p)
	}
	if err := r.ParseMultipartForm(1 << 20); err != nil {
		return err
	}
	for _, headers := range r.MultipartForm.File {
		file, err := headers[0].Open()
		if err != nil {
			return err
		}
		content, _ := io.ReadAll(file)
		m.Attachments = append(m.Attachments, f.keep(headers[0].Filename, content))
	}
	return json.Unmarshal([]byte(r.MultipartForm.Value["payload_json"][0]), p)
}

// keep stores a file.
func (f *fake) keep(name string, content []byte) *discordgo.MessageAttachment {
	id := f.id()
	f.files[id] = content
	return &discordgo.MessageAttachment{ID: id, Filename: name, Size: len(content), URL: "https://cdn.discordapp.com/attachments/" + id + "?ex=1"}
}

// mentions tells whom a text tells of itself: Discord looks at all of it, escaped or not.
func (f *fake) mentions(text string, allowed *discordgo.MessageAllowedMentions) (people []*discordgo.User, everyone bool) {
	all := allowed == nil
	for _, m := range f.members {
		named := strings.Contains(text, "<@"+m.User.ID+">") || strings.Contains(text, "<@!"+m.User.ID+">")
		if named && (all || slices.Contains(allowed.Users, m.User.ID) || slices.Contains(allowed.Parse, discordgo.AllowedMentionTypeUsers)) {
			people = append(people, m.User)
		}
	}
	named := strings.Contains(text, "@everyone") || strings.Contains(text, "@here")
	return people, named && (all || slices.Contains(allowed.Parse, discordgo.AllowedMentionTypeEveryone))
}

func (f *fake) edit(r *http.Request) (int, any) {
	m := f.find(r.PathValue("channel"), r.PathValue("message"))
	if m == nil {
		return refusal(404, 10008, "Unknown Message")
	}
	var p struct{ Content string }
	_ = json.NewDecoder(r.Body).Decode(&p)
	f.change(m, p.Content)
	f.seen.changes <- shown(p.Content)
	return 200, m
}

// change gives a message a new text.
func (f *fake) change(m *discordgo.Message, text string) {
	now := time.Now()
	m.Content, m.EditedTimestamp = text, &now
	f.tell("MESSAGE_UPDATE", m, messageIntent(m))
}

func (f *fake) startThread(r *http.Request) (int, any) {
	channelID, messageID := r.PathValue("channel"), r.PathValue("message")
	var p discordgo.ThreadStart
	_ = json.NewDecoder(r.Body).Decode(&p)
	switch {
	case f.noThreads:
		return refusal(403, 50013, "Missing Permissions")
	case f.channels[messageID] != nil:
		return refusal(400, 160004, "A thread has already been created for this message")
	case f.find(channelID, messageID) == nil:
		return refusal(404, 10008, "Unknown Message")
	case p.Name == "" || utf8.RuneCountInString(p.Name) > 100:
		return refusal(400, 50035, "Invalid Form Body")
	}
	return 201, f.addThread(channelID, messageID, p.Name)
}

func (f *fake) react(r *http.Request) (int, any) {
	key := fmt.Sprint(r.PathValue("channel"), r.PathValue("message"), r.PathValue("emoji"))
	remove := r.Method == http.MethodDelete
	if f.find(r.PathValue("channel"), r.PathValue("message")) == nil {
		return refusal(404, 10008, "Unknown Message")
	}
	if remove == f.marks[key] {
		f.marks[key] = !remove
		f.seen.reactions <- reaction{r.PathValue("emoji"), remove}
	} else if remove {
		return refusal(404, 10014, "Unknown Emoji")
	}
	return 204, nil
}
