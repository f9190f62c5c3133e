package telegram_test

import (
	"bytes"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/go-telegram/bot/models"
	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/backend/telegram"
)

// Nothing is lost or doubled over clean stops and cuts.
func TestRestarts(t *testing.T) {
	f := newFake(t)
	for range 3 {
		h := run(t, f.newBot(t, nil))
		f.say(group, "now", nil)
		require.Equal(t, "now", h.message().Body)
		h.stop()
		require.NoError(t, h.end())
		require.Empty(t, f.updates, "what was dealt with is confirmed at a clean stop")
		f.say(group, "meanwhile", nil)
		bot := f.newBot(t, nil)
		h = run(t, bot)
		require.Equal(t, "meanwhile", h.message().Body)
		f.cut()
		require.Error(t, h.end())
		f.say(group, "in the gap", nil)
		h = run(t, bot)
		require.Equal(t, "in the gap", h.message().Body)
		h.stop()
		require.NoError(t, h.end())
		require.Empty(t, h.messages)
	}
}

// A process that dies has begun what it was told: with a file, the next one does not begin
// it again, although it is not confirmed.
func TestOffsetFile(t *testing.T) {
	f := newFake(t)
	path := filepath.Join(t.TempDir(), "data", "offset")
	keep := func(o *telegram.Options) { o.OffsetFile = path }
	h := run(t, f.newBot(t, keep))
	f.say(group, "!deploy", nil)
	require.Equal(t, "!deploy", h.message().Body)
	noted, err := os.ReadFile(path)
	require.NoError(t, err)
	h.stop()
	require.NoError(t, h.end())

	require.NoError(t, os.WriteFile(path, noted, 0o600))
	f.mu.Lock()
	f.updates = nil
	f.lastID--
	f.mu.Unlock()
	f.say(group, "!deploy", nil) // the same number: not confirmed, and told again
	f.say(group, "!status", nil)
	h = run(t, f.newBot(t, keep))
	require.Equal(t, "!status", h.message().Body)

	// After a week without updates Telegram begins with other numbers.
	require.NoError(t, os.WriteFile(path, []byte("999999 "+time.Now().Add(-7*24*time.Hour).Format(time.RFC3339)), 0o600))
	h.stop()
	require.NoError(t, h.end())
	require.NoError(t, os.WriteFile(path, []byte("999999 "+time.Now().Add(-7*24*time.Hour).Format(time.RFC3339)), 0o600))
	h = run(t, f.newBot(t, keep))
	f.say(group, "!again", nil)
	require.Equal(t, "!again", h.message().Body)

	require.NoError(t, os.WriteFile(path, []byte("what?"), 0o600))
	require.ErrorContains(t, begin(t, f.newBot(t, keep)).end(), "does not say which updates")
}

// Another process with the same token takes the messages: both are told, and neither is
// refused for good, because the other one may be the one that is about to stop.
func TestConflict(t *testing.T) {
	f := newFake(t)
	first := run(t, f.newBot(t, nil))
	run(t, f.newBot(t, nil))
	err := first.end()
	require.ErrorContains(t, err, "another process is running with the same token")
	require.NotErrorIs(t, err, backend.ErrRefused)
}

func TestRefusals(t *testing.T) {
	for refusal, says := range map[string]string{
		"409 Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first": "has a webhook",
		"401 Unauthorized": "does not know the bot's token",
	} {
		f := newFake(t)
		f.refusal = refusal
		err := begin(t, f.newBot(t, nil)).end()
		require.ErrorIs(t, err, backend.ErrRefused)
		require.ErrorContains(t, err, says)
		require.NotContains(t, err.Error(), token)
		require.Len(t, f.offsets, 1, "Run must not try again by itself")
	}
}

// The token is part of every address; it is in no error.
func TestTokenIsSecret(t *testing.T) {
	f := newFake(t)
	bot := f.newBot(t, nil)
	h := run(t, bot)
	ops := resolve(t, bot, "-1001")
	f.mu.Lock()
	f.silent = 1
	f.mu.Unlock()
	_, err := bot.Send(t.Context(), &backend.Message{Ref: ops, Body: "once"})
	require.ErrorContains(t, err, "not known whether")
	require.NotContains(t, err.Error(), token)
	var again *backend.RetryableError
	require.False(t, errors.As(err, &again), "sending it again may double it")
	f.cut()
	require.NotContains(t, h.end().Error(), token)
}

// What did not reach Telegram, or what it could not deal with, can be sent again.
func TestRetries(t *testing.T) {
	f := newFake(t)
	bot := f.newBot(t, nil)
	run(t, bot)
	f.mu.Lock()
	f.failing = 1
	f.mu.Unlock()
	_, err := bot.Send(t.Context(), &backend.Message{Ref: resolve(t, bot, "7001"), Body: "once"})
	var again *backend.RetryableError
	require.True(t, errors.As(err, &again), "%v", err)
	_, err = bot.Send(t.Context(), &backend.Message{Ref: backend.ToPerson(backend.Person{ID: "7002"}), Body: "hello"})
	require.ErrorContains(t, err, "has not started a conversation")
}

func TestPrivacyModeIsTold(t *testing.T) {
	f := newFake(t)
	f.readsAll = false
	var logged bytes.Buffer
	bot := f.newBot(t, func(o *telegram.Options) { o.Log = slog.New(slog.NewTextHandler(&logged, nil)) })
	for range 2 {
		h := run(t, bot)
		h.stop()
		require.NoError(t, h.end())
	}
	require.Equal(t, 1, bytes.Count(logged.Bytes(), []byte("privacy mode")))
}

// An update that cannot be understood is left out, and confirmed like all others.
func TestUnknownUpdate(t *testing.T) {
	f := newFake(t)
	h := run(t, f.newBot(t, nil))
	f.mu.Lock()
	m := f.message(group, "")
	f.tell(&models.Update{MessageReaction: &models.MessageReactionUpdated{Chat: m.Chat, User: m.From, NewReaction: []models.ReactionType{{
		Type: models.ReactionTypeTypeEmoji, ReactionTypeEmoji: &models.ReactionTypeEmoji{}, // becomes of another type
	}}}})
	f.mangle = `"type":"emoji"`
	f.mu.Unlock()
	f.say(group, "and on", nil)
	require.Equal(t, "and on", h.message().Body)
}
