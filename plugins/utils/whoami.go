package utils

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/bot"
	"github.com/go-errbot/errbot/plugins/internal/markup"
)

func whoami(ctx context.Context, r *bot.Request) (string, error) {
	address := strings.Trim(r.Args, `"`)
	if address == "" {
		return describe(&r.Message.From, r.Message.Room, r.Message.Groups...), nil
	}
	ref, err := r.Host().Resolve(ctx, address)
	switch {
	case errors.Is(err, backend.ErrUnknown):
		return "", bot.Errorf("I know no person or room %s.", markup.Code(address))
	case err != nil:
		return "", fmt.Errorf("resolve %q: %w", address, err)
	}
	return describe(ref.Person, ref.Room), nil
}

// describe tells about a person with their groups, a room, or a person in a room.
func describe(p *backend.Person, room *backend.Room, groups ...string) string {
	var rows [][]string
	add := func(key, value string) { rows = append(rows, []string{key, markup.Code(value)}) }
	if p != nil {
		add("person", p.ID)
		add("nick", p.Nick)
		add("fullname", p.FullName)
		add("client", p.Client)
		add("email", p.Email)
		add("address", p.Address)
		add("access rules", p.ACL)
		for _, group := range groups {
			add("group in access rules", group)
		}
	}
	if room != nil {
		add("room", room.Address)
		add("room in access rules", room.ACL)
	}
	return markup.Table([]string{"key", "value"}, rows)
}
