package slack

import (
	"context"
	"fmt"
	"strings"

	"github.com/go-errbot/errbot/backend"
)

// Resolve understands "@alice", "<@U024BE7LH>" and "U024BE7LH" for a person and "#general",
// "<#C024BE91L>" and "C024BE91L" for a channel. Names are usernames, not the names that
// people show. It asks Slack, so it needs a connection.
func (b *Backend) Resolve(ctx context.Context, address string) (backend.Ref, error) {
	if id, ok := personID(address); ok {
		p, err := b.personByID(ctx, id)
		return backend.ToPerson(p), err
	}
	if name, ok := strings.CutPrefix(address, "@"); ok {
		p, err := b.personByName(ctx, name)
		return backend.ToPerson(p), err
	}
	c, err := b.channelByAddress(ctx, address)
	if err != nil {
		return backend.Ref{}, err
	}
	return backend.ToRoom(c.room()), nil
}

// personByAddress is Resolve for a person.
func (b *Backend) personByAddress(ctx context.Context, address string) (backend.Person, error) {
	if id, ok := personID(address); ok {
		return b.personByID(ctx, id)
	}
	return b.personByName(ctx, strings.TrimPrefix(address, "@"))
}

// channelByAddress finds the room that somebody named.
func (b *Backend) channelByAddress(ctx context.Context, address string) (channel, error) {
	if id := inBrackets(address, "#"); isID(id, "CG") {
		c, err := b.channelByID(ctx, id)
		if err == nil && c.user != "" {
			return channel{}, unknown(address)
		}
		return c, err
	}
	if name, ok := strings.CutPrefix(address, "#"); ok {
		return b.channelByName(ctx, strings.ToLower(name))
	}
	return channel{}, unknown(address)
}

// personID returns the ID in an address that has one.
func personID(address string) (id string, ok bool) {
	id = strings.TrimPrefix(inBrackets(address, "@"), "@")
	return id, isID(id, "UW")
}

// inBrackets returns what stands behind mark in "<@ID>" or "<@ID|name>"; the whole address
// when it has another form.
func inBrackets(address, mark string) string {
	inner, ok := strings.CutPrefix(address, "<"+mark)
	if !ok {
		return address
	}
	inner, ok = strings.CutSuffix(inner, ">")
	if !ok {
		return address
	}
	id, _, _ := strings.Cut(inner, "|")
	return id
}

func unknown(address string) error {
	return fmt.Errorf("slack: %w: %q is none of @person and #channel", backend.ErrUnknown, address)
}
