package text

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/go-errbot/errbot/backend"
)

// maxName is the longest name of a person or room, in runes.
const maxName = 64

// maxMentions bounds how many people one message can mention.
const maxMentions = 100

// person returns the person called name, with or without "@".
func person(name string) backend.Person {
	name = strings.TrimPrefix(name, "@")
	return backend.Person{ID: name, Nick: name, ACL: "@" + name, Address: "@" + name}
}

// room returns the room called name, with or without "#".
func room(name string) backend.Room {
	name = strings.TrimPrefix(name, "#")
	return backend.Room{ID: name, Name: name, ACL: "#" + name, Address: "#" + name}
}

// isName reports whether name, without its "@" or "#", can name a person or a room.
func isName(name string) bool {
	return name != "" && utf8.ValidString(name) && utf8.RuneCountInString(name) <= maxName &&
		strings.IndexFunc(name, noName) < 0
}

// toName makes a name of what a person typed; fallback when nothing is left of it.
func toName(typed, sigil, fallback string) string {
	name := strings.TrimLeft(strings.ToValidUTF8(strings.TrimSpace(typed), ""), sigil)
	name = strings.Map(func(r rune) rune {
		if noName(r) {
			return -1
		}
		return r
	}, name)
	if runes := []rune(name); len(runes) > maxName {
		name = string(runes[:maxName])
	}
	if name == "" {
		return fallback
	}
	return name
}

// noName reports whether r cannot be part of a name.
func noName(r rune) bool {
	return unicode.IsSpace(r) || !unicode.IsGraphic(r) || r == '@' || r == '#' || r == '/'
}

// mentions returns the people that words of body name with "@".
func mentions(body string) []backend.Person {
	if !strings.Contains(body, "@") {
		return nil
	}
	var people []backend.Person
	for word := range strings.FieldsSeq(body) {
		name := strings.TrimRight(strings.TrimPrefix(word, "@"), ".,:;!?")
		if strings.HasPrefix(word, "@") && isName(name) && len(people) < maxMentions {
			people = append(people, person(name))
		}
	}
	return people
}
