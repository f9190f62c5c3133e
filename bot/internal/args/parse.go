package args

import "strings"

// maxLine is how long a line may be, in bytes.
const maxLine = 64 << 10

// run is the parsing of one line.
type run struct {
	*syntax
	set     []setter // by index into params
	given   []bool   // by index into params
	words   []word   // that remain
	next    int      // the positional to fill, an index into positionals
	noFlags bool     // "--" was there
	unknown []string // what nothing accepts
}

// parse reads line and hands its words to set, which has one setter for each of params.
func (s *syntax) parse(line string, set []setter) error {
	if len(line) > maxLine {
		return errorf("the line is too long: %d bytes, where %d are allowed", len(line), maxLine)
	}
	r := &run{syntax: s, set: set, given: make([]bool, len(s.params)), words: splitWords(line)}
	if n := len(r.words); n > 0 && r.words[n-1].err != nil && !s.raw {
		return r.words[n-1].err
	}
	for len(r.words) > 0 {
		if err := r.step(line); err != nil {
			return err
		}
	}
	return r.finish()
}

// step deals with the next word, and with those that belong to it.
func (r *run) step(line string) error {
	w := r.words[0]
	r.words = r.words[1:]
	switch {
	case w.text == "--" && !r.noFlags:
		r.noFlags = true
		return nil
	case r.atRaw() && !r.isKnown(w.text):
		r.words = nil
		return r.positional(line[w.start:])
	case w.err != nil:
		return w.err
	case !r.isFlag(w.text):
		return r.positional(w.text)
	case strings.HasPrefix(w.text, "--"):
		return r.long(w.text)
	}
	return r.short(w.text)
}

// atRaw reports whether the next positional takes the rest of the line.
func (r *run) atRaw() bool {
	return r.next < len(r.positionals) && r.params[r.positionals[r.next]].raw
}

// isFlag reports whether a word is a flag, be it a known one or not.
func (r *run) isFlag(text string) bool {
	switch {
	case r.noFlags, len(text) < 2, text[0] != '-':
		return false
	case r.isKnown(text):
		return true
	}
	return !strings.Contains(text, " ") && (r.digitFlags || !isNumber(text))
}

// isKnown reports whether a word is one of the command's flags, perhaps with its value.
func (r *run) isKnown(text string) bool {
	if r.noFlags || len(text) < 2 || text[0] != '-' {
		return false
	}
	name, _, _ := strings.Cut(text, "=")
	if text[1] != '-' {
		name = text[:2]
	}
	_, ok := r.options[name]
	return ok
}

// isNumber reports whether a word that begins with a dash goes on like a number.
func isNumber(text string) bool {
	digits := strings.TrimPrefix(text[1:], ".")
	return digits != "" && isDigit(digits[0])
}

func (r *run) positional(text string) error {
	if r.next == len(r.positionals) {
		r.unknown = append(r.unknown, text)
		return nil
	}
	i := r.positionals[r.next]
	if !r.params[i].many {
		r.next++
	}
	return r.store(i, text)
}

// long deals with a word like "--flag" or "--flag=value".
func (r *run) long(text string) error {
	name, value, explicit := strings.Cut(text, "=")
	i, ok := r.options[name]
	switch {
	case !ok:
		r.unknown = append(r.unknown, text)
		return nil
	case explicit:
		return r.store(i, value)
	case r.params[i].isSwitch():
		return r.store(i, "true")
	}
	return r.nextValue(i)
}

// short deals with a word like "-f", "-fvalue", "-f=value" or, of switches, "-vq".
func (r *run) short(text string) error {
	i, ok := r.options[text[:2]]
	if !ok {
		r.unknown = append(r.unknown, text)
		return nil
	}
	rest := text[2:]
	for r.params[i].isSwitch() && rest != "" && rest[0] != '=' {
		next, ok := r.options["-"+rest[:1]]
		if !ok {
			return errorf("argument %s: ignored explicit argument %s", r.params[i].label(), repr(rest))
		}
		if err := r.store(i, "true"); err != nil {
			return err
		}
		i, rest = next, rest[1:]
	}
	switch value, explicit := strings.CutPrefix(rest, "="); {
	case explicit, rest != "":
		return r.store(i, value)
	case r.params[i].isSwitch():
		return r.store(i, "true")
	}
	return r.nextValue(i)
}

// nextValue gives a flag the word that follows it.
func (r *run) nextValue(i int) error {
	if len(r.words) == 0 || r.isFlag(r.words[0].text) {
		return errorf("argument %s: expected one argument", r.params[i].label())
	}
	w := r.words[0]
	r.words = r.words[1:]
	if w.err != nil {
		return w.err
	}
	return r.store(i, w.text)
}

func (r *run) store(i int, text string) error {
	if i == helpIndex {
		return ErrHelp
	}
	r.given[i] = true
	return r.params[i].store(r.set[i], text)
}

// finish fills in defaults, and complains of what is missing or left over.
func (r *run) finish() error {
	var missing []string
	for i, p := range r.params {
		if r.given[i] {
			continue
		}
		if p.required {
			missing = append(missing, p.label())
		}
		for _, text := range p.defaults {
			if err := p.store(r.set[i], text); err != nil {
				return err
			}
		}
	}
	switch {
	case missing != nil:
		return errorf("the following arguments are required: %s", strings.Join(missing, ", "))
	case r.unknown != nil:
		return r.unrecognized()
	}
	return nil
}
