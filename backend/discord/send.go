package discord

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/bwmarrin/discordgo"

	"github.com/go-errbot/errbot/backend"
)

// post is a message as Discord takes it, with what discordgo does not know: a nonce by which
// Discord recognises, for some minutes, a message that it has already.
type post struct {
	Content         string                            `json:"content,omitempty"`
	Embeds          []*discordgo.MessageEmbed         `json:"embeds,omitempty"`
	AllowedMentions *discordgo.MessageAllowedMentions `json:"allowed_mentions"`
	Reference       *discordgo.MessageReference       `json:"message_reference,omitempty"`
	Flags           discordgo.MessageFlags            `json:"flags,omitempty"`
	Nonce           string                            `json:"nonce,omitempty"`
	EnforceNonce    bool                              `json:"enforce_nonce,omitempty"`
}

// Send implements [backend.Backend]. Text that gets longer by what it needs on Discord goes
// out in several messages.
func (b *Backend) Send(ctx context.Context, m *backend.Message) (backend.Ref, error) {
	embeds, err := embedsOf(m)
	if err != nil {
		return backend.Ref{}, err
	}
	return b.send(ctx, m, embeds, nil)
}

// send sends m with what is shown below its text: embeds, or a file.
func (b *Backend) send(ctx context.Context, m *backend.Message, embeds []*discordgo.MessageEmbed, file *backend.Upload) (backend.Ref, error) {
	to, err := b.destination(ctx, m)
	if err != nil {
		return backend.Ref{}, err
	}
	text := b.render(m)
	parts := cut(text, messageSize)
	if text == "" && (len(embeds) > 0 || file != nil) {
		parts = []string{""}
	}
	sent := m.Ref
	sent.Thread = to.thread
	for i, part := range parts {
		p := to.post(m, part)
		var upload *backend.Upload
		if i == len(parts)-1 {
			p.Embeds, upload = embeds, file
		}
		id, err := b.createPart(ctx, to, p, upload, i)
		if err != nil {
			return sent, err
		}
		if i == 0 {
			sent.ID = id
		}
	}
	return sent, nil
}

// target is where a message goes.
type target struct {
	channelID string
	thread    string
	reply     *discordgo.MessageReference // the message that is answered, where there is no thread
}

// post returns a part of m.
func (t target) post(m *backend.Message, text string) *post {
	p := &post{Content: text, AllowedMentions: mentionable(m, text), Reference: t.reply}
	if m.Plain {
		p.Flags = discordgo.MessageFlagsSuppressEmbeds // no previews of links in it
	}
	return p
}

// destination returns where a message goes.
func (b *Backend) destination(ctx context.Context, m *backend.Message) (target, error) {
	if err := ctx.Err(); err != nil {
		return target{}, fmt.Errorf("discord: send: %w", err)
	}
	if err := b.connected(); err != nil {
		return target{}, err
	}
	switch {
	case m.Room != nil && isID(m.Room.ID) && m.Thread != "":
		return b.thread(ctx, m)
	case m.Room != nil && isID(m.Room.ID):
		return target{channelID: m.Room.ID}, nil
	case m.Room == nil && m.Person != nil && isID(m.Person.ID):
		id, err := b.directChannel(ctx, m.Person.ID)
		return target{channelID: id}, err
	}
	return target{}, fmt.Errorf("discord: send: %w: no room and no person given", backend.ErrUnknown)
}

// createPart is create for a part of a message: once the first one is there, sending the
// whole message again would double it, so that waiting is done here.
func (b *Backend) createPart(ctx context.Context, to target, p *post, file *backend.Upload, i int) (id string, err error) {
	if i == 0 {
		return b.create(ctx, to.channelID, p, file)
	}
	err = patiently(ctx, func() error {
		id, err = b.create(ctx, to.channelID, p, file)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("discord: part %d of a message: %w", i+1, final(err))
	}
	return id, nil
}

// final returns what went wrong, for a call that is not to be made again.
func final(err error) error {
	var again *backend.RetryableError
	if errors.As(err, &again) {
		return again.Err
	}
	return err
}

// create has Discord take a message, and returns its ID. When a call ends without an answer
// nobody knows whether the message was taken; the next call for the same one has the same
// nonce then.
func (b *Backend) create(ctx context.Context, channelID string, p *post, file *backend.Upload) (string, error) {
	key := keyOf(channelID, p, file)
	p.Nonce, p.EnforceNonce = b.unsure.nonce(key), true
	body, contentType, err := encode(p, file)
	if err != nil {
		return "", err
	}
	address := discordgo.EndpointChannelMessages(channelID)
	answer, err := b.rest.RequestRaw(http.MethodPost, address, contentType, body, address, 0, discordgo.WithContext(ctx))
	err = check(ctx, "send", err)
	if err != nil && (status(err) == 0 || status(err) >= http.StatusInternalServerError) {
		b.unsure.open(key, p.Nonce)
	} else {
		b.unsure.settled(key)
	}
	if err != nil {
		return "", explain(err)
	}
	var created struct {
		ID string `json:"id"`
	}
	if err := json.Unmarshal(answer, &created); err != nil {
		return "", fmt.Errorf("discord: send: the answer cannot be understood: %w", err)
	}
	return created.ID, nil
}

// explain adds what to do about an error that the bot's account causes.
func explain(err error) error {
	switch codeOf(err) {
	case discordgo.ErrCodeMissingAccess, discordgo.ErrCodeMissingPermissions:
		return fmt.Errorf("%w: give the bot's role the permissions that backend/discord/README.md lists", err)
	case discordgo.ErrCodeCannotSendMessagesToThisUser:
		return fmt.Errorf("%w: the person takes no private messages from members of the server", err)
	}
	return err
}

func encode(p *post, file *backend.Upload) (body []byte, contentType string, err error) {
	if file == nil {
		body, err = json.Marshal(p)
		return body, "application/json", err
	}
	contentType, body, err = discordgo.MultipartBodyWithJSON(p, []*discordgo.File{
		{Name: file.Name, ContentType: file.Type, Reader: bytes.NewReader(file.Content)},
	})
	return body, contentType, err
}

// embedsOf returns the embeds of a message's extras.
func embedsOf(m *backend.Message) ([]*discordgo.MessageEmbed, error) {
	extra, ok := m.Extras[backend.ExtraEmbeds]
	if !ok {
		return nil, nil
	}
	data, err := json.Marshal(extra)
	var embeds []*discordgo.MessageEmbed
	if err == nil {
		err = json.Unmarshal(data, &embeds)
	}
	if err != nil {
		return nil, fmt.Errorf("discord: the embeds cannot be understood: %w", err)
	}
	return embeds, nil
}

// cut splits a rendered text into parts of at most limit code points: at the end of a line
// where it can, not between a backslash and what it keeps from being markup, and with code
// fences closed and opened again. A text without anything is one that shows nothing.
func cut(text string, limit int) []string {
	const closing = "\n" + fence
	if strings.TrimSpace(text) == "" {
		return []string{invisible}
	}
	var parts []string
	open := ""
	for text != "" {
		text = open + text
		if utf8.RuneCountInString(text) <= limit {
			return append(parts, text)
		}
		end := bytesOf(text, limit-len(closing))
		if i := strings.LastIndexByte(text[:end], '\n'); i > len(open) && i > end/2 {
			end = i + 1
		} else if escapes(text[:end]) {
			end--
		}
		part := text[:end]
		text = text[end:]
		if open = openFence(part); open != "" {
			part = strings.TrimSuffix(part, "\n") + closing
			open += "\n"
		}
		if strings.TrimSpace(part) != "" {
			parts = append(parts, part)
		}
	}
	return parts
}

// bytesOf returns how many bytes the first code points of text have.
func bytesOf(text string, runes int) int {
	for i := range text {
		if runes == 0 {
			return i
		}
		runes--
	}
	return len(text)
}

// escapes reports whether text ends with a backslash that is itself not escaped.
func escapes(text string) bool {
	return (len(text)-len(strings.TrimRight(text, `\`)))%2 == 1
}

// openFence returns the line that opened a code fence which text does not close, without what
// is too long to be a language.
func openFence(text string) string {
	const longest = 30
	open := ""
	for line := range strings.Lines(text) {
		switch line = strings.TrimSpace(line); {
		case !strings.HasPrefix(line, fence):
		case open == "" && len(line) > longest:
			open = fence
		case open == "":
			open = line
		default:
			open = ""
		}
	}
	return open
}

// SendFile implements [backend.FileSender].
func (b *Backend) SendFile(ctx context.Context, f *backend.Upload, m *backend.Message) (backend.Ref, error) {
	return b.send(ctx, m, nil, f)
}
