package irc

import (
	"strings"

	"github.com/lrstanley/girc"

	"github.com/go-errbot/errbot/backend"
)

// maxName bounds names, in bytes; networks allow far less.
const maxName = 200

// casemap folds names so that two spellings of one name become equal. Networks differ in
// which characters are letters.
type casemap struct{ rfc1459 bool }

func (c casemap) fold(name string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'A' && r <= 'Z', c.rfc1459 && (r >= '[' && r <= '^'):
			return r + 'a' - 'A'
		}
		return r
	}, name)
}

// person returns the person whom source names. The identity is the whole mask: a nick
// alone belongs to whoever takes it next.
func (b *Backend) person(source *girc.Source) backend.Person {
	nick, user, host := source.Name, source.Ident, source.Host
	mask := nick + "!" + user + "@" + host
	return backend.Person{
		ID:      b.fold(nick) + "!" + user + "@" + host,
		Nick:    nick,
		ACL:     b.pattern.of(source),
		Address: mask,
	}
}

// pattern is a pattern for access rules, taken apart: placeholders stand alone.
type pattern []string

// newPattern takes a pattern apart that [Options] has checked.
func newPattern(text string) (p pattern) {
	for text != "" {
		end := strings.IndexByte(text, '{')
		switch end {
		case -1:
			end = len(text)
		case 0:
			end = strings.IndexByte(text, '}') + 1
		}
		p, text = append(p, text[:end]), text[end:]
	}
	return p
}

// of returns what access rules see of source. A nick may hold braces, which mean nothing.
func (p pattern) of(source *girc.Source) string {
	var name strings.Builder
	for _, part := range p {
		switch part {
		case "{nick}":
			part = source.Name
		case "{user}":
			part = source.Ident
		case "{host}":
			part = source.Host
		}
		name.WriteString(part)
	}
	return name.String()
}

// room returns the room called name, whatever its spelling.
func (b *Backend) room(name string) backend.Room {
	name = b.fold(name)
	return backend.Room{ID: name, Name: name, ACL: name, Address: name}
}

// isRoom reports whether name can be a room's, on a network whose rooms begin with one of
// types.
func isRoom(name, types string) bool {
	return len(name) > 1 && len(name) <= maxName && strings.IndexByte(types, name[0]) >= 0 && isWord(name)
}

// isNick reports whether name can be a nick. Networks allow more than the RFCs do, so this
// refuses only what would mean something else in a line of the protocol.
func isNick(name string) bool {
	return name != "" && len(name) <= maxName && isWord(name) &&
		!strings.ContainsAny(name, "!@*?.$:") && strings.IndexByte("#&+~%-0123456789", name[0]) < 0
}

// isWord reports whether text is one parameter of a line, and one of a list.
func isWord(text string) bool {
	return strings.IndexFunc(text, func(r rune) bool { return r <= ' ' || r == ',' || r == 0x7f || r == '\ufffd' }) < 0
}

// parseMask returns who "nick!user@host" names; nil when text is no such mask.
func parseMask(text string) *girc.Source {
	source := girc.ParseSource(text)
	if !source.IsHostmask() || !isNick(source.Name) || !isWord(text) || len(text) > maxName ||
		strings.ContainsAny(text, "*?") || strings.ContainsAny(source.Ident, "!@") || strings.ContainsAny(source.Host, "!@") {
		return nil
	}
	return source
}

// nickOf returns the nick in an address or a mask.
func nickOf(address string) string {
	nick, _, _ := strings.Cut(address, "!")
	return nick
}
