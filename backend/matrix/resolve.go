package matrix

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"maunium.net/go/mautrix/id"

	"github.com/go-errbot/errbot/backend"
)

// Resolve understands "@alice:example.org" for a person, "#ops:example.org" and
// "!opaque:example.org" for a room; without a server, a name is one of the bot's own. It asks
// the server, so it needs a session: before the first connection nothing can be resolved. A
// room by its ID must be one that the bot is in.
func (b *Backend) Resolve(ctx context.Context, address string) (backend.Ref, error) {
	if strings.HasPrefix(address, "@") {
		p, err := b.personByAddress(ctx, address)
		return backend.ToPerson(p), err
	}
	where, err := b.roomIDOf(ctx, address)
	if err != nil {
		return backend.Ref{}, err
	}
	r, err := b.roomByID(ctx, where)
	if errors.Is(err, backend.ErrUnknown) && address[0] == '#' { // the bot is not in it
		alias := b.withServer(address)
		return backend.ToRoom(backend.Room{ID: string(where), Name: alias[1:], ACL: alias, Address: alias}), nil
	}
	return backend.ToRoom(r), err
}

func (b *Backend) personByAddress(ctx context.Context, address string) (backend.Person, error) {
	user := id.UserID(b.withServer(address))
	if !isUserID(string(user)) {
		return backend.Person{}, unknown(address)
	}
	cli, err := b.loggedIn()
	if err != nil {
		return backend.Person{}, err
	}
	if name, known := b.people.get(string(user)); known && name != "" {
		return person(user, name), nil
	}
	profile, err := cli.GetProfile(ctx, user)
	err = check("look up "+string(user), err)
	switch {
	case status(err) == http.StatusForbidden: // there is somebody, of whom nothing is told
		return person(user, ""), nil
	case err != nil:
		return backend.Person{}, err
	}
	b.people.put(string(user), profile.DisplayName)
	return person(user, profile.DisplayName), nil
}

// roomIDOf returns the ID of the room that somebody named.
func (b *Backend) roomIDOf(ctx context.Context, address string) (id.RoomID, error) {
	switch {
	case len(address) < 2 || len(address) > id.UserIDMaxLength || strings.ContainsAny(address, " /?%\n"):
	case address[0] == '!':
		return id.RoomID(address), nil
	case address[0] == '#':
		if _, server, _ := strings.Cut(b.withServer(address), ":"); isServerName(server) || b.client() == nil {
			return b.resolveAlias(ctx, id.RoomAlias(b.withServer(address)))
		}
	}
	return "", unknown(address)
}

// withServer returns a name with the bot's own server where it has none.
func (b *Backend) withServer(name string) string {
	cli := b.client()
	if strings.Contains(name, ":") || cli == nil {
		return name
	}
	return name + ":" + cli.UserID.Homeserver()
}

func unknown(address string) error {
	return fmt.Errorf("matrix: %w: %q is none of @person:server, #room:server and !room:server", backend.ErrUnknown, address)
}
