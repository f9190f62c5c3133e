package telegram

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"

	"github.com/go-errbot/errbot/backend"
)

// person returns a user as the host knows people. Access rules see the number: not everybody
// has a username, and one that was given up can become somebody else's.
func person(u *models.User) backend.Person {
	id := strconv.FormatInt(u.ID, 10)
	return backend.Person{
		ID: id, ACL: id, Address: id,
		Nick:     cmp.Or(u.Username, u.FirstName, id),
		FullName: strings.TrimSpace(u.FirstName + " " + u.LastName),
	}
}

// remember notes somebody who has shown up.
func (b *Backend) remember(u *models.User) backend.Person {
	p := person(u)
	b.people.put(p.ID, *u)
	if u.Username != "" {
		b.names.put(strings.ToLower(u.Username), p.ID)
	}
	return p
}

// room returns a group as the host knows rooms.
func (b *Backend) room(id int64, title string) backend.Room {
	text := strconv.FormatInt(id, 10)
	return backend.Room{ID: text, Name: cmp.Or(title, text), ACL: text, Address: text}
}

// Resolve understands "123456" for a person, "-1001234" for a group, and "@name" for a
// public group and for a person whom the bot has seen since it was started. It asks
// Telegram, which knows people who have written to the bot.
func (b *Backend) Resolve(ctx context.Context, address string) (backend.Ref, error) {
	name, named := strings.CutPrefix(address, "@")
	var chat any = address
	switch {
	case named && isKey(name) && len(name) <= 64:
		if id, ok := b.names.get(strings.ToLower(name)); ok {
			u, _ := b.people.get(id)
			return backend.ToPerson(person(&u)), nil
		}
	case isID(address):
		id, _ := strconv.ParseInt(address, 10, 64)
		if u, ok := b.people.get(address); ok {
			return backend.ToPerson(person(&u)), nil
		}
		if moved, ok := b.moved.get(address); ok {
			id = moved
		}
		chat = id
	default:
		return backend.Ref{}, unknown(address)
	}
	if self := b.Self(); self.ID == address || named && strings.EqualFold(name, self.Nick) {
		return backend.ToPerson(self), nil
	}
	if err := b.connected(ctx); err != nil {
		return backend.Ref{}, err
	}
	found, err := ask(ctx, "look up "+address, func(ctx context.Context) (*models.ChatFullInfo, error) {
		return b.api.GetChat(ctx, &bot.GetChatParams{ChatID: chat})
	})
	if err != nil {
		return backend.Ref{}, err
	}
	if found.Type == models.ChatTypePrivate {
		u := &models.User{ID: found.ID, FirstName: found.FirstName, LastName: found.LastName, Username: found.Username}
		return backend.ToPerson(b.remember(u)), nil
	}
	return backend.ToRoom(b.room(found.ID, found.Title)), nil
}

func unknown(address string) error {
	return fmt.Errorf("telegram: %w: %q is none of a person's number, a group's number and @name", backend.ErrUnknown, address)
}

// Mention implements [backend.Mentioner] with a link to the person, which reaches those
// without a username too.
func (b *Backend) Mention(p backend.Person) string {
	return "[" + escapeLabel(p.Nick) + "](" + mentionLink + p.ID + ") "
}
