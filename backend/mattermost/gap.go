package mattermost

import (
	"context"
	"fmt"
	"slices"

	"github.com/mattermost/mattermost-server/v6/model"

	"github.com/go-errbot/errbot/backend"
)

const (
	pageSize = 200
	// gapLimit is how many posts of one channel are asked for after a gap; older ones
	// are left out, which is logged.
	gapLimit = 10_000
	// overlap is how far behind the newest known post a channel is read again: posts of
	// one moment become visible in any order. What is known already is not passed on.
	overlap = 5000 // ms
)

// lookAround lists the bot's channels, and returns those with posts that it has not seen.
// It is done while the websocket is open, so that nothing falls between the two.
func (b *Backend) lookAround(ctx context.Context) ([]unread, error) {
	channels, err := b.channels(ctx)
	if err != nil {
		return nil, err
	}
	for _, c := range channels {
		b.directory.channels.put(c.Id, c)
	}
	return b.history.compare(channels, b.opened.now().UnixMilli()), nil
}

func (b *Backend) channels(ctx context.Context) (channels []*model.Channel, err error) {
	err = patiently(ctx, func() error {
		var r *model.Response
		channels, r, err = b.api(ctx).GetChannelsForUserWithLastDeleteAt(b.known().self.ID, 0)
		return check("list the bot's channels", r, err)
	})
	return channels, err
}

// fill passes on what was said since the last connection, oldest first over all channels.
func (b *Backend) fill(ctx context.Context, gap []unread, events backend.Sink) error {
	var missed []*model.Post
	for _, u := range gap {
		posts, err := b.postsSince(ctx, u)
		if err != nil {
			return err
		}
		missed = append(missed, posts...)
	}
	slices.SortStableFunc(missed, func(x, y *model.Post) int { return int(x.CreateAt - y.CreateAt) })
	b.log.Debug("mattermost: read what was missed", "channels", len(gap), "posts", len(missed))
	for _, post := range missed {
		if err := b.takePost(ctx, post, events); err != nil {
			return fmt.Errorf("mattermost: fill the gap: %w", err)
		}
	}
	return nil
}

// postsSince returns the posts of a channel that have not been seen, oldest first. It reads
// from the newest one back, and not on from the newest known one: that one may have been
// deleted, and others may have been created in the same millisecond.
func (b *Backend) postsSince(ctx context.Context, u unread) ([]*model.Post, error) {
	var posts []*model.Post
	for page := 0; ; page++ {
		if page*pageSize >= gapLimit {
			b.log.Warn("mattermost: too many messages were missed; the oldest are left out", "channel", u.channel.Name)
			break
		}
		list, err := b.page(ctx, u.channel.Id, page)
		if err != nil {
			return nil, err
		}
		older := false
		for _, id := range list.Order {
			post := list.Posts[id]
			if post == nil || post.CreateAt < u.since {
				older = older || post != nil
				continue
			}
			if !b.history.has(post) {
				posts = append(posts, post)
			}
		}
		if older || len(list.Order) < pageSize {
			break
		}
	}
	slices.Reverse(posts)
	if u.new {
		posts = sinceJoining(posts, u.channel, b.known().self.ID)
	}
	return posts, nil
}

func (b *Backend) page(ctx context.Context, channelID string, page int) (list *model.PostList, err error) {
	err = patiently(ctx, func() error {
		var r *model.Response
		list, r, err = b.api(ctx).GetPostsForChannel(channelID, page, pageSize, "", false)
		return check("ask for missed messages", r, err)
	})
	return list, err
}

// sinceJoining leaves out what was said in a channel before the bot was in it.
func sinceJoining(posts []*model.Post, channel *model.Channel, self string) []*model.Post {
	if channel.IsGroupOrDirect() {
		return posts
	}
	for i, p := range slices.Backward(posts) {
		joined := p.Type == model.PostTypeJoinChannel && p.UserId == self
		added := p.Type == model.PostTypeAddToChannel && p.GetProp(model.PostPropsAddedUserId) == self
		if joined || added {
			return posts[i+1:]
		}
	}
	return nil
}
