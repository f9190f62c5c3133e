package access

import (
	"time"

	"github.com/go-errbot/errbot/bot/secret"
)

// AddUser is what the method of that name of the server documents.
func (a *Accounts) AddUser(name, password string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.userLocked(name)
	a.passwords[name] = secret.String(password)
}

// AddService is what the method of that name of the server documents.
func (a *Accounts) AddService(name, password string) {
	a.AddUser(name, password)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.userLocked(name).service = true
}

// AddNickname is what the method of that name of the server documents.
func (a *Accounts) AddNickname(name, origin, nickname string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	u := a.userLocked(name)
	if u.nicknames == nil {
		u.nicknames = map[string]string{}
	}
	u.nicknames[origin] = nickname
}

// RemoveUser is what the method of that name of the server documents.
func (a *Accounts) RemoveUser(name string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.users, name)
}

// RevokeTokens is what the method of that name of the server documents.
func (a *Accounts) RevokeTokens() {
	a.mu.Lock()
	defer a.mu.Unlock()
	clear(a.tokens)
}

// ExpireTokens is what the method of that name of the server documents.
func (a *Accounts) ExpireTokens() {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, t := range a.tokens {
		t.Expires = time.Now()
	}
}

// Deny is what the method of that name of the server documents.
func (a *Accounts) Deny(user, permission string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	u := a.userLocked(user)
	u.denied = append(u.denied, permission)
}
