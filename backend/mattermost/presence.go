package mattermost

import (
	"context"

	"github.com/go-errbot/errbot/backend"
)

// watched is how many people's presence is asked for at once.
const watched = 500

// presence is what the host was told last, by person. It lives as long as a connection.
type presence map[string]string

// tellPresence asks how the people are whom the bot knows, and passes on what has changed:
// the server tells everybody their own presence only. What it does not say now it may say
// the next time.
func (b *Backend) tellPresence(ctx context.Context, events backend.Sink) {
	known := b.directory.users.keys(watched)
	if len(known) == 0 {
		return
	}
	statuses, r, err := b.api(ctx).GetUsersStatusesByIds(known)
	if err := check("ask who is there", r, err); err != nil {
		b.log.Debug("mattermost: the presence of people stays unknown", "error", err)
		return
	}
	if len(b.presence) > cached {
		clear(b.presence)
	}
	for _, s := range statuses {
		if s.UserId == b.known().self.ID || b.presence[s.UserId] == s.Status {
			continue
		}
		p, err := b.personByID(ctx, s.UserId)
		if err != nil {
			continue // is known no longer
		}
		b.presence[s.UserId] = s.Status
		events.Receive(backend.Presence{Person: p, Status: s.Status})
	}
}
