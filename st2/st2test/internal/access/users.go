package access

import (
	"fmt"
	"time"

	"github.com/go-errbot/errbot/bot/secret"
)

// AddUser adds an account with a password, or changes its password.
func (a *Accounts) AddUser(name, password string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.userLocked(name)
	a.passwords[name] = secret.String(password)
}

// AddService adds an account that may ask for the tokens of others.
func (a *Accounts) AddService(name, password string) {
	a.AddUser(name, password)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.userLocked(name).service = true
}

// AddNickname gives a user a name of a chat network.
func (a *Accounts) AddNickname(name, origin, nickname string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	u := a.userLocked(name)
	if u.nicknames == nil {
		u.nicknames = map[string]string{}
	}
	u.nicknames[origin] = nickname
}

// RemoveUser removes a user from the database, but neither its password nor its tokens.
func (a *Accounts) RemoveUser(name string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.users, name)
}

// RevokeTokens forgets all tokens.
func (a *Accounts) RevokeTokens() {
	a.mu.Lock()
	defer a.mu.Unlock()
	clear(a.tokens)
}

// ExpireTokens makes all tokens expired.
func (a *Accounts) ExpireTokens() {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, t := range a.tokens {
		t.Expires = time.Now()
	}
}

// Repr returns a user as Python prints its database object, which some faults show.
func (a *Accounts) Repr(name, id string) string {
	a.mu.Lock()
	defer a.mu.Unlock()
	service := "False"
	if u := a.users[name]; u != nil && u.service {
		service = "True"
	}
	return fmt.Sprintf(`UserDB(id=%s, is_service=%s, name="%s", nicknames={})`, id, service, name)
}
