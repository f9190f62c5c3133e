package bot

// allCommands stands for every command in the lists of diverted ones.
const allCommands = "ALL_COMMANDS"

// nameSet is a set of commands by registered name.
type nameSet struct {
	all   bool
	names map[string]bool
}

func newNameSet(list []string) nameSet {
	s := nameSet{names: map[string]bool{}}
	for _, name := range list {
		if name == allCommands {
			s.all = true
		}
		s.names[normalName(name)] = true
	}
	return s
}

func (s nameSet) has(name string) bool { return s.all || s.names[name] }
