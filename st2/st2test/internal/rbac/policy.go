// Package rbac is StackStorm's role based access control: roles with permission grants,
// who has which role, and what follows from it, resolved as st2-rbac-backend does.
package rbac

import (
	"slices"
	"strings"
	"sync"

	"github.com/go-errbot/errbot/st2/st2test/internal/fault"
)

// The roles that every StackStorm has. The first two may do everything, the third may
// view and list everything.
const (
	SystemAdmin = "system_admin"
	Admin       = "admin"
	Observer    = "observer"
)

// Grant gives permissions on one resource, or those that are global when Resource is empty.
type Grant struct {
	Resource    string // uid: "pack:core", "action:core:local"
	Permissions []string
}

// Policy says who may do what. The zero value lets everybody do everything, as a StackStorm
// without RBAC does. All methods are safe for concurrent use.
type Policy struct {
	mu       sync.Mutex
	enforced bool
	isolated bool
	roles    map[string][]Grant
	users    map[string]*user
}

type user struct {
	roles  []string
	denied []string
}

// Enforce begins to let users do only what their roles grant, and with isolation to see
// only their own executions.
func (p *Policy) Enforce(isolated bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.enforced, p.isolated = true, isolated
}

// Define sets what a role grants.
func (p *Policy) Define(role string, grants []Grant) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.roles == nil {
		p.roles = map[string][]Grant{}
	}
	p.roles[role] = slices.Clone(grants)
}

func (p *Policy) userLocked(name string) *user {
	u := p.users[name]
	if u == nil {
		u = &user{}
		if p.users == nil {
			p.users = map[string]*user{}
		}
		p.users[name] = u
	}
	return u
}

// Assign gives a user a role.
func (p *Policy) Assign(name, role string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	u := p.userLocked(name)
	u.roles = append(u.roles, role)
}

// Deny takes a permission from a user, whatever the roles grant.
func (p *Policy) Deny(name, permission string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	u := p.userLocked(name)
	u.denied = append(u.denied, permission)
}

// On reports whether there is RBAC: it is enforced, or somebody has a role or lacks a
// permission.
func (p *Policy) On() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.onLocked()
}

func (p *Policy) onLocked() bool { return p.enforced || len(p.users) > 0 }

// IsAdmin reports whether a user is an administrator. Without enforcement that is everybody
// who was denied nothing.
func (p *Policy) IsAdmin(name string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.adminLocked(name)
}

func (p *Policy) adminLocked(name string) bool {
	u := p.users[name]
	switch {
	case !p.enforced:
		return u == nil || len(u.denied) == 0
	case u == nil:
		return false
	}
	return slices.Contains(u.roles, SystemAdmin) || slices.Contains(u.roles, Admin)
}

// Roles returns a user's roles, in the order in which they were assigned.
func (p *Policy) Roles(name string) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if u := p.users[name]; u != nil {
		return slices.Clone(u.roles)
	}
	return nil
}

// InRoles reports whether a user has one of the roles. Without RBAC everybody has.
func (p *Policy) InRoles(name string, roles []string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(roles) == 0 || !p.onLocked() {
		return true
	}
	u := p.users[name]
	return u != nil && slices.ContainsFunc(u.roles, func(r string) bool { return slices.Contains(roles, r) })
}

// Sees reports whether permission isolation lets a user see what belongs to owner.
func (p *Policy) Sees(name, owner string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return !p.isolated || name == owner || p.adminLocked(name)
}

// Isolation is the fault of one who asks for what belongs to somebody else.
func (p *Policy) Isolation(name, owner, uid string) error {
	if p.Sees(name, owner) {
		return nil
	}
	return fault.Forbidden("User \"%s\" doesn't have access to resource \"%s\" due to resource permission isolation.", name, uid)
}

// AdminOnly is the fault of a user who is no administrator; the text is the fault string.
func (p *Policy) AdminOnly(name, text string) error {
	if p.IsAdmin(name) {
		return nil
	}
	return fault.Forbidden("%s", text)
}

// holdsLocked reports whether a user may do something, by one of several grants.
func (p *Policy) holdsLocked(name, permission string, enough []Grant) bool {
	u := p.users[name]
	if u != nil && slices.Contains(u.denied, permission) {
		return false
	}
	if p.adminLocked(name) || !p.enforced {
		return true
	}
	if u == nil {
		return false
	}
	if slices.Contains(u.roles, Observer) && isRead(permission) {
		return true
	}
	return slices.ContainsFunc(u.roles, func(role string) bool {
		return slices.ContainsFunc(p.roles[role], func(has Grant) bool {
			return slices.ContainsFunc(enough, func(wanted Grant) bool { return has.gives(wanted) })
		})
	})
}

// gives reports whether the grant has one of the permissions on that resource.
func (g Grant) gives(wanted Grant) bool {
	return g.Resource == wanted.Resource &&
		slices.ContainsFunc(wanted.Permissions, func(p string) bool { return slices.Contains(g.Permissions, p) })
}

// isRead reports whether observers have a permission.
func isRead(permission string) bool {
	for _, verb := range []string{"_view", "_list", "_search"} {
		if strings.HasSuffix(permission, verb) {
			return true
		}
	}
	return false
}
