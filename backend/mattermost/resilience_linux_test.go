package mattermost_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/backend/mattermost"
)

// What was said too long ago is not acted upon.
func TestOldMessagesOfTheGapAreDelayed(t *testing.T) {
	s := newScene(t, func(o *mattermost.Options) { o.CatchUp = -1 })
	h := s.connect()
	s.alice.say(s.room.Id, "before")
	require.Equal(t, "before", next[*backend.Message](h).Body)
	s.proxy.cut()
	require.Error(t, h.end())
	s.alice.say(s.room.Id, "while away")
	h = s.connect()
	m := next[*backend.Message](h)
	require.Equal(t, "while away", m.Body)
	require.True(t, m.Delayed)
	s.alice.say(s.room.Id, "now")
	require.False(t, next[*backend.Message](h).Delayed)
}

// What was said in a room before the bot was asked in is not meant for it; a conversation
// that somebody has begun meanwhile is.
func TestGapInNewPlaces(t *testing.T) {
	s := newScene(t)
	h := s.connect()
	s.proxy.cut()
	require.Error(t, h.end())
	bob := s.person("bob")
	fresh := s.channel(bob.me.Id)
	bob.say(fresh.Id, "before the bot was here")
	_, _, err := s.admin.AddChannelMember(fresh.Id, s.account.UserId)
	require.NoError(t, err)
	bob.say(fresh.Id, "with the bot")
	direct, _, err := bob.CreateDirectChannel(bob.me.Id, s.account.UserId)
	require.NoError(t, err)
	bob.say(direct.Id, "in private")
	h = s.connect()
	require.Equal(t, "with the bot", next[*backend.Message](h).Body)
	require.Equal(t, "in private", next[*backend.Message](h).Body)
}

// The connection is lost while it is being made, at every point.
func TestCutWhileConnecting(t *testing.T) {
	s := newScene(t)
	for i := range 30 {
		h := s.run()
		after := time.NewTimer(time.Duration(i) * 2 * time.Millisecond)
	wait:
		for {
			select {
			case <-after.C:
				s.proxy.cut()
				break wait
			case err := <-h.ended:
				require.NotErrorIs(t, err, backend.ErrRefused)
				h.ended <- err
				break wait
			}
		}
		select {
		case err := <-h.ended: // a cut between two requests is not even noticed
			require.NotErrorIs(t, err, backend.ErrRefused)
		case <-h.connected:
			h.cancel()
			require.NotErrorIs(t, h.end(), backend.ErrRefused)
		}
	}
	h := s.connect()
	s.alice.say(s.room.Id, "after all that")
	require.Equal(t, "after all that", next[*backend.Message](h).Body)
}

// A server that is restarted loses its side of the connection.
func TestServerRestart(t *testing.T) {
	s := newScene(t)
	h := s.connect()
	s.alice.say(s.room.Id, "before")
	require.Equal(t, "before", next[*backend.Message](h).Body)
	s.kill()
	require.Error(t, h.end())
	_, err := s.bot.Send(t.Context(), &backend.Message{Ref: backend.ToRoom(backend.Room{ID: s.room.Id}), Body: "no"})
	var again *backend.RetryableError
	require.ErrorAs(t, err, &again)
	require.NotErrorIs(t, s.run().end(), backend.ErrRefused)
	require.NoError(t, s.start())
	s.alice.listen(s.url)
	s.alice.say(s.room.Id, "after")
	h = s.connect()
	require.Equal(t, "after", next[*backend.Message](h).Body)
	s.send(&backend.Message{Ref: s.roomRef(), Body: "still here"})
	require.Equal(t, "still here", s.alice.hear(s.room.Id).Message)
}
