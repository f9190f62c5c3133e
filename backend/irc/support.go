package irc

import (
	"strings"

	"github.com/lrstanley/girc"
)

// support is what the server tells about the network.
type support struct {
	casemap   casemap
	chanTypes string // what names of rooms begin with
	statusMsg string // what goes before a room for "its operators only"
}

func defaultSupport() support { return support{casemap: casemap{rfc1459: true}, chanTypes: "#&"} }

// with returns s with what a line of RPL_ISUPPORT adds: "005 bot KEY=value KEY ... :text".
func (s support) with(e *girc.Event) support {
	for _, p := range e.Params[min(1, len(e.Params)):] {
		switch key, value, _ := strings.Cut(p, "="); key {
		case "CASEMAPPING":
			s.casemap.rfc1459 = value != "ascii"
		case "CHANTYPES":
			s.chanTypes = value
		case "STATUSMSG":
			s.statusMsg = value
		}
	}
	return s
}

// param returns parameter i of e, "" when there is none.
func param(e *girc.Event, i int) string {
	if i < len(e.Params) {
		return e.Params[i]
	}
	return ""
}

// parseUserHost reads an entry of RPL_USERHOST; nil when it is none.
func parseUserHost(entry string) *girc.Source {
	nick, rest, ok := strings.Cut(strings.TrimSpace(entry), "=")
	if !ok || rest == "" {
		return nil
	}
	user, host, _ := strings.Cut(rest[1:], "@") // rest begins with "+" (here) or "-" (away)
	return &girc.Source{Name: strings.TrimSuffix(nick, "*"), Ident: user, Host: host}
}
