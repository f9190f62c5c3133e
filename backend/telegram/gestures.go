package telegram

import (
	"context"
	"slices"
	"strings"

	"github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"
	"github.com/kyokomi/emoji/v2"

	"github.com/go-errbot/errbot/backend"
)

// Edit implements [backend.Editor]. The new text must fit into one message.
func (b *Backend) Edit(ctx context.Context, m *backend.Message) error {
	t, id, err := b.messageAt(ctx, m.Ref)
	if err != nil {
		return err
	}
	text := b.render(m)
	_, err = b.api.EditMessageText(ctx, &bot.EditMessageTextParams{
		ChatID: t.chat, MessageID: id, Text: text.text, Entities: text.entities(),
		LinkPreviewOptions: &models.LinkPreviewOptions{IsDisabled: bot.True()},
	})
	if err != nil && strings.Contains(err.Error(), "message is not modified") {
		return nil
	}
	return check(ctx, "edit a message", err)
}

// messageAt returns the place and the number of a message.
func (b *Backend) messageAt(ctx context.Context, at backend.Ref) (target, int, error) {
	t, err := b.target(ctx, at)
	if err != nil {
		return t, 0, err
	}
	id, err := number(at.ID)
	return t, id, err
}

// React implements [backend.Reactor]. A bot has one reaction on a message: a new one takes
// the place of the last. Telegram takes certain emoji only.
func (b *Backend) React(ctx context.Context, to backend.Ref, name string) error {
	if text, ok := emoji.CodeMap()[":"+name+":"]; ok {
		name = strings.TrimSpace(text)
	}
	return b.react(ctx, to, "react with "+name, []models.ReactionType{{
		Type:              models.ReactionTypeTypeEmoji,
		ReactionTypeEmoji: &models.ReactionTypeEmoji{Type: models.ReactionTypeTypeEmoji, Emoji: name},
	}})
}

// Unreact implements [backend.Reactor]: it takes the bot's only reaction away.
func (b *Backend) Unreact(ctx context.Context, to backend.Ref, name string) error {
	return b.react(ctx, to, "take back "+name, []models.ReactionType{})
}

func (b *Backend) react(ctx context.Context, to backend.Ref, what string, reactions []models.ReactionType) error {
	t, id, err := b.messageAt(ctx, to)
	if err != nil {
		return err
	}
	_, err = b.api.SetMessageReaction(ctx, &bot.SetMessageReactionParams{ChatID: t.chat, MessageID: id, Reaction: reactions})
	return check(ctx, what, err)
}

// emojiName returns the name of an emoji; one without a name stays what it is.
func emojiName(text string) string {
	names := emoji.RevCodeMap()[text]
	i := slices.IndexFunc(names, func(name string) bool { return name[1] >= 'a' && name[1] <= 'z' })
	if i < 0 {
		return text
	}
	return strings.Trim(names[i], ":")
}

// Typing implements [backend.Typer].
func (b *Backend) Typing(ctx context.Context, at backend.Ref) error {
	t, err := b.target(ctx, at)
	if err != nil {
		return err
	}
	_, err = b.api.SendChatAction(ctx, &bot.SendChatActionParams{ChatID: t.chat, MessageThreadID: t.topic, Action: models.ChatActionTyping})
	return check(ctx, "show that the bot is typing", err)
}
