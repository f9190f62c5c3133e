package client

import (
	"errors"
	"fmt"
	"strings"
	"unicode"

	"github.com/go-errbot/errbot/bot/secret"
)

// The headers StackStorm reads identities from.
const (
	tokenHeader  = "X-Auth-Token"
	apiKeyHeader = "St2-Api-Key"
)

// Credential is a way to be somebody at StackStorm: an [APIKey], a [Token], a
// [Password] or an [Impersonation]. Printing one does not print its secrets.
type Credential interface {
	// identity returns the state that puts the credential on requests to s.
	identity(s *server) *identity
	// check returns every problem that can be seen without asking StackStorm.
	check() error
}

var (
	_ Credential = APIKey{}
	_ Credential = Token{}
	_ Credential = Password{}
	_ Credential = Impersonation{}
)

// APIKey is a StackStorm API key. Keys do not expire, and cannot be renewed when
// they are deleted or disabled.
type APIKey struct{ Key secret.String }

func (k APIKey) identity(*server) *identity { return fixedIdentity(apiKeyHeader, k.Key) }

func (k APIKey) check() error { return checkHeaderText("APIKey.Key", k.Key) }

// Token is a StackStorm token made elsewhere. It works until it expires: without a
// password nobody can renew it.
type Token struct{ Token secret.String }

func (t Token) identity(*server) *identity { return fixedIdentity(tokenHeader, t.Token) }

func (t Token) check() error { return checkHeaderText("Token.Token", t.Token) }

// Password is a user name and password, exchanged for tokens at AuthURL. Tokens are
// renewed at nine tenths of their life and when they are refused.
type Password struct {
	User     string
	Password secret.String
}

func (p Password) identity(s *server) *identity { return s.loginIdentity(p, tokenRequest{}) }

func (p Password) check() error {
	var problems []error
	if p.User == "" {
		problems = append(problems, errors.New("Password.User: not set"))
	}
	if strings.Contains(p.User, ":") {
		problems = append(problems, errors.New("Password.User: must not contain a colon"))
	}
	if p.Password == "" {
		problems = append(problems, errors.New("Password.Password: not set"))
	}
	return errors.Join(problems...)
}

// Impersonation speaks as another user on the word of a service account: an account
// that StackStorm's database marks with is_service, known by its password. Either
// User names the StackStorm user, whose existence StackStorm does not check, or
// Nickname and Origin name a user by the nickname registered for that origin.
type Impersonation struct {
	Service          Password
	User             string
	Nickname, Origin string
}

func (i Impersonation) identity(s *server) *identity {
	return s.loginIdentity(i.Service, tokenRequest{User: i.User, Nickname: i.Nickname, Origin: i.Origin})
}

func (i Impersonation) check() error {
	problems := []error{i.Service.check()}
	if (i.User == "") == (i.Nickname == "") {
		problems = append(problems, errors.New("Impersonation: set User or Nickname, not both"))
	}
	if i.Nickname != "" && i.Origin == "" {
		problems = append(problems, errors.New("Impersonation.Origin: needed with a Nickname"))
	}
	return errors.Join(problems...)
}

// checkHeaderText refuses what cannot be sent in a header, so that the cause is told
// at start; most often it is the line end of a file.
func checkHeaderText(name string, s secret.String) error {
	if s == "" {
		return fmt.Errorf("%s: not set", name)
	}
	if strings.ContainsFunc(s.Reveal(), func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }) {
		return fmt.Errorf("%s: contains white space or control characters; is there a line end in its file?", name)
	}
	return nil
}
