package slack_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/backend"
)

// Markdown is shown as rich text, and as text in notifications.
func TestMarkdown(t *testing.T) {
	w := newWorkspace(t)
	h := w.run(w.newBot())
	w.says(alice, ops, "hello", nil) // makes alice known
	h.said("hello")
	h.resolve("@alice")
	ref := h.resolve("#ops")
	for _, test := range []struct{ body, shown, notice string }{
		{"All **hosts** are _up_, ~~down~~ `a*b`", "All hosts are up, down a*b", "All *hosts* are _up_, ~down~ `a*b`"},
		{"# Title\ntext", "Title\ntext", "*Title*\ntext"},
		{"a\n\nb", "a\n\nb", "a\n\nb"},
		{"  indented  text", "  indented  text", "  indented  text"},
		{"```go\nx := <-c & 1\n```\nafter", "x := <-c & 1\nafter", "```\nx := &lt;-c &amp; 1\n```\nafter"},
		{"- one\n- two\n  - three\n1. first\n2. second", "• one\n• two\n\n• three\n\n• first\n• second\n", "• one\n• two\n    • three\n1. first\n2. second"},
		{"5. five\n6. six", "• five\n• six\n", "5. five\n6. six"},
		{"> quoted\n> more\nnot", "quoted\nmore\nnot", "> quoted\n> more\nnot"},
		{"a | b\n--|--\n1 | 2", "", ""},
		{"[page](https://example.com/?a=1&b=2)", "page", "<https://example.com/?a=1&amp;b=2|page>"},
		{"see https://example.com.", "see https://example.com.", "see <https://example.com|https://example.com>."},
		{"[x](javascript:alert(1))", "x (javascript:alert(1))", "x (javascript:alert(1))"},
		{":tada: at 12:30:45 a:b:c", "{tada} at 12:30:45 a:b:c", ":tada: at 12:30:45 a:b:c"},
		{":white_check_mark: my_var_name", "{white_check_mark} my_var_name", ":white_check_mark: my_var_name"},
		{`\*not bold\* \:tada\:`, "*not bold* :tada:", "*not bold* :tada:"},
		{"&lt;b&gt; &copy; &", "<b> © &", "&lt;b&gt; © &amp;"},
		{"hi <@U0BOB1>, @alice. @nobody x@alice <#C0OPS1>", "hi @U0BOB1, @U0ALICE1. @nobody x@alice ", "hi <@U0BOB1>, <@U0ALICE1>. @nobody x@alice <#C0OPS1>"},
		{"<!here> <!channel> @here @channel", "<!here> <!channel> @here @channel", "&lt;!here&gt; &lt;!channel&gt; @here @channel"},
		{"```\n```", "```\n```", "```\n```"},
		{"2 * 3 * 4 | $x", "2 * 3 * 4 | $x", "2 * 3 * 4 | $x"},
	} {
		h.send(&backend.Message{Ref: ref, Body: test.body})
		s := h.shown(ops)
		if test.shown == "" {
			require.Contains(t, s.text, "┃ a ┃ b ┃")
			continue
		}
		require.Equal(t, test.shown, s.text, test.body)
		require.Equal(t, test.notice, s.notice, test.body)
		require.NotNil(t, s.raw["blocks"], test.body)
	}
}

func TestLongBodies(t *testing.T) {
	w := newWorkspace(t)
	h := w.run(w.newBot())
	body := strings.TrimSpace(strings.Repeat(strings.Repeat("x", 99)+"\n", 300))
	first := h.send(&backend.Message{Ref: h.resolve("#ops"), Body: body, Plain: true})
	var parts []string
	for range 3 {
		s := h.shown(ops)
		if parts == nil {
			require.Equal(t, first.ID, s.raw["ts"])
		}
		parts = append(parts, s.text)
	}
	require.Equal(t, body, strings.Join(parts, "\n"))
}

func TestExtras(t *testing.T) {
	w := newWorkspace(t)
	h := w.run(w.newBot())
	ref := h.resolve("#ops")
	attachments := []any{map[string]any{"title": "T", "text": "*x*", "color": "#36a64f", "fields": []any{map[string]any{"title": "n", "value": 1.0}}}}
	h.send(&backend.Message{Ref: ref, Body: "body", Extras: map[string]any{backend.ExtraAttachments: attachments}})
	s := h.shown(ops)
	require.Equal(t, "body", s.text)
	require.Equal(t, attachments, s.raw["attachments"], "as the author wrote them")

	blocks := []any{map[string]any{"type": "section", "text": map[string]any{"type": "mrkdwn", "text": "block"}}}
	h.send(&backend.Message{Ref: ref, Body: "for notifications", Extras: map[string]any{
		backend.ExtraBlocks: blocks, backend.ExtraUsername: "Deployer", backend.ExtraIcon: ":rocket:",
	}})
	s = h.shown(ops)
	require.Equal(t, "block", s.text)
	require.Equal(t, "for notifications", s.notice)
	require.Equal(t, "Deployer", s.username)
	require.Equal(t, ":rocket:", s.raw["icon_emoji"])
	require.Equal(t, []string{"attachments", "blocks", "username", "icon_emoji"}, h.bot.Extras())

	h.send(&backend.Message{Ref: ref, Extras: map[string]any{backend.ExtraAttachments: attachments}})
	require.Equal(t, "T", h.shown("card "+ops).card.Title)
	_, err := h.bot.Send(t.Context(), &backend.Message{Ref: ref, Body: "x", Extras: map[string]any{backend.ExtraUsername: 1}})
	require.ErrorContains(t, err, "username is no text")
}

// What Slack does not take of a message does not keep the rest from arriving.
func TestLessThanAll(t *testing.T) {
	w := newWorkspace(t)
	h := w.run(w.newBot())
	ref := h.resolve("#ops")
	w.fail("chat.postMessage", fault{code: "missing_scope"})
	h.send(&backend.Message{Ref: ref, Body: "no name", Extras: map[string]any{backend.ExtraUsername: "Deployer"}})
	require.Empty(t, h.shown(ops).username)

	h.send(&backend.Message{Ref: ref, Body: "text", Extras: map[string]any{backend.ExtraBlocks: []any{map[string]any{"type": "nonsense"}}}})
	require.Equal(t, "text", h.shown(ops).text)

	gone := ref
	gone.Thread = "1700000000.000100"
	sent := h.send(&backend.Message{Ref: gone, Body: "the thread is gone"})
	require.Empty(t, sent.Thread)
	require.Equal(t, "the thread is gone", h.shown(ops).text)

	w.fail("chat.postMessage", fault{code: "missing_scope"})
	_, err := h.bot.Send(t.Context(), &backend.Message{Ref: ref, Body: "nothing to leave out"})
	require.ErrorContains(t, err, "missing_scope")
}

func TestErrorsOfSending(t *testing.T) {
	w := newWorkspace(t)
	h := w.run(w.newBot())
	ref := h.resolve("#ops")
	var again *backend.RetryableError
	for _, f := range []fault{{limit: true}, {code: "ratelimited"}, {code: "internal_error"}, {code: "service_unavailable"}, {lost: true}} {
		w.fail("chat.postMessage", f)
		_, err := h.bot.Send(t.Context(), &backend.Message{Ref: ref, Body: "x"})
		require.ErrorAs(t, err, &again, "%+v", f)
		require.Equal(t, f.limit || f.code == "ratelimited", again.After >= time.Second, "%+v", f)
	}
	for _, code := range []string{"channel_not_found", "is_archived", "restricted_action", "not_in_channel"} {
		w.fail("chat.postMessage", fault{code: code})
		_, err := h.bot.Send(t.Context(), &backend.Message{Ref: ref, Body: code})
		require.ErrorContains(t, err, code)
		require.False(t, errors.As(err, &again), code)
		require.Equal(t, code == "channel_not_found", errors.Is(err, backend.ErrUnknown))
	}
}

// A message whose answer was lost is not sent twice, in the room and in a thread.
func TestLostAnswers(t *testing.T) {
	w := newWorkspace(t)
	h := w.run(w.newBot())
	root := h.send(&backend.Message{Ref: h.resolve("#ops"), Body: "root"})
	h.shown(ops)
	thread := root
	thread.Thread, thread.ID = root.ID, ""
	for where, ref := range map[string]backend.Ref{ops: h.resolve("#ops"), ops + " " + root.ID: thread} {
		m := &backend.Message{Ref: ref, Body: "once"}
		w.fail("chat.postMessage", fault{lost: true})
		_, err := h.bot.Send(t.Context(), m)
		var again *backend.RetryableError
		require.ErrorAs(t, err, &again)
		sent := h.send(m)
		require.Equal(t, sent.ID, h.shown(where).raw["ts"])
		h.send(&backend.Message{Ref: ref, Body: "next"})
		require.Equal(t, "next", h.shown(where).text, "nothing came twice")

		w.fail("chat.postMessage", fault{code: "internal_error"}) // nothing was taken
		_, err = h.bot.Send(t.Context(), m)
		require.ErrorAs(t, err, &again)
		h.send(m)
		require.Equal(t, "once", h.shown(where).text)
	}
}

// Who has given up does not try again: the same text is another message.
func TestSameTextAgain(t *testing.T) {
	w := newWorkspace(t)
	h := w.run(w.newBot())
	m := &backend.Message{Ref: h.resolve("#ops"), Body: "ok"}
	ctx, cancel := context.WithCancel(t.Context())
	wait := make(chan struct{})
	defer close(wait)
	w.fail("chat.postMessage", fault{wait: wait})
	ended := make(chan error)
	go func() {
		_, err := h.bot.Send(ctx, m)
		ended <- err
	}()
	require.Eventually(t, func() bool { return len(w.called("chat.postMessage")) == 1 }, patience, time.Millisecond)
	cancel()
	require.ErrorIs(t, <-ended, context.Canceled)
	for range 2 {
		h.send(m)
		require.Equal(t, "ok", h.shown(ops).text)
	}
	require.Empty(t, w.called("conversations.history"))
}

func TestWhispers(t *testing.T) {
	w := newWorkspace(t)
	h := w.run(w.newBot())
	m := &backend.Message{Ref: h.resolve("#ops"), Body: "for **you**"}
	_, err := h.bot.Whisper(t.Context(), m, *h.resolve("@alice").Person)
	require.NoError(t, err)
	require.Equal(t, "for you", h.shown("whisper "+alice).text)
	_, err = h.bot.Whisper(t.Context(), m, *h.resolve("<@U0STRANGE1>").Person)
	require.ErrorIs(t, err, errors.ErrUnsupported, "who is not in the channel is told in private")
}

func TestFilesInThreads(t *testing.T) {
	w := newWorkspace(t)
	h := w.run(w.newBot())
	root := h.send(&backend.Message{Ref: h.resolve("#ops"), Body: "root"})
	ref := root
	ref.Thread = root.ID
	_, err := h.bot.SendFile(t.Context(), &backend.Upload{Name: "a.txt", Content: []byte("x")}, &backend.Message{Ref: ref, Body: "see **this**"})
	require.NoError(t, err)
	require.Equal(t, "see this", h.shown(ops+" "+root.ID).text)
	w.fail("files.getUploadURLExternal", fault{code: "file_upload_size_restricted"})
	_, err = h.bot.SendFile(t.Context(), &backend.Upload{Name: "a.txt", Content: []byte("x")}, &backend.Message{Ref: ref})
	require.ErrorIs(t, err, backend.ErrFileTooLarge)
}

func TestJoiningPrivateChannels(t *testing.T) {
	w := newWorkspace(t)
	h := w.run(w.newBot())
	require.ErrorIs(t, h.bot.Join(t.Context(), "#secret", "", ""), backend.ErrUnknown)
	w.mu.Lock()
	w.enter(w.channels[secret], botUser, alice)
	w.mu.Unlock()
	require.Equal(t, alice, next[backend.RoomChange](h).By.ID)
	require.Eventually(t, func() bool {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		return h.bot.Join(ctx, "<#C0SECRET1>", "", "") == nil
	}, patience, time.Millisecond)
}
