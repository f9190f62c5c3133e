package client_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-errbot/errbot/st2/client"
	"github.com/stretchr/testify/require"
)

const (
	tokensPath = "/auth/v1/tokens"
	userPath   = "/api/v1/user"
	execPath   = "/api/v1/aliasexecution/match_and_execute"
)

// tokenServer issues the tokens ISSUED1, ISSUED2, ..., and takes only the newest.
type tokenServer struct {
	life, clock  time.Duration // of tokens; and how far its clock is off
	authStatus   atomic.Int32  // answered instead of a token; 0: none
	issued       atomic.Int32
	api          http.Handler // answers what is authorised
	refuse       atomic.Bool  // takes no token at all
	loginStarted chan struct{}
	loginGo      chan struct{} // a login waits for it; nil: it does not
}

func (s *tokenServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Date", time.Now().Add(s.clock).UTC().Format(http.TimeFormat))
	if r.URL.Path == tokensPath {
		s.issue(w, r)
		return
	}
	if s.refuse.Load() || r.Header.Get("X-Auth-Token") != fmt.Sprintf("ISSUED%d", s.issued.Load()) {
		answers(http.StatusUnauthorized, `{"faultstring":"Unauthorized"}`)(w, r)
		return
	}
	if s.api != nil {
		s.api.ServeHTTP(w, r)
		return
	}
	answers(http.StatusOK, `{"username":"st2admin"}`)(w, r)
}

func (s *tokenServer) issue(w http.ResponseWriter, r *http.Request) {
	if s.loginGo != nil {
		s.loginStarted <- struct{}{}
		<-s.loginGo
	}
	user, password, _ := r.BasicAuth()
	switch status := int(s.authStatus.Load()); {
	case status != 0:
		answers(status, `{"faultstring":"Invalid or missing credentials"}`)(w, r)
	case user != login.User || password != login.Password.Reveal():
		answers(http.StatusUnauthorized, `{"faultstring":"Invalid or missing credentials"}`)(w, r)
	default:
		life := s.life
		if life == 0 {
			life = 24 * time.Hour
		}
		expiry := time.Now().Add(s.clock + life).UTC().Format("2006-01-02T15:04:05.000000Z")
		answers(http.StatusCreated, fmt.Sprintf(`{"user":%q,"token":"ISSUED%d","expiry":%q,"metadata":{},"service":false}`,
			user, s.issued.Add(1), expiry))(w, r)
	}
}

func TestFixedCredentialsGoIntoTheirHeader(t *testing.T) {
	for _, tc := range []struct {
		cred   client.Credential
		header string
		want   string
	}{
		{key, "St2-Api-Key", "KEY-SECRET"},
		{token, "X-Auth-Token", "TOKEN-SECRET"},
	} {
		s := &spy{next: recorded(t, "auth.user.apikey-header")}
		_, err := serve(t, tc.cred, s).Validate(t.Context())
		require.NoError(t, err)
		require.Equal(t, tc.want, s.requests()[0].header.Get(tc.header))
	}
}

func TestFixedCredentialRefused(t *testing.T) {
	for _, cred := range []client.Credential{key, token} {
		s := &spy{next: recorded(t, "auth.user.bad-token")}
		_, err := serve(t, cred, s).Validate(t.Context())
		require.ErrorIs(t, err, client.ErrCredentialRejected)
		require.ErrorIs(t, err, client.ErrUnauthorized)
		require.Len(t, s.requests(), 1, "asking again cannot help")
	}
}

func TestOneClientAsSeveralPeople(t *testing.T) {
	s := &spy{next: recorded(t, "auth.user.token-before-expiry")} // with a cookie
	bot := serve(t, key, s)
	alice := bot.WithCredential(token)
	for _, c := range []*client.Client{alice, bot} {
		_, err := c.Validate(t.Context())
		require.NoError(t, err)
	}
	require.Equal(t, "TOKEN-SECRET", s.requests()[0].header.Get("X-Auth-Token"))
	require.Empty(t, s.requests()[0].header.Get("St2-Api-Key"))
	require.Equal(t, "KEY-SECRET", s.requests()[1].header.Get("St2-Api-Key"))
	require.Empty(t, s.requests()[1].header.Get("X-Auth-Token"))
	require.Empty(t, s.requests()[1].header.Get("Cookie"), "a cookie would be alice's identity")
}

func TestPasswordIsExchangedOnce(t *testing.T) {
	s := &spy{next: &tokenServer{}}
	c := serve(t, login, s)
	for range 3 {
		_, err := c.Validate(t.Context())
		require.NoError(t, err)
	}
	require.Equal(t, 1, s.count(tokensPath))
	require.Equal(t, "{}", s.requests()[0].body)
}

func TestImpersonation(t *testing.T) {
	for _, tc := range []struct {
		cred client.Impersonation
		want string
	}{
		{client.Impersonation{Service: login, User: "alice"}, `{"user":"alice"}`},
		{client.Impersonation{Service: login, Nickname: "@alice", Origin: "slack"}, `{"impersonate_user":"@alice","nickname_origin":"slack"}`},
	} {
		s := &spy{next: &tokenServer{}}
		_, err := serve(t, tc.cred, s).Validate(t.Context())
		require.NoError(t, err)
		require.JSONEq(t, tc.want, s.requests()[0].body)
	}
}

func TestTTLAboveTheServersMaximum(t *testing.T) {
	tooLong, ok := recorded(t, "auth.tokens.ttl-too-large"), recorded(t, "auth.tokens.ok-ttl")
	user := recorded(t, "auth.user.token-before-expiry")
	s := &spy{}
	s.next = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path != tokensPath:
			user.ServeHTTP(w, r)
		case s.count(tokensPath) == 1:
			tooLong.ServeHTTP(w, r)
		default:
			ok.ServeHTTP(w, r)
		}
	})
	c := serve(t, login, s, func(cfg *client.Config) { cfg.UserTokenTTL = 86460 * time.Second })
	_, err := c.Validate(t.Context())
	require.NoError(t, err)
	require.Equal(t, `{"ttl":86460}`, s.requests()[0].body)
	require.Equal(t, `{}`, s.requests()[1].body)
}

func TestRenewedBeforeExpiry(t *testing.T) {
	for name, clock := range map[string]time.Duration{"clocks agree": 0, "server ahead": 5 * time.Minute, "server behind": -5 * time.Minute} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &spy{next: &tokenServer{life: 100 * time.Second, clock: clock}}
				c := memory(t, login, s)
				call := func() {
					_, err := c.Validate(t.Context())
					require.NoError(t, err)
				}
				call()
				pass(88 * time.Second)
				call()
				require.Equal(t, 1, s.count(tokensPath), "most of its life is left")
				pass(4 * time.Second)
				call()
				require.Equal(t, 2, s.count(tokensPath))
				require.Equal(t, 3, s.count(userPath), "no request was refused")
			})
		})
	}
}

func TestRenewalThatFailsLeavesTheTokenInUse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := &tokenServer{life: 100 * time.Second}
		s := &spy{next: srv}
		c := memory(t, login, s)
		_, err := c.Validate(t.Context())
		require.NoError(t, err)

		srv.authStatus.Store(http.StatusServiceUnavailable)
		pass(92 * time.Second)
		for range 3 {
			_, err = c.Validate(t.Context())
			require.NoError(t, err, "the token still works")
		}
		require.Equal(t, 2, s.count(tokensPath), "a failed renewal is not repeated for each request")

		pass(10 * time.Second)
		_, err = c.Validate(t.Context())
		require.ErrorIs(t, err, client.ErrUnavailable)
	})
}

func TestRenewedOnceWhenRefused(t *testing.T) {
	srv := &tokenServer{}
	s := &spy{next: srv}
	c := serve(t, login, s)
	_, err := c.Validate(t.Context())
	require.NoError(t, err)

	srv.issued.Add(1) // somebody revoked the token
	_, err = c.Validate(t.Context())
	require.NoError(t, err)
	require.Equal(t, 2, s.count(tokensPath))
	require.Equal(t, 3, s.count(userPath))

	srv.refuse.Store(true)
	_, err = c.Validate(t.Context())
	require.ErrorIs(t, err, client.ErrUnauthorized)
	require.Equal(t, 5, s.count(userPath), "one retry, then it is told")
}

// A command refused with 401 has started nothing, and is sent again with its body.
func TestCommandIsSentAgainAfter401(t *testing.T) {
	srv := &tokenServer{api: recorded(t, "alias.exec.hit-no-ack")}
	s := &spy{next: srv}
	c := serve(t, login, s)
	_, err := c.MatchAndExecute(t.Context(), client.MatchRequest{Command: "one"})
	require.NoError(t, err)

	srv.issued.Add(1)
	_, err = c.MatchAndExecute(t.Context(), client.MatchRequest{Command: "two"})
	require.NoError(t, err)
	require.Equal(t, 3, s.count(execPath))
	all := s.requests()
	require.Contains(t, all[len(all)-1].body, `"command":"two"`)
}

func TestRenewalIsSingleFlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := &tokenServer{}
		s := &spy{next: srv}
		c := memory(t, login, s)
		_, err := c.Validate(t.Context())
		require.NoError(t, err)
		srv.issued.Add(1)
		srv.loginStarted, srv.loginGo = make(chan struct{}), make(chan struct{})

		const callers = 50
		failures := make(chan error, callers)
		for range callers {
			go func() { _, err := c.Validate(t.Context()); failures <- err }()
		}
		<-srv.loginStarted
		synctest.Wait() // all others have been refused and wait
		srv.loginGo <- struct{}{}
		for range callers {
			require.NoError(t, <-failures)
		}
		require.Equal(t, 2, s.count(tokensPath))
	})
}

// The request that renews for all may be given up: the others are not.
func TestGivenUpRenewalIsTakenOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := &tokenServer{loginStarted: make(chan struct{}), loginGo: make(chan struct{})}
		c := memory(t, login, srv)
		ctx, cancel := context.WithCancel(t.Context())
		first, second := make(chan error, 1), make(chan error, 1)
		go func() { _, err := c.Validate(ctx); first <- err }()
		<-srv.loginStarted
		go func() { _, err := c.Validate(t.Context()); second <- err }()
		synctest.Wait()

		cancel()
		require.ErrorIs(t, <-first, context.Canceled)
		srv.loginGo <- struct{}{}
		synctest.Wait() // the server ends what it had begun, before the other token is issued
		<-srv.loginStarted
		srv.loginGo <- struct{}{}
		require.NoError(t, <-second)
	})
}

// Directories lock accounts after a few wrong passwords.
func TestRefusedLoginIsNotHammered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &spy{next: &tokenServer{}}
		wrong := client.Password{User: login.User, Password: "wrong"}
		c := memory(t, wrong, s)
		for range 10 {
			_, err := c.Validate(t.Context())
			require.ErrorIs(t, err, client.ErrCredentialRejected)
			require.NotErrorIs(t, err, client.ErrUnavailable)
			require.ErrorContains(t, err, "Invalid or missing credentials")
		}
		require.Equal(t, 1, s.count(tokensPath))
		pass(time.Minute)
		_, err := c.Validate(t.Context())
		require.ErrorIs(t, err, client.ErrCredentialRejected)
		require.Equal(t, 2, s.count(tokensPath))
	})
}

func TestAuthServiceDown(t *testing.T) {
	srv := &tokenServer{}
	srv.authStatus.Store(http.StatusServiceUnavailable)
	c := serve(t, login, srv)
	_, err := c.MatchAndExecute(t.Context(), client.MatchRequest{Command: "x"})
	require.ErrorIs(t, err, client.ErrUnavailable)
	require.NotErrorIs(t, err, client.ErrMaybeStarted, "the command was not sent")

	srv.authStatus.Store(0)
	_, err = c.Validate(t.Context())
	require.NoError(t, err)
}

func TestLoginWithoutToken(t *testing.T) {
	_, err := serve(t, login, answers(201, `{"user":"st2admin"}`)).Validate(t.Context())
	require.ErrorContains(t, err, "the answer holds no token")
}

// What somebody typed into a login page.
func TestUnusableCredentialIsNotSent(t *testing.T) {
	s := &spy{next: answers(200, "{}")}
	bot := serve(t, key, s)
	for _, cred := range []client.Credential{client.Token{}, client.APIKey{Key: "two words"}, client.Password{User: "bob"}} {
		_, err := bot.WithCredential(cred).Validate(t.Context())
		requireClasses(t, err, "rejected")
	}
	require.Empty(t, s.requests())
}

// A token that practically never expires is not renewed for it.
func TestTokenForEver(t *testing.T) {
	s := &spy{next: &tokenServer{life: 100 * 365 * 24 * time.Hour}}
	c := serve(t, login, s)
	for range 3 {
		_, err := c.Validate(t.Context())
		require.NoError(t, err)
	}
	require.Equal(t, 1, s.count(tokensPath))
}

func TestLoginNeedsAnAddress(t *testing.T) {
	cfg := config("http://localhost", key)
	cfg.AuthURL = ""
	_, err := newClient(t, cfg).WithCredential(login).Validate(t.Context())
	require.ErrorContains(t, err, "AuthURL is not set")
	require.NotErrorIs(t, err, client.ErrUnavailable)
}

// StackStorm makes the user again at the next login.
func TestUserGone(t *testing.T) {
	gone := recorded(t, "misc.token-of-deleted-user.user")
	srv := &tokenServer{}
	srv.api = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if srv.issued.Load() == 1 {
			gone.ServeHTTP(w, r)
			return
		}
		answers(http.StatusOK, `{"username":"ghost"}`)(w, r)
	})
	c := serve(t, login, srv)
	_, err := c.Validate(t.Context())
	require.ErrorIs(t, err, client.ErrUserGone)
	require.NotErrorIs(t, err, client.ErrNotFound)
	_, err = c.Validate(t.Context())
	require.NoError(t, err)
}

func TestNoSecretIsToldAnywhere(t *testing.T) {
	var log logBuffer
	refusals := answers(http.StatusUnauthorized, `{"faultstring":"Unauthorized - ApiKey with key_hash=`+strings.Repeat("ab", 64)+` not found."}`)
	srv := &tokenServer{}
	for _, cred := range []client.Credential{key, token, login, client.Impersonation{Service: login, User: "bob"}} {
		for _, h := range []http.Handler{srv, refusals, answers(http.StatusBadGateway, "<html>"), answers(http.StatusFound, "")} {
			c := memory(t, cred, h, func(cfg *client.Config) { cfg.Logger = log.logger() })
			for range 2 {
				_, err := c.Validate(t.Context())
				_, err2 := c.MatchAndExecute(t.Context(), client.MatchRequest{Command: "x"})
				text := fmt.Sprintf("%v %+v %#v", errors.Join(err, err2), cred, cred)
				requireNoSecret(t, text)
				require.NotContains(t, text, "abab")
			}
		}
	}
	require.Contains(t, log.String(), "path=/api/v1/user")
	requireNoSecret(t, log.String())
	require.NotContains(t, log.String(), "abab")
}
