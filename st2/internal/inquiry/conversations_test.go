package inquiry_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/st2/client"
	"github.com/go-errbot/errbot/st2/internal/form"
	"github.com/go-errbot/errbot/st2/internal/inquiry"
)

// talk is conversations with what came of them.
type talk struct {
	*inquiry.Conversations
	chat *chat
	sent chan string
}

func newTalk(t testing.TB) *talk {
	t.Helper()
	x := &talk{chat: newChat(t), sent: make(chan string, 10)}
	x.Conversations = inquiry.NewConversations(inquiry.Talk{
		Chat: x.chat, Prefix: "!", Longest: time.Minute,
		Send: func(_ context.Context, p backend.Person, o *inquiry.Open, _ *form.Form, response inquiry.Response) string {
			text, err := json.Marshal(response)
			require.NoError(t, err)
			x.sent <- p.ID + " " + o.ID + " " + string(text)
			return "Sent."
		},
	})
	return x
}

func parse(t testing.TB, schema json.RawMessage) *form.Form {
	t.Helper()
	f, err := form.Parse(schema)
	require.NoError(t, err)
	return f
}

// from returns what somebody says in a room.
func from(who, room, text string) *backend.Message {
	return &backend.Message{From: backend.Person{ID: who}, Ref: backend.ToRoom(backend.Room{ID: room}), Body: text}
}

// begin begins to ask somebody in the room ops.
func (x *talk) begin(t testing.TB, who string) {
	t.Helper()
	m := from(who, "ops", "!answer i1")
	lines, err := x.Ask(m, m.Ref, &inquiry.Open{Inquiry: client.Inquiry{ID: "i1"}}, parse(t, schema), "!answer")
	require.NoError(t, err)
	require.Equal(t, []string{`Inquiry i1. Your next messages here are the answers; "cancel" ends this.`, "1 of 2: who (text; required)"}, lines)
	x.Overhear(t.Context(), m) // the command itself is no answer
}

const second = "2 of 2: n (a whole number; 3 when left out)\n\"skip\" leaves it out."

func TestQuestionByQuestion(t *testing.T) {
	t.Parallel()
	x := newTalk(t)
	x.begin(t, "alice")
	for _, other := range []*backend.Message{from("bob", "ops", "x"), from("alice", "dev", "x"), from("alice", "ops", "!status")} {
		x.Overhear(t.Context(), other)
	}
	require.Empty(t, x.chat.said)
	x.Overhear(t.Context(), from("alice", "ops", " “Ann” "))
	x.chat.expect(t, second)
	x.Overhear(t.Context(), from("alice", "ops", "many"))
	x.chat.expect(t, "n has to be a whole number, not \"many\".\n"+second)
	x.Overhear(t.Context(), from("alice", "ops", strings.Repeat("1", form.MaxAnswer+1)))
	x.chat.expect(t, "That is too long for an answer.\n"+second)
	x.Overhear(t.Context(), from("alice", "ops", "SKIP"))
	require.Equal(t, `alice i1 {"n":3,"who":"\"Ann\""}`, <-x.sent)
	x.chat.expect(t, "Sent.")
	x.Overhear(t.Context(), from("alice", "ops", "Ann"))
	require.Empty(t, x.chat.said)
}

// What is offered as a command is taken once, and only where it may be an answer.
func TestOffer(t *testing.T) {
	t.Parallel()
	x := newTalk(t)
	require.False(t, x.Offer(t.Context(), from("alice", "ops", "help"), "help", true), "nothing is asked")
	x.begin(t, "alice")
	command := from("alice", "ops", "!help")
	require.False(t, x.Offer(t.Context(), command, "help", true))
	x.Overhear(t.Context(), command)
	mention := from("alice", "ops", "help")
	require.False(t, x.Offer(t.Context(), mention, "help", false))
	x.Overhear(t.Context(), mention)
	require.Empty(t, x.chat.said)
	answer := from("alice", "ops", "help")
	require.True(t, x.Offer(t.Context(), answer, "help", true))
	require.True(t, x.Offer(t.Context(), answer, "help", true), "for a second command that matches")
	x.Overhear(t.Context(), answer)
	x.chat.expect(t, second)
	require.Empty(t, x.chat.said)
}

func TestConversationEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := newTalk(t)
		x.begin(t, "alice")
		x.Overhear(t.Context(), from("alice", "ops", "Cancel"))
		x.chat.expect(t, "Nothing was sent. Inquiry i1 is still open.")
		x.begin(t, "alice")
		x.begin(t, "alice") // in place of the other
		begin := time.Now()
		x.chat.expect(t, "I do not wait any longer for answers to inquiry i1. Nothing was sent; it is still open.")
		require.Equal(t, time.Minute, time.Since(begin))
		x.Overhear(t.Context(), from("alice", "ops", "Ann"))
		synctest.Wait()
		require.Empty(t, x.chat.said)
	})
}

func TestConversationsAreBounded(t *testing.T) {
	t.Parallel()
	x := newTalk(t)
	o := &inquiry.Open{Inquiry: client.Inquiry{ID: "i1"}}
	ask := func(who string, f *form.Form) error {
		m := from(who, "ops", "!answer i1")
		_, err := x.Ask(m, m.Ref, o, f, "!answer")
		return err
	}
	require.EqualError(t, ask("alice", parse(t, json.RawMessage(`{}`))),
		"Inquiry i1 does not say what it wants to know. Answer it with name=value or JSON: !answer i1 {}")
	var many []string
	for n := range 51 {
		many = append(many, fmt.Sprintf(`"q%d":{}`, n))
	}
	require.EqualError(t, ask("alice", parse(t, json.RawMessage(`{"properties":{`+strings.Join(many, ",")+`}}`))),
		"Inquiry i1 has 51 questions, which are too many to ask one by one. Answer it at once: !answer i1 name=value …")
	for n := range 100 {
		require.NoError(t, ask(fmt.Sprint(n), parse(t, schema)))
	}
	require.EqualError(t, ask("alice", parse(t, schema)),
		"I am asking too many people already. Please give the whole answer at once: !answer i1 name=value …")
	require.NoError(t, ask("7", parse(t, schema)), "in place of what the same person was asked")
}

// Whatever is said, each answer leads to one more question, a correction, the response or the end.
func FuzzConversation(f *testing.F) {
	for _, text := range []string{"", "x", "skip", "cancel", "3", "-1", "1e3", "null", "{}", "\x00", "“”"} {
		f.Add(text, text)
	}
	f.Fuzz(func(t *testing.T, one, two string) {
		x := newTalk(t)
		x.begin(t, "alice")
		for _, text := range []string{one, two} {
			m := from("alice", "ops", "")
			if x.Offer(t.Context(), m, text, true) {
				require.NotEmpty(t, x.chat.next(t).Body)
			}
		}
		if len(x.sent) > 0 {
			require.True(t, json.Valid([]byte(strings.TrimPrefix(<-x.sent, "alice i1 "))))
		}
	})
}
