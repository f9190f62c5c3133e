// Package inquiry is about what StackStorm's workflows ask people. It finds inquiries with the
// workflows that wait for them, tells of new ones ([Watch]), asks for the answers question by
// question ([Conversations]), and sends them ([Open.Respond]).
//
// Commands, and who speaks to StackStorm for whom, are package st2's. What a schema asks for
// and which answers fit it are package form's.
package inquiry

import (
	"context"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/bot"
)

// Chat is what this package needs of the bot.
type Chat interface {
	// Go runs something beside what goes on. The context ends when the bot stops.
	Go(name string, run func(ctx context.Context) error)
	// SendMessage sends a message, and waits until the network has taken it.
	SendMessage(ctx context.Context, m *backend.Message) (backend.Ref, error)
}

var _ Chat = (*bot.Host)(nil)

// Typed are commands as people type them, before the id of an inquiry.
type Typed struct {
	Answer string // "!st2inquiry_answer"
	Cancel string // "!st2inquiry_cancel"
}
