package matrix

import (
	"context"
	"net/http"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"github.com/go-errbot/errbot/backend"
)

// Send implements [backend.Backend].
func (b *Backend) Send(ctx context.Context, m *backend.Message) (backend.Ref, error) {
	cli, err := b.connected()
	if err != nil {
		return backend.Ref{}, err
	}
	where, err := b.destination(ctx, cli, m.Ref)
	if err != nil {
		return backend.Ref{}, err
	}
	content := b.content(m)
	return b.create(ctx, cli, where, m, content, content)
}

// create has the server take a message, which identity tells from others.
func (b *Backend) create(ctx context.Context, cli *mautrix.Client, where id.RoomID, m *backend.Message, content *event.MessageEventContent, identity any) (backend.Ref, error) {
	if m.Thread != "" {
		root := id.EventID(m.Thread)
		content.RelatesTo = (&event.RelatesTo{}).SetThread(root, root)
	}
	sent := m.Ref
	made, err := b.put(ctx, cli, where, event.EventMessage, content, identity)
	if err != nil {
		return backend.Ref{}, err
	}
	sent.ID = string(made)
	return sent, nil
}

// put has the server take an event. When a call ends without an answer nobody knows whether
// it was taken; the next call for an event with the same identity has the same transaction ID
// then, by which the server tells that it has it already.
func (b *Backend) put(ctx context.Context, cli *mautrix.Client, where id.RoomID, kind event.Type, content, identity any) (id.EventID, error) {
	key := keyOf(where, kind, identity)
	transaction := b.unsure.begin(key, cli)
	made, err := cli.SendMessageEvent(ctx, where, kind, content, mautrix.ReqSendEvent{TransactionID: transaction})
	err = check("send", err)
	if err != nil && (status(err) == 0 || status(err) >= http.StatusInternalServerError) {
		b.unsure.lost(key, transaction)
	} else {
		b.unsure.settled(key)
	}
	if err != nil {
		return "", err
	}
	return made.EventID, nil
}
