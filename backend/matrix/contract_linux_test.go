package matrix_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/backend/backendtest"
	"github.com/go-errbot/errbot/backend/matrix"
)

func isSend(r *http.Request) bool {
	return r.Method == http.MethodPut && strings.Contains(r.URL.Path, "/send/")
}

func isSync(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/sync") }

func TestContract(t *testing.T) {
	backendtest.Run(t, func(t testing.TB) backendtest.Network { return newScene(t).network() })
}

// network is the scene as the contract sees it.
func (s *scene) network() backendtest.Network {
	last, reaction := "", ""
	empty := s.twin.createRoom(object{"preset": "private_chat", "room_alias_name": strings.TrimPrefix(strings.TrimSuffix(s.alias, ":"+serverName), "#") + "-empty"})
	place := func(room string) string {
		if room == "" {
			return s.direct
		}
		return s.room
	}
	root := func(to backend.Ref) string {
		if to.Thread != "" {
			return to.Thread
		}
		return to.ID
	}
	return backendtest.Network{
		Backend:  s.bot,
		Person:   s.alice.user,
		Room:     s.alias,
		Unknown:  "@nobody-at-all:" + serverName,
		Patience: patience,
		Emoji:    "tada",
		Cannot: []backendtest.Feature{
			// What was missed comes with its age only; see TestOldMessagesOfTheGapAreDelayed.
			backendtest.Delays,
		},
		Say: func(room, text string) { last = s.alice.say(place(room), text) },
		Heard: func(ctx context.Context, room string) (string, error) {
			e, err := s.alice.seen(ctx, "message", place(room))
			return e.shown(), err
		},
		Refused:  s.another(func(o *matrix.Options) { o.Token = "wrong-token" }),
		Cut:      s.front.cut,
		Throttle: s.front.throttle,
		Restart:  s.restart,
		Echo:     func(text string) { s.twin.say(s.room, text) },
		Change: func(text string) {
			s.alice.event(s.room, "m.room.message", object{
				"msgtype": "m.text", "body": "* " + text,
				"m.new_content": object{"msgtype": "m.text", "body": text},
				"m.relates_to":  object{"rel_type": "m.replace", "event_id": last},
			})
		},
		HeardChange: func(ctx context.Context) (string, error) {
			e, err := s.alice.seen(ctx, "change", s.room)
			if err != nil {
				return "", err
			}
			return e.Content.New.Body, nil
		},
		Answer: func(to backend.Ref, text string) {
			s.alice.event(s.room, "m.room.message", object{
				"msgtype": "m.text", "body": text,
				"m.relates_to": object{"rel_type": "m.thread", "event_id": root(to)},
			})
		},
		HeardAnswer: func(ctx context.Context, to backend.Ref) (string, error) {
			e, err := s.alice.seen(ctx, "answer", root(to))
			return e.shown(), err
		},
		Call: func(text string) {
			link := `<a href="https://matrix.to/#/` + url.PathEscape(s.twin.user) + `">bot</a> ` + text
			s.alice.event(s.room, "m.room.message", object{
				"msgtype": "m.text", "body": "bot " + text, "format": "org.matrix.custom.html", "formatted_body": link,
				"m.mentions": object{"user_ids": []string{s.twin.user}},
			})
		},
		HeardCall: func(ctx context.Context) (string, bool, error) {
			e, err := s.alice.seen(ctx, "message", s.room)
			return e.shown(), e.mentions(s.alice.user), err
		},
		SayFile: func(name string, content []byte) {
			s.alice.event(s.room, "m.room.message", object{
				"msgtype": "m.file", "body": name, "url": s.alice.upload(name, content), "info": object{"size": len(content)},
			})
		},
		HeardFile: func(ctx context.Context) (string, []byte, error) {
			e, err := s.alice.seen(ctx, "file", s.room)
			if err != nil {
				return "", nil, err
			}
			return e.Content.FileName, s.alice.download(e.Content.URL), nil
		},
		React: func(to backend.Ref, name string, remove bool) {
			require.Equal(s, "tada", name)
			if remove {
				s.alice.redact(s.room, reaction)
				return
			}
			reaction = s.alice.event(s.room, "m.reaction", object{
				"m.relates_to": object{"rel_type": "m.annotation", "event_id": to.ID, "key": "🎉"},
			})
		},
		HeardReaction: func(ctx context.Context) (string, bool, error) {
			select {
			case e := <-s.alice.queue("reaction", s.room):
				reaction = e.ID
				return map[string]string{"🎉": "tada"}[e.Content.Relates.Key], false, nil
			case e := <-s.alice.queue("redaction", s.room):
				if e.Redacts != reaction {
					return "", true, errors.New("something else is gone")
				}
				return "tada", true, nil
			case <-ctx.Done():
				return "", false, ctx.Err()
			}
		},
		Appear: func(status string) {
			s.alice.must("PUT", "presence/"+url.PathEscape(s.alice.user)+"/status", object{"presence": presences[status]}, nil)
		},
		SeenAs: func(ctx context.Context, status string) error {
			for {
				e, err := s.alice.seen(ctx, "presence", s.twin.user)
				if err != nil || e.Content.Presence == presences[status] {
					return err
				}
			}
		},
		Walk: func(in bool) {
			if in {
				s.alice.join(s.room)
			} else {
				s.alice.leave(s.room)
			}
		},
		Empty: empty,
		Invited: func(ctx context.Context) error {
			_, err := s.alice.seen(ctx, "invite", empty)
			return err
		},
	}
}

// restart ends the server and starts it again.
func (s *scene) restart() {
	s.alice.stop()
	s.kill()
	require.NoError(s, s.start())
	s.alice.begin()
}

var presences = map[string]string{"online": "online", "away": "unavailable"}
