package matrix

import (
	"context"
	"slices"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// gapLimit is how many events of one room are asked for after a gap; older ones are left
// out, which is logged.
const gapLimit = 10_000

// fill returns the events of a room that lie between the last that are known and the token
// from, oldest first: one answer of the stream holds the newest of a room only. In a room
// that is new, it is those since the bot came.
func (b *Backend) fill(ctx context.Context, where id.RoomID, from string, isNew bool) ([]*event.Event, error) {
	var missed []*event.Event
	upTo := b.position.token
	if isNew {
		upTo = ""
	}
	for from != "" {
		if len(missed) >= gapLimit {
			b.log.Warn("matrix: too many messages were missed; the oldest are left out", "room", where)
			break
		}
		page, err := b.page(ctx, where, from, upTo)
		if mayPass(err) || ctx.Err() != nil {
			return nil, err
		}
		if err != nil { // trying again would end in the same way
			b.log.Warn("matrix: messages may be missing", "room", where, "error", err)
			break
		}
		known := false
		for _, e := range page.Chunk {
			if b.seen.has(e.ID) || e.Timestamp <= b.position.known { // not every server stops at upTo
				known = true
				continue
			}
			known = known || isNew && b.isArrival(e)
			missed = append(missed, e)
		}
		if known || len(page.Chunk) == 0 || page.End == from {
			break
		}
		from = page.End
	}
	slices.Reverse(missed)
	return missed, nil
}

// isArrival reports whether e tells that the bot came into a room.
func (b *Backend) isArrival(e *event.Event) bool {
	return e.Type.Type == event.StateMember.Type && e.GetStateKey() == string(b.client().UserID)
}

func (b *Backend) page(ctx context.Context, where id.RoomID, from, upTo string) (page *mautrix.RespMessages, err error) {
	err = patiently(ctx, func() (err error) {
		page, err = b.client().Messages(ctx, where, from, upTo, mautrix.DirectionBackward, nil, pageSize)
		return check("ask for missed messages", err)
	})
	return page, err
}
