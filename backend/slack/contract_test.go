package slack_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/backend/backendtest"
	"github.com/go-errbot/errbot/backend/chattest"
	"github.com/go-errbot/errbot/backend/slack"
)

func TestContract(t *testing.T) {
	backendtest.Run(t, func(t testing.TB) backendtest.Network { return newWorkspace(t).network() })
}

func TestConversation(t *testing.T) {
	w := newWorkspace(t)
	w.lossy = false
	chattest.Run(t, w.network())
}

// network is the workspace with alice as the person. Slack does not tell an app in Socket
// Mode who is online.
func (w *workspace) network() backendtest.Network {
	wrong := w.options()
	wrong.Token = "xoxb-wrong"
	refused, err := slack.New(wrong)
	require.NoError(w, err)
	said := ""
	place := func(room string) string {
		if room == "" {
			return direct
		}
		return ops
	}
	return backendtest.Network{
		Backend: w.newBot(),
		Refused: refused,
		Person:  "@alice", Room: "#ops", Unknown: "@nobody", Empty: "#empty",
		Say: func(room, text string) { said = w.says(alice, place(room), escaped(text), nil) },
		Heard: func(ctx context.Context, room string) (string, error) {
			s, err := w.sees(ctx, place(room))
			return s.text, err
		},
		Cannot:      []backendtest.Feature{backendtest.Presence},
		Cut:         w.cut,
		Restart:     w.cut,
		Throttle:    func() { w.fail("chat.postMessage", fault{limit: true}) },
		Echo:        func(text string) { w.says(botUser, ops, text, object{"bot_id": botID}) },
		SayDelayed:  func(text string) { w.says(alice, ops, text, object{"ts": "1700000000.000100"}) },
		Change:      func(text string) { w.rewrites(ops, said, text) },
		HeardChange: func(ctx context.Context) (string, error) { return await(ctx, w.changes) },
		Answer:      func(to backend.Ref, text string) { w.says(alice, ops, escaped(text), object{"thread_ts": root(to)}) },
		HeardAnswer: func(ctx context.Context, to backend.Ref) (string, error) {
			s, err := w.sees(ctx, ops+" "+root(to))
			return s.text, err
		},
		Call: func(text string) { w.says(alice, ops, "<@"+botUser+"> "+text, nil) },
		HeardCall: func(ctx context.Context) (string, bool, error) {
			s, err := w.sees(ctx, ops)
			return s.text, s.calls(alice), err
		},
		SayFile: w.saysFile,
		HeardFile: func(ctx context.Context) (string, []byte, error) {
			s, err := w.sees(ctx, "file "+ops)
			if err != nil {
				return "", nil, err
			}
			return s.file.name, s.file.content, nil
		},
		React: func(to backend.Ref, name string, remove bool) { w.reacts(alice, ops, to.ID, name, remove) },
		HeardReaction: func(ctx context.Context) (string, bool, error) {
			r, err := await(ctx, w.reacted)
			return r[0], r[1] == "reactions.remove", err
		},
		SeenAs: func(ctx context.Context, status string) error {
			got, err := await(ctx, w.presence)
			if err == nil {
				require.Equal(w, map[string]string{"online": "auto", "away": "away"}[status], got)
			}
			return err
		},
		Walk: func(in bool) {
			w.mu.Lock()
			defer w.mu.Unlock()
			if in {
				w.enter(w.channels[ops], alice, "")
			} else {
				w.exit(w.channels[ops], alice)
			}
		},
		Invited: func(ctx context.Context) error {
			who, err := await(ctx, w.invited)
			if err == nil {
				require.Equal(w, alice, who)
			}
			return err
		},
		HeardCard: func(ctx context.Context) (backend.Card, error) {
			s, err := w.sees(ctx, "card "+ops)
			if err != nil {
				return backend.Card{}, err
			}
			return *s.card, nil
		},
		Patience: 10 * time.Second,
	}
}

// root is the ID of the thread that a message begins or is in.
func root(to backend.Ref) string {
	if to.Thread != "" {
		return to.Thread
	}
	return to.ID
}

func await[T any](ctx context.Context, from <-chan T) (T, error) {
	select {
	case v := <-from:
		return v, nil
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	}
}

// rewrites makes alice change what she said.
func (w *workspace) rewrites(channelID, ts, text string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	m := w.message(channelID, ts)
	before := object{"user": m["user"], "ts": ts, "text": m["text"], "type": "message"}
	m["text"] = text
	now := object{"user": m["user"], "ts": ts, "text": text, "type": "message", "edited": object{"user": alice, "ts": w.ts()}}
	w.tell(object{
		"type": "message", "subtype": "message_changed", "hidden": true, "channel": channelID, "channel_type": "channel",
		"ts": w.ts(), "event_ts": w.ts(), "message": now, "previous_message": before,
	})
}

func (w *workspace) saysFile(name string, content []byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	id := w.next("F0")
	w.files[id] = &upload{name: name, content: content}
	w.put(ops, object{"user": alice, "subtype": "file_share", "text": "", "files": []object{w.fileInfo(id)}})
}

func (w *workspace) reacts(who, channelID, ts, name string, remove bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	kind := "reaction_added"
	if remove {
		kind = "reaction_removed"
	}
	w.tell(object{
		"type": kind, "user": who, "reaction": name, "item_user": botUser,
		"item": object{"type": "message", "channel": channelID, "ts": ts}, "event_ts": w.ts(),
	})
}
