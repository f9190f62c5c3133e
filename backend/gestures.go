package backend

import (
	"context"
	"io"
)

// Editor is a backend that can change what the bot has said.
type Editor interface {
	// Edit replaces the body of the message that m's Ref.ID names by m's.
	Edit(ctx context.Context, m *Message) error
}

// Reactor is a backend that can put reactions on messages. Doing the same twice is no error.
type Reactor interface {
	// React puts a reaction, named without colons, on the message to.
	React(ctx context.Context, to Ref, name string) error
	// Unreact takes it away again.
	Unreact(ctx context.Context, to Ref, name string) error
}

// Typer is a backend that can show that the bot is about to say something.
type Typer interface {
	// Typing shows it for some seconds, at a place and in its thread.
	Typing(ctx context.Context, at Ref) error
}

// Whisperer is a backend that can show a message in a room to one person.
type Whisperer interface {
	// Whisper shows m, at its place in a room, to one person only. It follows the
	// rules of [Backend.Send]. An error that wraps [errors.ErrUnsupported] says that
	// this account may not do so, and that nothing was sent.
	Whisper(ctx context.Context, m *Message, to Person) (Ref, error)
}

// FileOpener is a backend that keeps files where only the bot's account can read them.
type FileOpener interface {
	// OpenFile returns the content of a file that came with a message. The caller
	// closes it. The file may be of any size.
	OpenFile(ctx context.Context, f File) (io.ReadCloser, error)
}
