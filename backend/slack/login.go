package slack

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/slack-go/slack"

	"github.com/go-errbot/errbot/backend"
)

// logIn learns who the bot is.
func (b *Backend) logIn(ctx context.Context) error {
	var me *slack.AuthTestResponse
	err := patiently(ctx, func() (err error) {
		me, err = b.api.AuthTestContext(ctx)
		return check(ctx, "ask who the bot is", err)
	})
	if err != nil {
		return refused("token", err)
	}
	b.mu.Lock()
	b.account.botID, b.account.teamID, b.account.enterpriseID = me.BotID, me.TeamID, me.EnterpriseID
	b.account.clock = clock(me.Header)
	b.mu.Unlock()
	self, err := b.personByID(ctx, me.UserID)
	if err != nil {
		return refused("token", err)
	}
	if err := b.readGroups(ctx); err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.account.self = self
	return nil
}

// clock returns how far Slack's time is ahead of ours. It is told to the second, so that a
// difference below that is none.
func clock(h http.Header) time.Duration {
	now, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		return 0
	}
	ahead := time.Until(now)
	if ahead.Abs() <= clockTolerance {
		return 0
	}
	return ahead
}

// refused marks an error that says that a token will not do.
func refused(token string, err error) error {
	if isRefusal(code(err)) {
		return fmt.Errorf("%w: %s: %w", backend.ErrRefused, token, err)
	}
	return err
}
