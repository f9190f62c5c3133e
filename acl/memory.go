package acl

import (
	"maps"
	"strings"
	"sync"
	"sync/atomic"
)

// remembered bounds the memory: more commands than any bot has registered at a
// time. When it is full, remembering starts anew.
const remembered = 1024

// memory keeps what each command meets. Reading takes no lock: each addition
// replaces the map, which is cheap since a command is added once.
type memory struct {
	meetings atomic.Pointer[map[commandKey]*meeting]
	adding   sync.Mutex
}

type commandKey struct{ plugin, command string }

func (m *memory) get(plugin, command string) *meeting {
	known := m.meetings.Load()
	if known == nil {
		return nil
	}
	return (*known)[commandKey{plugin, command}]
}

// put copies the names, which may be slices of a whole message.
func (m *memory) put(plugin, command string, met *meeting) {
	m.adding.Lock()
	defer m.adding.Unlock()
	next := map[commandKey]*meeting{}
	if known := m.meetings.Load(); known != nil && len(*known) < remembered {
		next = maps.Clone(*known)
	}
	next[commandKey{strings.Clone(plugin), strings.Clone(command)}] = met
	m.meetings.Store(&next)
}
