package mattermost

import (
	"context"
	"strings"

	"github.com/mattermost/mattermost-server/v6/model"

	"github.com/go-errbot/errbot/backend"
)

// mentionLimit is how many different names one message is searched for.
const mentionLimit = 50

// Mention implements [backend.Mentioner].
func (b *Backend) Mention(p backend.Person) string { return p.Address + " " }

// mentioned returns the people whom a text addresses, in its order.
func (b *Backend) mentioned(ctx context.Context, text string) ([]backend.Person, error) {
	names := mentionNames(text)
	if len(names) == 0 {
		return nil, nil
	}
	if err := b.lookUp(ctx, names); err != nil {
		return nil, err
	}
	var people []backend.Person
	said := map[string]bool{}
	for _, candidates := range names {
		for _, name := range candidates {
			id, _ := b.directory.names.get(name)
			if id == "" {
				continue
			}
			if !said[id] {
				said[id] = true
				p, err := b.personByID(ctx, id)
				if err != nil {
					return nil, err
				}
				people = append(people, p)
			}
			break
		}
	}
	return people, nil
}

// lookUp asks for those of the names that are not known yet, in one request.
func (b *Backend) lookUp(ctx context.Context, names [][]string) error {
	var ask []string
	for _, candidates := range names {
		for _, name := range candidates {
			if _, known := b.directory.names.get(name); !known {
				ask = append(ask, name)
			}
		}
	}
	if len(ask) == 0 {
		return nil
	}
	var users []*model.User
	err := patiently(ctx, func() error {
		var r *model.Response
		var err error
		users, r, err = b.api(ctx).GetUsersByUsernames(ask)
		return check("look up who is mentioned", r, err)
	})
	if err != nil {
		return err
	}
	for _, name := range ask {
		b.directory.names.put(name, "")
	}
	for _, u := range users {
		b.directory.names.put(u.Username, u.Id)
		b.directory.users.put(u.Id, u)
	}
	return nil
}

// mentionNames returns the names that text addresses with "@". For each there are several
// candidates when it ends with what may belong to the sentence: "@alice." is @alice unless
// there is somebody called "alice.".
func mentionNames(text string) [][]string {
	var names [][]string
	for i := 0; len(names) < mentionLimit; {
		at := strings.IndexByte(text[i:], '@')
		if at < 0 {
			break
		}
		start := i + at + 1
		end := start
		for end < len(text) && isNameByte(text[end]) {
			end++
		}
		i = max(end, start)
		if name := strings.ToLower(text[start:end]); name != "" && len(name) <= 64 && (start == 1 || !isNameByte(text[start-2])) {
			names = append(names, candidates(name))
		}
	}
	return names
}

func candidates(name string) []string {
	all := []string{name}
	for n := len(name); n > 1 && strings.IndexByte(".-_:", name[n-1]) >= 0; n-- {
		all = append(all, name[:n-1])
	}
	return all
}

func isNameByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '.' || c == '-' || c == '_'
}
