package matrix

import (
	"context"
	"slices"
	"strings"
	"sync"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// everybody is the rule by which anybody may ask the bot into rooms.
const everybody = "*"

// doors enters rooms into which the bot is asked, beside the stream of events: a server can
// take minutes to enter a room of another one.
type doors struct {
	b       *Backend
	cli     *mautrix.Client
	waiting chan func(ctx context.Context)
	cancel  context.CancelFunc
	running sync.WaitGroup
}

// waitingLimit is how many things wait behind the doors; more are left out, which is logged.
const waitingLimit = 1000

func (b *Backend) newDoors(ctx context.Context, cli *mautrix.Client) *doors {
	ctx, cancel := context.WithCancel(ctx)
	d := &doors{b: b, cli: cli, waiting: make(chan func(context.Context), waitingLimit), cancel: cancel}
	for id, state := range b.rooms.invitations() { // which the last connection left
		d.takeInvitation(id, state)
	}
	d.running.Go(func() {
		for {
			select {
			case do := <-d.waiting:
				do(ctx)
			case <-ctx.Done():
				return
			}
		}
	})
	return d
}

func (d *doors) close() {
	d.cancel()
	d.running.Wait()
}

// add has something done behind the doors. What fails is logged.
func (d *doors) add(what string, where id.RoomID, do func(ctx context.Context) error) {
	job := func(ctx context.Context) {
		err := patiently(ctx, func() error { return check(what, do(ctx)) })
		if err != nil && ctx.Err() == nil {
			d.b.log.Warn("matrix: could not "+what, "room", where, "error", err)
		}
	}
	select {
	case d.waiting <- job:
	default:
		d.b.log.Warn("matrix: too busy to "+what, "room", where)
	}
}

// takeInvitation follows an invitation if whoever asks may do so.
func (d *doors) takeInvitation(where id.RoomID, state []*event.Event) {
	self := string(d.cli.UserID)
	for _, e := range state {
		if membershipOf(e, self) != event.MembershipInvite {
			continue
		}
		if !d.b.mayInvite(e.Sender) || d.b.rooms.full() {
			d.b.log.Warn("matrix: an invitation is not followed", "room", where, "by", e.Sender)
			d.b.rooms.answered(where)
			return
		}
		by, direct := e.Sender, e.Content.AsMember().IsDirect
		d.add("follow an invitation", where, func(ctx context.Context) error {
			if direct { // before the bot is in, so that what is said there is private from the start
				if err := d.b.callDirect(ctx, d.cli, by, where); err != nil {
					return err
				}
			}
			err := d.join(ctx, where, by.Homeserver())
			if !mayPass(check("follow an invitation", err)) {
				d.b.rooms.answered(where) // for good, in one way or the other
			}
			return err
		})
		return
	}
}

// follow goes to the room that has replaced one in which the bot was.
func (d *doors) follow(where id.RoomID, via string) {
	if _, known := d.b.rooms.get(where); where == "" || known || d.b.rooms.full() {
		return
	}
	d.add("go to the room's successor", where, func(ctx context.Context) error { return d.join(ctx, where, via) })
}

func (d *doors) join(ctx context.Context, where id.RoomID, via string) error {
	_, err := d.cli.JoinRoom(ctx, string(where), &mautrix.ReqJoinRoom{Via: []string{via}})
	return err
}

// mayInvite applies the rule of [Options.Invites].
func (b *Backend) mayInvite(who id.UserID) bool {
	rules := b.options.Invites
	if rules == nil {
		rules = []string{b.client().UserID.Homeserver()}
	}
	return slices.ContainsFunc(rules, func(rule string) bool {
		return rule == everybody || rule == string(who) || strings.EqualFold(rule, who.Homeserver())
	})
}

// tellOfEncryption says once in a room why the bot is silent there.
func (d *doors) tellOfEncryption(where id.RoomID) {
	tell := false
	d.b.rooms.change(where, func(r *room) { tell, r.told = !r.told, true })
	if !tell {
		return
	}
	d.b.log.Warn("matrix: a room is encrypted and cannot be read", "room", where)
	d.add("say that the bot cannot read", where, func(ctx context.Context) error {
		_, err := d.cli.SendNotice(ctx, where, "I cannot read encrypted messages. Please talk to me in a room without encryption.")
		return err
	})
}
