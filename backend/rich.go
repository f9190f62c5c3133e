package backend

import "context"

// FileSender is a backend that can send files. SendFile follows the rules of
// [Backend.Send]: it blocks until the network has taken the whole file, a
// *[RetryableError] says that nothing was taken and the same call may succeed later, and it
// may be called from several goroutines. m says where the file goes and has the text that
// stands beside it, which may be empty; its Files are not looked at.
//
// A file that is larger than the network takes is an error that wraps [ErrFileTooLarge].
type FileSender interface {
	SendFile(ctx context.Context, f *Upload, m *Message) (Ref, error)
}

// Upload is a file that the bot sends.
type Upload struct {
	Name    string // without a folder: "result.txt"
	Type    string // media type: "text/plain; charset=utf-8"
	Content []byte // must not be changed by the backend
}

// The keys of [Message.Extras] that plugins put there, for backends that name them in
// [ExtrasSender.Extras]. The values are what encoding/json decodes: maps, slices, texts
// and numbers, in the words of the network's own API.
const (
	// ExtraAttachments is a list of objects as Slack, Mattermost and Rocket.Chat know
	// them. They are shown below the body, which may be empty.
	ExtraAttachments = "attachments"
	// ExtraBlocks is a list of Slack's blocks. They are shown in place of the body,
	// which is for notifications.
	ExtraBlocks = "blocks"
	// ExtraEmbeds is a list of Discord's embeds. They are shown below the body, which
	// may be empty.
	ExtraEmbeds = "embeds"
	// ExtraFormattedBody is the body as HTML, a text, as Matrix knows it. It is shown
	// in place of the body, which is for clients without HTML.
	ExtraFormattedBody = "formatted_body"
	// ExtraUsername and ExtraIcon are the name and the emoji (":robot_face:") under
	// which a message is shown, where the network lets bots choose.
	ExtraUsername = "username"
	ExtraIcon     = "icon_emoji"
)

// ExtrasSender is a backend whose Send understands some of [Message.Extras]. Plugins put
// something there only when the backend understands it; everybody else is sent a body
// that says it all.
type ExtrasSender interface {
	// Extras returns the keys that Send understands. It does not change.
	Extras() []string
}
