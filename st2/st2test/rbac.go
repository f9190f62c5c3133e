package st2test

import (
	"slices"

	"github.com/go-errbot/errbot/st2/st2test/internal/pyjson"
	"github.com/go-errbot/errbot/st2/st2test/internal/rbac"
)

// PermissionGrant is what a role may do: permissions on one resource, which is a pack
// ("pack:core") or something in one ("action:core:local", "action_alias:demo:greet",
// "rule:chatops:notify"), or global permissions such as execution_list, stream_view,
// action_alias_list, action_alias_match, inquiry_list and inquiry_respond when Resource is
// empty. A permission on an action counts for its executions: action_view to view them,
// action_execute to cancel them and run them again.
type PermissionGrant struct {
	Resource    string
	Permissions []string
}

// Role is a set of permission grants. A user has all that his roles grant.
type Role struct {
	Name   string
	Grants []PermissionGrant
}

// The roles that every StackStorm has.
const (
	RoleSystemAdmin = rbac.SystemAdmin // everything
	RoleAdmin       = rbac.Admin       // everything
	RoleObserver    = rbac.Observer    // viewing and listing everything
)

// WithRBAC switches role based access control on, and defines roles besides the three that
// StackStorm has. A user without a role, see [Server.Grant], may do nothing then but log in
// and ask who it is; the account of [WithAccount] has the role system_admin. Only
// administrators get more than 100 rows at once, see secrets and run things as others. As
// with StackStorm, the help of aliases is an error 500 for everybody.
func WithRBAC(roles ...Role) Option {
	return func(s *settings) {
		s.rbac = true
		s.roles = append(s.roles, roles...)
	}
}

// WithPermissionIsolation lets everybody but administrators see only the executions that
// run as themselves, which those that rules start do not. It implies [WithRBAC].
func WithPermissionIsolation() Option {
	return func(s *settings) { s.rbac, s.isolated = true, true }
}

// Grant gives a user a role: a predefined one, one of [WithRBAC], or one that grants nothing
// and only counts for the roles of inquiries. Without [WithRBAC] it counts for those alone.
func (s *Server) Grant(user, role string) { s.rbac.Assign(user, role) }

// Deny takes a permission from a user whatever the roles say, and without [WithRBAC] leaves
// everything else allowed to everybody: the short way to a single 403. Since there is RBAC
// then, the help of aliases fails.
func (s *Server) Deny(user, permission string) { s.rbac.Deny(user, permission) }

// setRoles puts the options into force.
func (s *Server) setRoles() {
	if !s.settings.rbac {
		return
	}
	s.rbac.Enforce(s.isolated)
	for _, role := range s.roles {
		grants := make([]rbac.Grant, len(role.Grants))
		for i, g := range role.Grants {
			grants[i] = rbac.Grant{Resource: g.Resource, Permissions: slices.Clone(g.Permissions)}
		}
		s.rbac.Define(role.Name, grants)
	}
	s.rbac.Assign(s.account, RoleSystemAdmin)
}

func (s *Server) mayExecute(user string, a *action) error {
	return s.rbac.CheckOn(user, "action_execute", a.document.Text("uid"), a.pack)
}

// mayTouch checks what a user wants with an execution; "" is what nobody checks.
func (s *Server) mayTouch(user, permission string, e *execution) error {
	if permission == "" {
		return nil
	}
	if err := s.rbac.CheckExecution(user, permission, e.id, e.action.document.Text("uid"), e.action.pack); err != nil {
		return err
	}
	return s.rbac.Isolation(user, e.owner(), "execution:"+e.id)
}

func (s *Server) mayInquire(user, permission string, e *execution) error {
	uid, pack := "", ""
	if workflow := s.executions.find(e.parent); workflow != nil {
		uid, pack = workflow.action.document.Text("uid"), workflow.action.pack
	}
	return s.rbac.CheckInquiry(user, permission, e.id, uid, pack)
}

// shown answers with a document to those who may view it.
func (s *Server) shown(r *request, permission, uid, pack string, d *pyjson.Object) (*reply, error) {
	if err := s.rbac.CheckOn(r.who.User, permission, uid, pack); err != nil {
		return nil, err
	}
	return ok(d), nil
}

// owner is the user that an execution runs as.
func (e *execution) owner() string { return e.contextDocument().Text("user") }
