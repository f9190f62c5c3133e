package st2

import (
	"context"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/st2/client"
	"github.com/go-errbot/errbot/st2/doctor"
	"github.com/go-errbot/errbot/st2/internal/delivery"
)

// openCourier reads what was under way when the plugin was last stopped.
func (l *life) openCourier(ctx context.Context) (err error) {
	l.courier, err = delivery.Open(ctx, delivery.Config{
		StackStorm: l.client,
		Chat:       chat{l},
		Store:      l.host.Store,
		Log:        l.log,
		Route:      l.cfg.RouteKey,
		Every:      l.cfg.TimerUpdate.Duration(),
		Go:         l.host.Go,
	})
	return err
}

// listen brings the announcements of the stream until ctx ends.
func (l *life) listen(ctx context.Context) error {
	l.courier.Prepare(ctx)
	options := client.StreamOptions{
		Events:  l.streamEvents(),
		OnState: l.streamState,
		OnSkip:  func(error) { l.courier.Missed() },
	}
	return l.client.Stream(ctx, options, func(e client.Event) error {
		if l.takeEvent(e) {
			return nil
		}
		a, err := client.DecodeAnnouncement(e)
		if err == nil {
			err = l.take(ctx, a, l.courier.Event)
		}
		if err != nil && ctx.Err() == nil && l.said.first(err.Error()) {
			l.log.Warn("an announcement from the stream was left out; others like it are not logged", "error", err)
		}
		return nil
	})
}

// take hands on an announcement that is for people.
func (l *life) take(ctx context.Context, a client.Announcement, deliver func(context.Context, client.Announcement) error) error {
	if doctor.IsProbe(a) {
		return nil
	}
	return deliver(ctx, a)
}

// chat is the network as what is delivered sees it.
type chat struct{ *life }

var _ delivery.Chat = chat{}

// Resolve implements [delivery.Chat].
func (c chat) Resolve(ctx context.Context, address string) (backend.Ref, error) {
	return c.host.Resolve(ctx, address)
}

// Text implements [delivery.Chat].
func (c chat) Text(a client.Announcement) string { return present(a) }

// Show implements [delivery.Chat].
func (c chat) Show(ctx context.Context, at backend.Ref, a client.Announcement) error {
	return c.show(ctx, at, a)
}

// NotifyAdmins implements [delivery.Chat].
func (c chat) NotifyAdmins(text string) { c.host.NotifyAdmins(text) }
