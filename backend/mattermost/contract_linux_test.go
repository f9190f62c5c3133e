package mattermost_test

import (
	"context"
	"testing"
	"time"

	"github.com/mattermost/mattermost-server/v6/model"
	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/backend/backendtest"
)

const patience = 15 * time.Second

func TestContract(t *testing.T) {
	backendtest.Run(t, func(t testing.TB) backendtest.Network {
		s := newScene(t)
		channel := func(room string) string {
			if room == "" {
				return s.direct.Id
			}
			return s.room.Id
		}
		twin := s.client()
		twin.SetToken(s.token)
		return backendtest.Network{
			Backend: s.bot,
			Person:  s.alice.address(),
			Room:    "~" + s.room.Name,
			Unknown: "@nobody-at-all",
			Say:     func(room, text string) { s.alice.say(channel(room), text) },
			Heard: func(ctx context.Context, room string) (string, error) {
				post, err := s.alice.heard(ctx, channel(room))
				if err != nil {
					return "", err
				}
				return shown(post.Message), nil
			},
			Echo: func(text string) {
				_, _, err := twin.CreatePost(&model.Post{ChannelId: s.room.Id, Message: text})
				require.NoError(t, err)
			},
			Cut: s.proxy.cut,
			Cannot: []backendtest.Feature{
				backendtest.Delays,
				backendtest.Credentials, backendtest.RateLimits, backendtest.Floods, backendtest.Edits, backendtest.Threads,
				backendtest.Mentions, backendtest.FilesIn, backendtest.Reactions, backendtest.Presence,
				backendtest.RoomChanges, backendtest.Invitations,
			},
			Patience: patience,
		}
	})
}
