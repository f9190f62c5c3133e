package matrix

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"github.com/go-errbot/errbot/backend"
)

// destination returns the room that a message goes to.
func (b *Backend) destination(ctx context.Context, cli *mautrix.Client, to backend.Ref) (id.RoomID, error) {
	if err := ctx.Err(); err != nil {
		return "", fmt.Errorf("matrix: send: %w", err)
	}
	switch {
	case to.Room != nil && to.Room.ID != "":
		where := id.RoomID(to.Room.ID)
		if r, _ := b.rooms.get(where); r.encrypted {
			return "", errEncrypted
		}
		return where, nil
	case to.Room == nil && to.Person != nil && to.Person.ID != "":
		return b.directRoom(ctx, cli, id.UserID(to.Person.ID))
	}
	return "", fmt.Errorf("matrix: send: %w: no room and no person given", backend.ErrUnknown)
}

var errEncrypted = errors.New("matrix: send: the room is encrypted, and nothing is sent there that is not")

// directRoom returns the private conversation with somebody, which is begun if there is none.
func (b *Backend) directRoom(ctx context.Context, cli *mautrix.Client, with id.UserID) (id.RoomID, error) {
	if where, err := b.findDirect(ctx, with); where != "" || err != nil {
		return where, err
	}
	select { // two callers must not begin two conversations
	case b.opening <- struct{}{}:
		defer func() { <-b.opening }()
	case <-ctx.Done():
		return "", ctx.Err()
	}
	if where, err := b.findDirect(ctx, with); where != "" || err != nil {
		return where, err
	}
	made, err := cli.CreateRoom(ctx, &mautrix.ReqCreateRoom{
		Preset:   "trusted_private_chat",
		IsDirect: true,
		Invite:   []id.UserID{with},
	})
	if err := check("begin a private conversation with "+string(with), err); err != nil {
		return "", err
	}
	b.rooms.enter(made.RoomID)
	return made.RoomID, b.callDirect(ctx, cli, with, made.RoomID)
}

// findDirect returns the newest private conversation with somebody that both are still in;
// "" when there is none.
func (b *Backend) findDirect(ctx context.Context, with id.UserID) (id.RoomID, error) {
	for _, where := range slices.Backward(b.rooms.directRooms(with)) {
		r, in := b.rooms.get(where)
		if !in || r.encrypted {
			continue
		}
		alone, err := b.aloneWith(ctx, where, with)
		if err != nil {
			return "", err
		}
		if alone {
			return where, nil
		}
	}
	return "", nil
}

// callDirect marks a room as the private conversation with somebody, as clients do.
func (b *Backend) callDirect(ctx context.Context, cli *mautrix.Client, with id.UserID, where id.RoomID) error {
	all := b.rooms.addDirect(with, where)
	err := cli.SetAccountData(ctx, event.AccountDataDirectChats.Type, all)
	return check("mark a conversation as private", err)
}
