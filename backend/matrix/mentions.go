package matrix

import (
	"bytes"
	"context"
	"html"
	"net/url"
	"slices"
	"strings"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"github.com/go-errbot/errbot/backend"
)

const (
	// mentionLimit is how many people one message can mention.
	mentionLimit = 50
	// matrixTo begins the address by which clients know rooms and people.
	matrixTo = "https://matrix.to/#/"
)

// Mention implements [backend.Mentioner]: in Markdown, a user ID becomes a mention.
func (b *Backend) Mention(p backend.Person) string { return p.Address + " " }

// mentioned returns the people whom a message addresses: those it names, or, from older
// clients, those to whom it has links.
func (b *Backend) mentioned(ctx context.Context, content *event.MessageEventContent) []backend.Person {
	var users []id.UserID
	switch {
	case content.Mentions != nil:
		users = content.Mentions.UserIDs
	case content.Format == event.FormatHTML:
		users = pills(content.FormattedBody)
	}
	var people []backend.Person
	for _, user := range users[:min(len(users), mentionLimit)] {
		if isUserID(string(user)) {
			people = append(people, b.personByID(ctx, user))
		}
	}
	return people
}

// pills returns the people to whom there are links in HTML.
func pills(page string) []id.UserID {
	const begin = `href="` // clients write it so
	var users []id.UserID
	for len(users) < mentionLimit {
		_, rest, found := strings.Cut(page, begin)
		if !found {
			break
		}
		address, after, _ := strings.Cut(rest, `"`)
		page = after
		if user := userBehind(html.UnescapeString(address)); user != "" && !slices.Contains(users, user) {
			users = append(users, user)
		}
	}
	return users
}

// userBehind returns the person to whom an address leads; "" when it leads elsewhere.
func userBehind(address string) id.UserID {
	rest, ok := strings.CutPrefix(address, matrixTo)
	if !ok {
		return ""
	}
	rest, _, _ = strings.Cut(rest, "?")
	user, err := url.PathUnescape(rest)
	if err != nil || !isUserID(user) {
		return ""
	}
	return id.UserID(user)
}

// userIDAt returns the length of the user ID that text begins with, without what belongs to
// the sentence behind it; 0 when there is none.
func userIDAt(text []byte) int {
	end := bytes.IndexFunc(text, func(r rune) bool {
		return r >= 128 || !isNameByte(byte(r)) && !strings.ContainsRune("@:=/+[]", r)
	})
	if end < 0 {
		end = len(text)
	}
	end = min(end, id.UserIDMaxLength)
	for end > 0 && (strings.IndexByte(".:-_/=+[", text[end-1]) >= 0 || text[end-1] == ']' && bytes.IndexByte(text[:end], '[') < 0) {
		end--
	}
	if !isUserID(string(text[:end])) {
		return 0
	}
	return end
}

func isNameByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '.' || c == '-' || c == '_'
}
