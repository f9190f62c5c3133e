package rbac

import (
	"strings"

	"github.com/go-errbot/errbot/st2/st2test/internal/fault"
)

// Check checks a global permission: those to list, action_alias_match, stream_view and the like.
func (p *Policy) Check(name, permission string) error {
	return p.check(name, permission, "", Grant{"", []string{permission}})
}

// CheckOn checks a permission on something of a pack, which a grant on it or on its pack
// gives. To do anything with it implies to view it.
func (p *Policy) CheckOn(name, permission, uid, pack string) error {
	kind, verb := split(permission)
	enough := []string{permission, kind + "_all"}
	if verb == "view" {
		for _, v := range []string{"create", "modify", "delete", "execute"} {
			enough = append(enough, kind+"_"+v)
		}
	}
	return p.check(name, permission, uid, Grant{uid, enough}, Grant{"pack:" + pack, enough})
}

// CheckExecution checks a permission on an execution, which a permission on its action
// gives: to view for to view, to execute for everything else.
func (p *Policy) CheckExecution(name, permission, id, action, pack string) error {
	enough := []string{"action_all", "action_execute"}
	if permission == "execution_view" {
		enough[1] = "action_view"
	}
	return p.check(name, permission, "execution:"+id, Grant{action, enough}, Grant{"pack:" + pack, enough})
}

// CheckInquiry checks to view or to answer an inquiry: whoever may do one may do the other.
// So may whoever may execute its workflow, which is empty for an inquiry without one.
func (p *Policy) CheckInquiry(name, permission, id, workflow, pack string) error {
	enough := []Grant{{"", []string{"inquiry_view", "inquiry_respond", "inquiry_all"}}}
	if permission == "inquiry_respond" && workflow != "" {
		execute := []string{"action_execute", "action_all"}
		enough = append(enough, Grant{workflow, execute}, Grant{"pack:" + pack, execute})
	}
	return p.check(name, permission, "inquiry:"+id, enough...)
}

func (p *Policy) check(name, permission, uid string, enough ...Grant) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.holdsLocked(name, permission, enough):
		return nil
	case uid == "":
		return fault.Forbidden("User \"%s\" doesn't have required permission \"%s\"", name, permission)
	}
	return fault.Forbidden("User \"%s\" doesn't have required permission \"%s\" on resource \"%s\"", name, permission, uid)
}

// split cuts "action_alias_view" into "action_alias" and "view".
func split(permission string) (kind, verb string) {
	i := strings.LastIndexByte(permission, '_')
	if i < 0 {
		return permission, ""
	}
	return permission[:i], permission[i+1:]
}
