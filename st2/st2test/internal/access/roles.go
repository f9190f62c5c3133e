package access

import (
	"fmt"
	"slices"
)

// Grant gives a user a role.
func (a *Accounts) Grant(name, role string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	u := a.userLocked(name)
	u.roles = append(u.roles, role)
}

// Roles returns a user's roles, as a document.
func (a *Accounts) Roles(name string) []any {
	a.mu.Lock()
	defer a.mu.Unlock()
	out := []any{}
	if u := a.users[name]; u != nil {
		for _, r := range u.roles {
			out = append(out, r)
		}
	}
	return out
}

// InRoles reports whether a user has one of the roles. Without any, and as long as nobody
// has been given a role or lost a permission (there: without RBAC), everybody has.
func (a *Accounts) InRoles(name string, roles []string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	rbac := false
	for n, u := range a.users {
		rbac = rbac || len(u.roles) > 0 || len(u.denied) > 0
		if n == name && slices.ContainsFunc(u.roles, func(r string) bool { return slices.Contains(roles, r) }) {
			return true
		}
	}
	return len(roles) == 0 || !rbac
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
