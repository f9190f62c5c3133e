package mattermost

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/mattermost/mattermost-server/v6/model"

	"github.com/go-errbot/errbot/backend"
)

// Resolve understands "@alice" for a person and "~town-square", "#town-square",
// "team/channel" and "~team/channel" for a channel. It asks the server, so it needs a
// session: before the first connection nothing can be resolved.
func (b *Backend) Resolve(ctx context.Context, address string) (backend.Ref, error) {
	if name, ok := strings.CutPrefix(address, "@"); ok {
		p, err := b.personByName(ctx, name)
		return backend.ToPerson(p), err
	}
	c, err := b.channelByAddress(ctx, address)
	if err != nil {
		return backend.Ref{}, err
	}
	room, err := b.room(ctx, c)
	return backend.ToRoom(room), err
}

func (b *Backend) personByName(ctx context.Context, name string) (backend.Person, error) {
	name = strings.ToLower(name)
	if !isName(name, ".-_:") {
		return backend.Person{}, unknown("@" + name)
	}
	if b.known().token == "" {
		return backend.Person{}, &backend.RetryableError{Err: errNotConnected}
	}
	u, r, err := b.api(ctx).GetUserByUsername(name, "")
	if err := check("look up @"+name, r, err); err != nil {
		return backend.Person{}, err
	}
	return person(u), nil
}

// channelByAddress finds the channel that somebody named.
func (b *Backend) channelByAddress(ctx context.Context, address string) (*model.Channel, error) {
	name := strings.ToLower(trimMark(address))
	team, channel, inTeam := strings.Cut(name, "/")
	if !inTeam {
		team, channel = "", name
	}
	marked := len(name) < len(address)
	if !marked && !inTeam || inTeam && !isName(team, "-") || !isName(channel, "-_") {
		return nil, unknown(address)
	}
	own := b.known().team
	if own == nil {
		return nil, &backend.RetryableError{Err: errNotConnected}
	}
	var c *model.Channel
	var r *model.Response
	var err error
	if inTeam && team != own.Name {
		c, r, err = b.api(ctx).GetChannelByNameForTeamName(channel, team, "")
	} else {
		c, r, err = b.api(ctx).GetChannelByName(channel, own.Id, "")
	}
	err = check("look up the channel "+address, r, err)
	if status(err) == http.StatusForbidden { // it would tell that there is such a channel
		return nil, fmt.Errorf("%w: %w", unknown(address), err)
	}
	if err == nil && c.Type == model.ChannelTypeDirect {
		return nil, unknown(address)
	}
	return c, err
}

// isName reports whether name has only the characters of Mattermost's names: it becomes part
// of a request's path.
func isName(name, marks string) bool {
	return name != "" && name != "." && name != ".." && strings.IndexFunc(name, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9') && !strings.ContainsRune(marks, r)
	}) < 0
}

func unknown(address string) error {
	return fmt.Errorf("mattermost: %w: %q is none of @person, ~channel and team/channel", backend.ErrUnknown, address)
}

// trimMark returns an address of a channel without what marks it as one.
func trimMark(address string) string {
	if name, ok := strings.CutPrefix(address, "~"); ok {
		return name
	}
	return strings.TrimPrefix(address, "#")
}
