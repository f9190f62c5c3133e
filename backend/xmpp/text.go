package xmpp

import (
	"crypto/rand"
	"encoding/xml"
	"strings"

	"mellium.im/xmpp/stanza"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/backend/markdown"
)

// newID returns an id that nobody can guess.
func newID() string { return rand.Text() }

// bare returns an address of the server's without the resource.
func bare(address string) string {
	address, _, _ = strings.Cut(address, "/")
	return address
}

// resourceOf returns what stands behind the bare address: a device, or a nick in a room.
func resourceOf(address string) string {
	_, resource, _ := strings.Cut(address, "/")
	return resource
}

// localpart returns what stands before the "@".
func localpart(address string) string {
	local, _, found := strings.Cut(bare(address), "@")
	if !found {
		return ""
	}
	return local
}

// domain returns what stands behind the "@".
func domain(address string) string {
	address = bare(address)
	if _, domain, found := strings.Cut(address, "@"); found {
		return domain
	}
	return address
}

// escape returns text for an attribute or an element.
func escape(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(text))
	return b.String()
}

// clip shortens what somebody writes beside their presence.
func clip(text string) string {
	if len(text) <= maxNote {
		return text
	}
	return strings.ToValidUTF8(text[:maxNote], "")
}

// attribute returns an attribute without a namespace.
func attribute(start *xml.StartElement, name string) string {
	for _, a := range start.Attr {
		if a.Name.Space == "" && a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// refusal is a stanza error in the server's own words.
type refusal struct{ stanza stanza.Error }

// Error implements error.
func (r *refusal) Error() string {
	condition := strings.ReplaceAll(string(r.stanza.Condition), "-", " ")
	for _, text := range r.stanza.Text {
		return condition + ": " + markdown.Clean(text)
	}
	return condition
}

// Is makes errors about what does not exist errors.Is [backend.ErrUnknown].
func (r *refusal) Is(target error) bool {
	switch r.stanza.Condition {
	case stanza.ItemNotFound, stanza.RemoteServerNotFound, stanza.JIDMalformed, stanza.Gone:
		return target == backend.ErrUnknown
	}
	return false
}

// plainError returns a stanza error as one that callers understand: a passing one is to be
// tried again.
func plainError(e *stanza.Error) error {
	if e == nil {
		return nil
	}
	r := &refusal{*e}
	if e.Type == stanza.Wait {
		return &backend.RetryableError{Err: r}
	}
	return r
}
