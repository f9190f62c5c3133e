package login

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/go-errbot/errbot/bot/secret"
	"github.com/go-errbot/errbot/st2/session"
)

const (
	maxBody      = 16 << 10         // bytes
	checkLongest = 25 * time.Second // for how long StackStorm may take
)

// ErrRejected is what Check returns for credentials that StackStorm does not take.
var ErrRejected = errors.New("StackStorm does not accept the credentials")

// Credentials are what somebody entered: user name and password, a token, or an API
// key. Printing them does not print their secrets.
type Credentials struct {
	Username string        `json:"username"`
	Password secret.String `json:"password"`
	Token    secret.String `json:"token"`
	APIKey   secret.String `json:"api_key"`
}

// form is the body of an attempt.
type form struct {
	Word secret.String `json:"secret_word"`
	Credentials
}

// state tells how it is with a link, and changes nothing.
func (s *Site) state(w http.ResponseWriter, r *http.Request) {
	link := s.Sessions.Link(r.PathValue("link"))
	reply(w, aboutLink(link.State), link.State)
}

// authenticate uses a link up.
func (s *Site) authenticate(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("link")
	link := s.Sessions.Link(id)
	from := s.sender(r)
	entered, refusal := s.read(r)
	if refusal == nil {
		ctx, cancel := context.WithTimeout(r.Context(), checkLongest)
		defer cancel()
		attempt := session.Attempt{Link: id, Word: entered.Word, From: from}
		made, err := s.Sessions.Redeem(ctx, attempt, func(ctx context.Context) (session.Credential, error) {
			return s.Check(ctx, entered.Credentials)
		})
		if err == nil {
			s.Log.Info("logged in to StackStorm", "user", made.User.Name, "account", made.Account, "with", made.Kind, "from", from, "until", made.Expires)
			s.Done(made)
			reply(w, success(made.Account), session.LinkUsed)
			return
		}
		refusal = s.refusal(err, entered.Credentials)
	}
	level := slog.LevelWarn
	if link.State == session.LinkUnknown {
		level = slog.LevelDebug // anybody can cause it
	}
	s.Log.Log(r.Context(), level, "login to StackStorm refused", "user", link.Session.User.Name, "link", link.State, "from", from, "why", refusal.why)
	reply(w, refusal, s.Sessions.Link(id).State)
}

// read returns what was entered, or why it is not looked at.
func (s *Site) read(r *http.Request) (form, *answer) {
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "application/json" {
		return form{}, badRequest(http.StatusUnsupportedMediaType, "the content type is not application/json")
	}
	if s.sameOrigin.Check(r) != nil {
		return form{}, badRequest(http.StatusForbidden, "the request comes from another site")
	}
	var entered form
	// What the errors of the decoder quote may be secret.
	decoder := json.NewDecoder(r.Body)
	err := decoder.Decode(&entered)
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return form{}, badRequest(http.StatusRequestEntityTooLarge, "the request is too large")
	case err != nil, !atEnd(decoder):
		return form{}, badRequest(http.StatusBadRequest, "the request is not the expected JSON object")
	}
	entered.Token = trimmed(entered.Token)
	entered.APIKey = trimmed(entered.APIKey)
	if entered.Word == "" || !entered.complete() {
		return form{}, badRequest(http.StatusBadRequest, "expected secret_word, and either username and password, or token, or api_key")
	}
	return entered, nil
}

func atEnd(d *json.Decoder) bool {
	_, err := d.Token()
	return errors.Is(err, io.EOF)
}

// trimmed drops what slips in when a text is pasted.
func trimmed(s secret.String) secret.String { return secret.String(strings.TrimSpace(s.Reveal())) }

// complete reports whether exactly one way to log in is there, with all it needs.
func (c Credentials) complete() bool {
	ways := 0
	for _, given := range []bool{c.Username != "" || c.Password != "", c.Token != "", c.APIKey != ""} {
		if given {
			ways++
		}
	}
	return ways == 1 && (c.Username != "") == (c.Password != "")
}
