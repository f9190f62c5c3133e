package xmpp

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"mellium.im/xmpp/jid"

	"github.com/go-errbot/errbot/backend"
)

// Resolve understands "somebody@example.com", "room@conference.example.com" and, for somebody
// in a room, "room@conference.example.com/nick". What a domain is is asked once; whether a
// room exists, each time unless the bot is in it. Whether a person exists cannot be asked:
// servers do not tell strangers.
func (b *Backend) Resolve(ctx context.Context, address string) (backend.Ref, error) {
	who, err := parse(address)
	if err != nil {
		return backend.Ref{}, fmt.Errorf("xmpp: %w", err)
	}
	name, nick := who.Bare().String(), who.Resourcepart()
	if b.isSelf(name) {
		return backend.ToPerson(person(who.String())), nil
	}
	isRoom := b.isKnown(name)
	if !isRoom {
		if isRoom, err = b.isRoom(ctx, who); err != nil {
			return backend.Ref{}, fmt.Errorf("xmpp: look up %s: %w", name, err)
		}
	}
	switch {
	case !isRoom:
		return backend.ToPerson(person(who.String())), nil
	case nick == "":
		return backend.ToRoom(place(name)), nil
	}
	p, there := b.occupant(name, nick)
	if !there {
		return backend.Ref{}, fmt.Errorf("xmpp: %w: nobody is called %q in %s", backend.ErrUnknown, nick, name)
	}
	p.Address = name + "/" + nick
	return backend.ToPerson(p), nil
}

// parse reads an address that a person typed.
func parse(address string) (jid.JID, error) {
	who, err := jid.Parse(strings.TrimSpace(address))
	if err != nil || who.Localpart() == "" {
		return jid.JID{}, fmt.Errorf("%w: %q is no address such as name@example.com", backend.ErrUnknown, address)
	}
	return who, nil
}

// isRoom reports whether an address is a room's. A room that does not exist is an error.
func (b *Backend) isRoom(ctx context.Context, who jid.JID) (bool, error) {
	if who.Domainpart() == b.options.account.Domainpart() {
		return false, nil
	}
	c, err := b.current()
	if err != nil {
		return false, err
	}
	has, err := c.hasRooms(ctx, who.Domainpart())
	if err != nil || !has {
		return false, err
	}
	_, err = c.info(ctx, who.Bare().String())
	return true, err
}

// believes reports whether the rooms of a domain are believed when they say who somebody is.
func (o *Options) believes(domain string) bool {
	own := o.account.Domainpart()
	return domain == own || strings.HasSuffix(domain, "."+own) || slices.Contains(o.RoomServices, domain)
}
