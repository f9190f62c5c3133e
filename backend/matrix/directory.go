package matrix

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"github.com/go-errbot/errbot/backend"
)

// person returns the person with a user ID. Access rules see all of the ID: the name before
// the server is anybody's elsewhere, and display names are anybody's anywhere.
func person(user id.UserID, displayName string) backend.Person {
	name := user.Localpart()
	if displayName == name {
		displayName = ""
	}
	return backend.Person{
		ID:       string(user),
		Nick:     name,
		FullName: displayName,
		ACL:      string(user),
		Address:  string(user),
	}
}

// personByID returns somebody whom the server names, with the name they show if it is known.
func (b *Backend) personByID(ctx context.Context, user id.UserID) backend.Person {
	name, err := b.displayName(ctx, user)
	if err != nil && ctx.Err() == nil {
		b.log.Debug("matrix: no display name", "person", user, "error", err)
	}
	return person(user, name)
}

// displayName returns the name that somebody shows; "" when the server does not tell.
func (b *Backend) displayName(ctx context.Context, user id.UserID) (string, error) {
	if name, ok := b.people.get(string(user)); ok {
		return name, nil
	}
	cli, err := b.loggedIn()
	if err != nil {
		return "", err
	}
	var profile *mautrix.RespUserProfile
	err = patiently(ctx, func() (err error) {
		profile, err = cli.GetProfile(ctx, user)
		return check("look up "+string(user), err)
	})
	if err != nil {
		if status(err) != http.StatusForbidden && !errors.Is(err, backend.ErrUnknown) {
			return "", err
		}
		profile = &mautrix.RespUserProfile{}
	}
	b.people.put(string(user), profile.DisplayName)
	return profile.DisplayName, nil
}

// roomByID returns a room that the bot is in. It goes by its alias if that leads to it: a
// room can say that it has any alias, also one of a room with rights.
func (b *Backend) roomByID(ctx context.Context, where id.RoomID) (backend.Room, error) {
	r, known := b.rooms.get(where)
	if !known {
		var err error
		if r, err = b.askRoom(ctx, where); err != nil {
			return backend.Room{}, err
		}
	}
	alias, err := b.aliasOf(ctx, where, r)
	if err != nil {
		return backend.Room{}, err
	}
	address := string(where)
	if alias != "" {
		address = string(alias)
	}
	name := r.name
	if name == "" {
		name = strings.TrimPrefix(address, "#")
	}
	return backend.Room{ID: string(where), Name: name, ACL: address, Address: address}, nil
}

// doubt is how long an alias that does not lead to its room is not asked for again. When a
// room is replaced, the new one has the alias a moment before it leads there.
const doubt = 10 * time.Second

// aliasOf returns the alias of a room if it leads there; "" when the room has none.
func (b *Backend) aliasOf(ctx context.Context, where id.RoomID, r room) (id.RoomAlias, error) {
	switch {
	case r.alias == "" || r.checked:
		return r.alias, nil
	case time.Since(r.doubted) < doubt:
		return "", nil
	}
	leadsHere, err := b.leadsTo(ctx, r.alias, where)
	if err != nil {
		return "", err
	}
	b.rooms.change(where, func(now *room) {
		if now.alias == r.alias && leadsHere {
			now.checked = true
		} else if now.alias == r.alias {
			now.doubted = time.Now()
		}
	})
	if leadsHere {
		return r.alias, nil
	}
	b.log.Warn("matrix: a room's alias does not lead to it and is not used", "room", where, "alias", r.alias)
	return "", nil
}

// leadsTo reports whether an alias belongs to a room.
func (b *Backend) leadsTo(ctx context.Context, alias id.RoomAlias, where id.RoomID) (bool, error) {
	found, err := b.resolveAlias(ctx, alias)
	if errors.Is(err, backend.ErrUnknown) || status(err) >= 400 && status(err) < 500 {
		return false, nil
	}
	return found == where, err
}

func (b *Backend) resolveAlias(ctx context.Context, alias id.RoomAlias) (id.RoomID, error) {
	cli, err := b.loggedIn()
	if err != nil {
		return "", err
	}
	var found *mautrix.RespAliasResolve
	err = patiently(ctx, func() (err error) {
		found, err = cli.ResolveAlias(ctx, alias)
		return check("look up "+string(alias), err)
	})
	if err != nil {
		return "", err
	}
	return found.RoomID, nil
}

// askRoom asks for what the stream of events has not told yet.
func (b *Backend) askRoom(ctx context.Context, where id.RoomID) (room, error) {
	var created event.CreateEventContent
	if err := b.state(ctx, where, event.StateCreate, &created); err != nil {
		return room{}, err
	}
	var name event.RoomNameEventContent
	var alias event.CanonicalAliasEventContent
	for kind, into := range map[event.Type]any{event.StateRoomName: &name, event.StateCanonicalAlias: &alias} {
		if err := b.state(ctx, where, kind, into); err != nil {
			return room{}, err
		}
	}
	return room{name: name.Name, alias: alias.Alias}, nil
}

// state reads one piece of a room's state; into stays as it is when there is none. A room
// that the bot is not in is unknown.
func (b *Backend) state(ctx context.Context, where id.RoomID, kind event.Type, into any) error {
	cli, err := b.loggedIn()
	if err != nil {
		return err
	}
	err = patiently(ctx, func() error {
		return check("look up "+string(where), cli.StateEvent(ctx, where, kind, "", into))
	})
	switch {
	case errors.Is(err, backend.ErrUnknown) && kind != event.StateCreate: // which every room has
		return nil
	case status(err) == http.StatusForbidden:
		return fmt.Errorf("%w: %w", unknown(string(where)), cause(err))
	}
	return err
}

// place returns where a room's events are for the host: in private with the other person, or
// in a room. A private conversation that a third person is in, or asked into, is none.
func (b *Backend) place(ctx context.Context, where id.RoomID) (backend.Ref, error) {
	if with := b.rooms.directWith(where); with != "" {
		alone, err := b.aloneWith(ctx, where, with)
		if err != nil {
			return backend.Ref{}, err
		}
		if alone {
			return backend.ToPerson(b.personByID(ctx, with)), nil
		}
	}
	r, err := b.roomByID(ctx, where)
	return backend.ToRoom(r), err
}

// aloneWith reports whether nobody but the bot and one person is in a room or asked into it.
func (b *Backend) aloneWith(ctx context.Context, where id.RoomID, with id.UserID) (bool, error) {
	members, err := b.members(ctx, where)
	return len(members) == 2 && slices.Contains(members, with), err
}

// members returns who is in a room or invited, as the server has it after the latest change.
func (b *Backend) members(ctx context.Context, where id.RoomID) ([]id.UserID, error) {
	if r, _ := b.rooms.get(where); r.members != nil {
		return r.members, nil
	}
	cli, err := b.loggedIn()
	if err != nil {
		return nil, err
	}
	var list *mautrix.RespMembers
	err = patiently(ctx, func() (err error) {
		list, err = cli.Members(ctx, where, mautrix.ReqMembers{NotMembership: event.MembershipLeave})
		return check("list who is in "+string(where), err)
	})
	if err != nil {
		return nil, err
	}
	var members []id.UserID
	for _, e := range list.Chunk {
		if parse(e) == nil && slices.Contains([]event.Membership{event.MembershipJoin, event.MembershipInvite}, e.Content.AsMember().Membership) {
			members = append(members, id.UserID(e.GetStateKey()))
		}
	}
	b.rooms.change(where, func(r *room) { r.members = members })
	return members, nil
}
