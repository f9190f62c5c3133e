package bot

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/go-errbot/errbot/acl"
	"github.com/go-errbot/errbot/backend"
)

// Info is what the bot says about itself.
type Info struct {
	Version   string
	Backend   string // name of the chat network
	Self      backend.Person
	Prefix    string
	Started   time.Time
	Connected time.Time // of the present connection; zero without one
	Waiting   int       // messages that wait for a worker
	Refused   int64     // messages for which there was no room, since the start
	Lost      int64     // messages that could not be delivered, since the start
}

// Info returns what the bot says about itself.
func (h *Host) Info() Info {
	b := h.bot
	since, _ := b.link.status()
	return Info{
		Version:   b.version,
		Backend:   b.chat.Name(),
		Self:      b.chat.Self(),
		Prefix:    b.cfg.Prefix,
		Started:   b.started,
		Connected: since,
		Waiting:   len(b.queue),
		Refused:   b.refused.Load(),
		Lost:      b.out.lost.Load(),
	}
}

// PluginInfo tells about a plugin.
type PluginInfo struct {
	Name    string
	Doc     string
	State   PluginState
	Err     error     // why it failed to activate
	RetryAt time.Time // when that is tried again; zero when it is not
}

// Plugins returns all plugins, sorted by name.
func (h *Host) Plugins() []PluginInfo { return h.bot.pluginInfos() }

func (b *Bot) pluginInfos() []PluginInfo {
	b.mu.Lock()
	defer b.mu.Unlock()
	var all []PluginInfo
	for _, u := range b.units {
		all = append(all, PluginInfo{u.name, u.declared.doc, u.state, u.err, u.retryAt})
	}
	slices.SortFunc(all, func(a, b PluginInfo) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// CommandInfo tells about a command, for help.
type CommandInfo struct {
	Plugin    string // the plugin, or the name given to Host.Register
	PluginDoc string
	Name      string // registered name
	Usage     string // as it is typed, with the prefix: "!room topic <room>"
	Doc       string // with the bot's prefix put in
	Admin     bool
	Hidden    bool
	Pattern   bool
	Allowed   bool // the asker may run it, with some arguments
}

// Commands returns all commands, sorted by plugin and name. asker is the message of whoever
// wants to know.
func (h *Host) Commands(asker *backend.Message) []CommandInfo {
	b := h.bot
	b.mu.Lock()
	declared := slices.Clone(b.declared)
	b.mu.Unlock()
	docs := map[string]string{}
	for _, d := range declared {
		docs[d.name] = d.what.doc
	}
	t := b.table.Load()
	var all []CommandInfo
	add := func(e *entry) {
		all = append(all, CommandInfo{
			Plugin:    e.owner,
			PluginDoc: docs[e.owner],
			Name:      e.Name,
			Usage:     b.usage(e),
			Doc:       t.adaptPrefix(e.Doc, b.cfg.Prefix),
			Admin:     e.Admin,
			Hidden:    e.Hidden,
			Pattern:   e.Pattern != nil,
			Allowed:   b.mayRun(e, asker),
		})
	}
	for _, e := range t.regular {
		add(e)
	}
	for _, e := range t.patterns {
		add(e)
	}
	slices.SortFunc(all, func(a, b CommandInfo) int {
		return cmp.Or(strings.Compare(a.Plugin, b.Plugin), strings.Compare(a.Name, b.Name))
	})
	return all
}

// usage returns how e is typed.
func (b *Bot) usage(e *entry) string {
	text := e.Usage
	switch {
	case text != "":
	case e.Pattern != nil:
		text = e.Pattern.String()
	default:
		text = strings.TrimSpace(spokenName(e.Name) + " " + e.Syntax)
	}
	if e.Unprefixed {
		return text
	}
	return b.cfg.Prefix + text
}

// adaptPrefix puts the bot's prefix in the place of the "!" before the name of a command.
func (t *table) adaptPrefix(doc, prefix string) string {
	if prefix == "!" || !strings.Contains(doc, "!") {
		return doc
	}
	var out strings.Builder
	for {
		before, after, found := strings.Cut(doc, "!")
		out.WriteString(before)
		if !found {
			return out.String()
		}
		if t.beginsWithCommand(after) {
			out.WriteString(prefix)
		} else {
			out.WriteString("!")
		}
		doc = after
	}
}

// beginsWithCommand reports whether text begins with a command's name as a whole word.
func (t *table) beginsWithCommand(text string) bool {
	word := strings.FieldsFunc(text, func(r rune) bool { return !isWord(r) && r != '-' })
	if len(word) == 0 || !strings.HasPrefix(text, word[0]) {
		return false
	}
	for name := range t.regular {
		if name == word[0] || strings.HasPrefix(name, word[0]+"_") {
			return true
		}
	}
	return false
}

// Running returns the commands that run now, the oldest first.
func (h *Host) Running() []RunningCommand { return h.bot.running.list() }

// Stop ends the context of a running command, and reports whether there was one with this
// id. The command stops as soon as it looks at its context.
func (h *Host) Stop(id int64) bool { return h.bot.running.stop(id) }

// History returns the last commands of a person, oldest first.
func (h *Host) History(p backend.Person) []HistoryEntry { return h.bot.history.of(p.ID) }

// Decide asks access control whether the sender of m may run what text says, and why. It is
// false in its second result when text is no command. The host itself checks every command;
// this is for those who explain, list, or pass on what somebody asked for.
func (h *Host) Decide(m *backend.Message, text string) (acl.Decision, bool) {
	return h.bot.decide(h.bot.table.Load(), m, text)
}

// Explain is [Host.Decide] for programs that have no plugin; text may begin with any of the
// bot's prefixes. It works before Run: every plugin counts as active.
func (b *Bot) Explain(m *backend.Message, text string) (acl.Decision, bool) {
	return b.decide(newTable(b.ofUnits()), m, b.prefixes.parse(text, m.IsPrivate()).text)
}

// decide asks access control about text. The second result is false when it is no command.
func (b *Bot) decide(t *table, m *backend.Message, text string) (acl.Decision, bool) {
	text = strings.TrimSpace(text)
	e, args := t.lookup(text)
	for i := 0; e == nil && i < len(t.patterns); i++ {
		if t.patterns[i].match(text) != nil {
			e, args = t.patterns[i], text
		}
	}
	if e == nil {
		return acl.Decision{}, false
	}
	return b.policy.Decide(b.query(&Request{Message: m, Args: args, bot: b, entry: e, typed: text})), true
}

// CommandNames returns the names of all regular commands but the hidden ones as people type
// them, without the prefix, for completion.
func (b *Bot) CommandNames() []string {
	var names []string
	for name, e := range b.table.Load().regular {
		if !e.Hidden {
			names = append(names, spokenName(name))
		}
	}
	slices.Sort(names)
	return names
}
