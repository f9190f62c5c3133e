package client_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/go-errbot/errbot/st2/client"
	"github.com/go-errbot/errbot/st2/st2test"
	"github.com/stretchr/testify/require"
)

// forUsers returns a StackStorm and a Client that speaks as the bot there.
func forUsers(t *testing.T, options ...st2test.Option) (*st2test.Server, *client.Client) {
	t.Helper()
	srv := st2test.New(t, options...)
	srv.AddUser("alice", "PASSWORD-SECRET")
	return srv, newClient(t, client.Config{
		AuthURL: srv.AuthURL(), APIURL: srv.APIURL(), StreamURL: srv.StreamURL(),
		Credential: client.APIKey{Key: "key"}, UserTokenTTL: 2 * time.Hour,
	})
}

// A user's password becomes a token of the life that is asked for, or of the server's own
// where that allows less.
func TestLogin(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ allowed, want time.Duration }{
		"as asked":          {24 * time.Hour, 2 * time.Hour},
		"as long as it may": {time.Hour, time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			_, bot := forUsers(t, st2test.WithTokenTTL(c.allowed))
			token, expires, err := bot.Login(t.Context(), client.Password{User: "alice", Password: "PASSWORD-SECRET"})
			require.NoError(t, err)
			require.WithinDuration(t, time.Now().Add(c.want), expires, time.Minute)
			user, err := bot.WithCredential(token).Validate(t.Context())
			require.NoError(t, err)
			require.Equal(t, "alice", user.Username)
		})
	}
}

func TestLoginIsRefused(t *testing.T) {
	t.Parallel()
	_, bot := forUsers(t)
	for _, p := range []client.Password{
		{User: "alice", Password: "another-SECRET"},
		{User: "SECRET", Password: "alice"},
		{User: "SECRET:", Password: "PASSWORD-SECRET"},
		{User: "alice"}, {},
	} {
		_, _, err := bot.Login(t.Context(), p)
		require.ErrorIs(t, err, client.ErrCredentialRejected)
		require.NotContains(t, err.Error(), "SECRET")
	}
}

// The errors of one user's requests can be put into other words; nobody else's are.
func TestOnError(t *testing.T) {
	t.Parallel()
	_, bot := forUsers(t)
	wrapped := errors.New("in other words")
	calls := 0
	alice := bot.WithCredential(client.Token{Token: "unknown"}).OnError(func(ctx context.Context, err error) error {
		require.Equal(t, t.Context(), ctx)
		calls++
		return errors.Join(wrapped, err)
	})
	_, err := alice.Validate(t.Context())
	require.ErrorIs(t, err, wrapped)
	require.ErrorIs(t, err, client.ErrCredentialRejected)
	_, err = alice.MatchAndExecute(t.Context(), client.MatchRequest{Command: "x"})
	require.ErrorIs(t, err, wrapped)
	require.NotErrorIs(t, err, client.ErrMaybeStarted)
	require.Equal(t, 2, calls)
	_, err = bot.Validate(t.Context())
	require.NotErrorIs(t, err, wrapped)
	_, err = alice.WithCredential(client.Token{Token: "another"}).Validate(t.Context())
	require.NotErrorIs(t, err, wrapped)
}
