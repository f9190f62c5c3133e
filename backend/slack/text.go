package slack

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/go-errbot/errbot/backend"
)

// mentionLimit is how many people and channels of one message are looked up.
const mentionLimit = 50

// reading is one text on its way from Slack's form to what people see.
type reading struct {
	b        *Backend
	out      strings.Builder
	people   []backend.Person
	lookedUp int
}

// readable returns a text as people see it, and who is mentioned in it.
func (b *Backend) readable(ctx context.Context, text string) (string, []backend.Person, error) {
	if !strings.ContainsAny(text, "<&") {
		return text, nil, nil
	}
	r := reading{b: b}
	for {
		before, rest, found := strings.Cut(text, "<")
		r.out.WriteString(unescape(before))
		if !found {
			return r.out.String(), r.people, nil
		}
		token, after, closed := strings.Cut(rest, ">")
		if !closed {
			r.out.WriteString("<" + unescape(rest))
			return r.out.String(), r.people, nil
		}
		shown, err := r.token(ctx, token)
		if err != nil {
			return "", nil, err
		}
		r.out.WriteString(shown)
		text = after
	}
}

// unescape resolves the three escapes that Slack has.
func unescape(text string) string {
	if !strings.Contains(text, "&") {
		return text
	}
	return strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&").Replace(text)
}

// escape keeps text from being anything else than text.
func escape(text string) string {
	if !strings.ContainsAny(text, "&<>") {
		return text
	}
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(text)
}

// token returns what people see of what stands in angle brackets.
func (r *reading) token(ctx context.Context, token string) (string, error) {
	target, label, _ := strings.Cut(token, "|")
	label = unescape(label)
	if target == "" {
		return "<" + unescape(token) + ">", nil
	}
	switch name := target[1:]; target[0] {
	case '@':
		return r.person(ctx, name, label)
	case '#':
		return r.channel(ctx, name, label)
	case '!':
		return r.special(name, label), nil
	}
	return link(unescape(target), label), nil
}

func (r *reading) person(ctx context.Context, id, label string) (string, error) {
	if r.lookedUp++; r.lookedUp > mentionLimit {
		return "@" + cmp.Or(label, id), nil
	}
	p, err := r.b.personByID(ctx, id)
	if errors.Is(err, backend.ErrUnknown) {
		return "@" + cmp.Or(label, id), nil
	}
	if err != nil {
		return "", err
	}
	if !slices.ContainsFunc(r.people, func(other backend.Person) bool { return other.ID == p.ID }) {
		r.people = append(r.people, p)
	}
	return p.Address, nil
}

func (r *reading) channel(ctx context.Context, id, label string) (string, error) {
	if label != "" {
		return "#" + label, nil
	}
	if r.lookedUp++; r.lookedUp > mentionLimit {
		return "#" + id, nil
	}
	c, err := r.b.channelByID(ctx, id)
	var again *backend.RetryableError
	if errors.As(err, &again) || ctx.Err() != nil {
		return "", err
	}
	if err != nil { // a private channel that the bot is not in
		return "#" + id, nil
	}
	return "#" + c.name, nil
}

// special returns a mention of a group or of everybody, or a date.
func (r *reading) special(name, label string) string {
	if id, ok := strings.CutPrefix(name, "subteam^"); ok {
		return "@" + cmp.Or(strings.TrimPrefix(label, "@"), cmp.Or(r.b.directory.groups.handle(id), id))
	}
	switch {
	case strings.HasPrefix(name, "date^"):
		return cmp.Or(label, name)
	case name == "here" || name == "channel" || name == "everyone":
		return "@" + name
	}
	return "@" + cmp.Or(strings.TrimPrefix(label, "@"), name)
}

// link returns a link as it was typed, where Slack has made it out of an address.
func link(url, label string) string {
	switch label {
	case "", url:
		return url
	}
	_, address, _ := strings.Cut(url, ":")
	if strings.Trim(address, "/") == strings.Trim(label, "/") {
		return label
	}
	return label + " (" + url + ")"
}
