package irc

import (
	"strings"
	"time"
)

const (
	// splitMemory is for how long somebody who was lost in a netsplit is expected back.
	splitMemory = 10 * time.Minute
	maxSplits   = 10_000
)

// splits are the people whose server lost touch with the rest of the network, by folded
// nick, with the time of it.
type splits map[string]time.Time

func (s splits) add(id string) {
	if len(s) >= maxSplits {
		for known, at := range s {
			if time.Since(at) > splitMemory {
				delete(s, known)
			}
		}
	}
	if len(s) < maxSplits {
		s[id] = time.Now()
	}
}

func (s splits) back(id string) { delete(s, id) }

// has reports whether somebody may come back any moment.
func (s splits) has(id string) bool {
	at, ok := s[id]
	return ok && time.Since(at) < splitMemory
}

// isSplit reports whether nick was lost in a netsplit.
func (s *state) isSplit(nick string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.splits.has(s.support.casemap.fold(nick))
}

// isNetsplit reports whether the reason of a QUIT names the two servers that lost each
// other: "hub.example.net leaf.example.net". What people write themselves begins with
// "Quit:" on most networks.
func isNetsplit(reason string) bool {
	words := strings.Split(reason, " ")
	if len(words) != 2 || words[0] == words[1] {
		return false
	}
	for _, w := range words {
		if !strings.Contains(strings.Trim(w, "."), ".") && w != "*.net" || strings.ContainsAny(w, ":/,") {
			return false
		}
	}
	return true
}
