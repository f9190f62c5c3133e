package access

import (
	"github.com/go-errbot/errbot/st2/st2test/internal/fault"
	"github.com/go-errbot/errbot/st2/st2test/internal/pyjson"
)

// Impersonated returns whose token is asked for.
func (a *Accounts) Impersonated(name string, body *pyjson.Object) (string, error) {
	other, wanted := body.Lookup("user")
	nickname, byNickname := body.Lookup("impersonate_user")
	if !wanted && !byNickname {
		return name, nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.userLocked(name).service {
		return "", fault.BadRequest("Current user is not a service and cannot request impersonated tokens")
	}
	if wanted {
		if other == "" {
			return "", fault.BadRequest("User is not provided in the token.")
		}
		return pyjson.Str(other), nil
	}
	origin := body.Text("nickname_origin")
	if origin == "" {
		return "", fault.BadRequest("Nickname origin is not provided for nickname '%s'", pyjson.Str(nickname))
	}
	return a.byNicknameLocked(pyjson.Str(nickname), origin)
}

func (a *Accounts) byNicknameLocked(nickname, origin string) (string, error) {
	var found []string
	for name, u := range a.users {
		if u.nicknames[origin] == nickname {
			found = append(found, name)
		}
	}
	switch len(found) {
	case 0:
		return "", fault.BadRequest("Could not locate user %s@%s", nickname, origin)
	case 1:
		return found[0], nil
	default:
		return "", fault.BadRequest("%s@%s matched more than one username", nickname, origin)
	}
}
