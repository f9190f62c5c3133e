package telegram

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/go-telegram/bot/models"

	"github.com/go-errbot/errbot/backend"
)

// translate returns what an update says to the host; nothing when it is not for it.
func (b *Backend) translate(u *models.Update) []backend.Event {
	switch {
	case u.Message != nil:
		return b.message(u.Message, false)
	case u.EditedMessage != nil:
		return b.message(u.EditedMessage, true)
	case u.MessageReaction != nil:
		return b.reactions(u.MessageReaction)
	case u.MyChatMember != nil:
		return b.membership(u.MyChatMember)
	}
	return nil
}

// place returns where a message was said, and its thread there: a forum's topic, or what it
// is an answer to.
func (b *Backend) place(m *models.Message) backend.Ref {
	id := strconv.Itoa(m.ID)
	if m.Chat.Type == models.ChatTypePrivate {
		p := b.remember(&models.User{ID: m.Chat.ID, FirstName: m.Chat.FirstName, LastName: m.Chat.LastName, Username: m.Chat.Username})
		return backend.Ref{Person: &p, ID: id}
	}
	room := b.room(m.Chat.ID, m.Chat.Title)
	ref := backend.Ref{Room: &room, ID: id}
	switch {
	case m.IsTopicMessage:
		ref.Thread = topicPrefix + strconv.Itoa(m.MessageThreadID)
	case m.Chat.IsForum: // its general topic
	case m.MessageThreadID != 0:
		ref.Thread = strconv.Itoa(m.MessageThreadID)
	case m.ReplyToMessage != nil:
		ref.Thread = strconv.Itoa(m.ReplyToMessage.ID)
	}
	return ref
}

// topicPrefix stands before the number of a forum's topic in [backend.Ref.Thread]; a number
// alone is that of a message.
const topicPrefix = "topic:"

func (b *Backend) message(m *models.Message, edited bool) []backend.Event {
	if m.Chat.Type == models.ChatTypeChannel || m.From == nil {
		return nil // a channel's posts are nobody's
	}
	if events := b.service(m); events != nil {
		return events
	}
	if m.SenderChat != nil {
		return nil // all anonymous administrators of all groups are one user
	}
	from := b.remember(m.From)
	if from.ID == b.Self().ID {
		return nil
	}
	text, entities := m.Text, m.Entities
	if text == "" {
		text, entities = m.Caption, m.CaptionEntities
	}
	body, forUs := b.command(text)
	if !forUs {
		return nil
	}
	msg := &backend.Message{
		Ref: b.place(m), From: from, Body: body, Edited: edited,
		Mentions: b.mentioned(text, entities), Files: files(m),
	}
	said := m.Date
	if edited {
		said = m.EditDate
	}
	msg.Delayed = time.Since(time.Unix(int64(said), 0)) > b.options.CatchUp
	if m.From.Username != "" {
		msg.Groups = []string{"@" + m.From.Username} // another name for the person in access rules
	}
	if body == "" && len(msg.Files) == 0 {
		return nil // a sticker, a poll, a pinned message
	}
	return []backend.Event{msg}
}

// service returns what a message says that Telegram makes; nil for one that a person made.
func (b *Backend) service(m *models.Message) []backend.Event {
	room := b.room(m.Chat.ID, m.Chat.Title)
	change := func(kind backend.RoomChangeKind, u *models.User) backend.Event {
		c := backend.RoomChange{Room: room, Kind: kind, Person: b.remember(u)}
		if m.From.ID != u.ID {
			c.By = b.remember(m.From)
		}
		return c
	}
	switch {
	case len(m.NewChatMembers) > 0:
		var events []backend.Event
		for i := range m.NewChatMembers {
			events = append(events, change(backend.Joined, &m.NewChatMembers[i]))
		}
		return events
	case m.LeftChatMember != nil:
		return []backend.Event{change(backend.Left, m.LeftChatMember)}
	case m.MigrateToChatID != 0:
		b.migrated(m.Chat.ID, m.MigrateToChatID)
	case m.MigrateFromChatID != 0:
		b.migrated(m.MigrateFromChatID, m.Chat.ID)
	}
	return nil
}

// migrated notes that a group has got a new number.
func (b *Backend) migrated(from, to int64) {
	old := strconv.FormatInt(from, 10)
	if known, ok := b.moved.get(old); ok && known == to {
		return
	}
	b.moved.put(old, to)
	b.log.Warn("telegram: a group has become a supergroup and has another number now: change it in access rules and wherever it is configured",
		"old", from, "new", to)
}

// membership tells that the bot was put into a group, or removed. Private conversations tell
// in this way that somebody has blocked the bot.
func (b *Backend) membership(m *models.ChatMemberUpdated) []backend.Event {
	if m.Chat.Type == models.ChatTypePrivate {
		return nil
	}
	isIn := func(t models.ChatMemberType) bool {
		return t != models.ChatMemberTypeLeft && t != models.ChatMemberTypeBanned
	}
	before, now := isIn(m.OldChatMember.Type), isIn(m.NewChatMember.Type)
	if before == now {
		return nil
	}
	change := backend.RoomChange{Room: b.room(m.Chat.ID, m.Chat.Title), Kind: backend.Left, Person: b.Self(), By: b.remember(&m.From)}
	if now {
		change.Kind = backend.Joined
	}
	return []backend.Event{change}
}

// command returns a text without the bot's name behind its first word, as Telegram's clients
// put it there in groups ("/st2@errbot list"), and whether it is not for another bot.
func (b *Backend) command(text string) (body string, forUs bool) {
	if !strings.HasPrefix(text, "/") {
		return text, true
	}
	first, rest := text, ""
	if i := strings.IndexAny(text, " \n\t"); i >= 0 {
		first, rest = text[:i], text[i:]
	}
	command, name, named := strings.Cut(first, "@")
	switch {
	case !named:
		return text, true
	case strings.EqualFold(name, b.ownName()):
		return command + rest, true
	}
	return text, !isKey(name)
}

func (b *Backend) ownName() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.username
}

// mentioned returns the people whom a text names, as far as the bot knows them.
func (b *Backend) mentioned(text string, entities []models.MessageEntity) []backend.Person {
	var people []backend.Person
	seen := map[string]bool{}
	add := func(p backend.Person) {
		if p.ID != "" && !seen[p.ID] {
			seen[p.ID] = true
			people = append(people, p)
		}
	}
	for _, e := range entities {
		switch e.Type {
		case models.MessageEntityTypeTextMention:
			if e.User != nil {
				add(b.remember(e.User))
			}
		case models.MessageEntityTypeMention:
			name := strings.TrimPrefix(part(text, e.Offset, e.Length), "@")
			if strings.EqualFold(name, b.ownName()) {
				add(b.Self())
			} else if id, ok := b.names.get(strings.ToLower(name)); ok {
				u, _ := b.people.get(id)
				add(person(&u))
			}
		}
	}
	return people
}

func (b *Backend) reactions(r *models.MessageReactionUpdated) []backend.Event {
	if r.User == nil { // an anonymous administrator
		return nil
	}
	by := b.remember(r.User)
	to := b.place(&models.Message{ID: r.MessageID, Chat: r.Chat})
	var events []backend.Event
	tell := func(in, notIn []models.ReactionType, removed bool) {
		for _, x := range in {
			if x.ReactionTypeEmoji != nil && !has(notIn, x.ReactionTypeEmoji.Emoji) {
				events = append(events, backend.Reaction{
					By: by, To: to, Name: emojiName(x.ReactionTypeEmoji.Emoji), Removed: removed, At: time.Unix(int64(r.Date), 0),
				})
			}
		}
	}
	tell(r.OldReaction, r.NewReaction, true)
	tell(r.NewReaction, r.OldReaction, false)
	return events
}

func has(list []models.ReactionType, emoji string) bool {
	for _, x := range list {
		if x.ReactionTypeEmoji != nil && x.ReactionTypeEmoji.Emoji == emoji {
			return true
		}
	}
	return false
}

// number returns the number of a message or group that a Ref has.
func number(text string) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0, fmt.Errorf("telegram: %w: %q is no number", backend.ErrUnknown, text)
	}
	return n, nil
}
