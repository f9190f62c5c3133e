package text

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync/atomic"

	"github.com/ergochat/readline"

	"github.com/go-errbot/errbot/backend/markdown"
)

// terminal edits lines and writes messages above the one that is being edited.
type terminal struct {
	*readline.Instance
	backend     *Backend
	resized     func()      // to be called when the window has another size
	continued   atomic.Bool // the line continues a message
	interrupted bool        // the last thing typed was Ctrl-C
}

// openTerminal takes over the terminal. Close gives it back.
func (b *Backend) openTerminal() (*terminal, error) {
	if b.options.HistoryFile != "" {
		f, err := os.OpenFile(b.options.HistoryFile, os.O_CREATE, 0o600)
		if err != nil {
			return nil, fmt.Errorf("history: %w", err)
		}
		_ = f.Close() // nothing was written
	}
	t := &terminal{backend: b}
	screen := &screen{in: b.options.In, out: b.options.Out}
	config := &readline.Config{
		HistoryFile:        b.options.HistoryFile,
		AutoComplete:       completer{b},
		EOFPrompt:          "\n", // nothing
		Stdin:              screen,
		Stdout:             screen,
		FuncIsTerminal:     func() bool { return true },
		FuncGetSize:        screen.size,
		FuncOnWidthChanged: func(changed func()) { t.resized = changed },
	}
	if b.options.In != os.Stdin { // only the process's own terminal has a raw mode to enter
		config.FuncMakeRaw = func() error { return nil }
		config.FuncExitRaw = func() error { return nil }
	}
	var err error
	t.Instance, err = readline.NewFromConfig(config)
	if err != nil {
		return nil, err
	}
	var above io.Writer = t
	b.output.to.Store(&above)
	b.terminal.Store(t)
	return t, nil
}

// line lets the person edit one line. Ctrl-C gives up the line; twice, it ends the input
// as Ctrl-D does.
func (t *terminal) line(continued bool) (string, error) {
	t.continued.Store(continued)
	for {
		t.showPrompt()
		line, err := t.ReadLine()
		if !errors.Is(err, readline.ErrInterrupt) {
			t.interrupted = false
			return line, err
		}
		if t.interrupted {
			return "", io.EOF
		}
		t.interrupted = true
	}
}

// showPrompt makes the prompt say who talks to whom.
func (t *terminal) showPrompt() {
	if t.continued.Load() {
		t.SetPrompt("... ")
		return
	}
	from, place := t.backend.now.place()
	to := t.backend.self.Address
	if place.IsRoom() {
		to = place.Room.Address
	}
	fromColor, toColor, off := colors(t.backend.options.ColorTheme)
	t.SetPrompt("[" + fromColor + from.Address + off + " ➡ " + toColor + to + off + "] " + t.backend.options.Prompt)
}

// refreshPrompt shows who talks to whom now, on a terminal.
func (b *Backend) refreshPrompt() {
	if t := b.terminal.Load(); t != nil {
		t.showPrompt()
		t.Refresh()
	}
}

// colors returns what switches to the colour of the person, to that of the place, and
// back, on a background of the theme.
func colors(theme string) (from, to, off string) {
	switch theme {
	case "light":
		return "\x1b[34m", "\x1b[35m", "\x1b[39m" // blue, magenta
	case "dark":
		return "\x1b[96m", "\x1b[93m", "\x1b[39m" // bright cyan, bright yellow
	default:
		return "", "", ""
	}
}

// completer completes the line up to the cursor.
type completer struct{ backend *Backend }

// Do implements [readline.AutoCompleter].
func (c completer) Do(line []rune, pos int) (endings [][]rune, shared int) {
	const most = 500
	complete := *c.backend.complete.Load()
	if complete == nil {
		return nil, 0
	}
	prefix := string(line[:pos])
	for _, candidate := range complete(prefix) {
		if rest, ok := strings.CutPrefix(markdown.Clean(candidate), prefix); ok && len(endings) < most {
			endings = append(endings, []rune(rest))
		}
	}
	return endings, pos
}

// screen is what readline reads and writes.
type screen struct {
	in    io.Reader
	out   io.Writer
	asked atomic.Bool // readline wants to know where the cursor is
}

// readline asks the terminal for the cursor before each prompt, and waits for ever where
// none answers (a dumb terminal, a recording). Everything that is written here ends with
// a line feed, so the answer is known: the first column.
const (
	whereIsCursor = "\x1b[6n"
	firstColumn   = "\x1b[1;1R"
	clearLine     = "\r\x1b[K" // of what was typed while no prompt was there
)

func (s *screen) Write(p []byte) (int, error) {
	if string(p) != whereIsCursor {
		return s.out.Write(p)
	}
	s.asked.Store(true)
	_, err := io.WriteString(s.out, clearLine)
	return len(p), err
}

func (s *screen) Read(p []byte) (int, error) {
	if s.asked.CompareAndSwap(true, false) {
		return copy(p, firstColumn), nil
	}
	return s.in.Read(p)
}

// size returns the columns and rows of the terminal, or those of a common one.
func (s *screen) size() (columns, rows int) {
	if f, ok := s.out.(*os.File); ok {
		if columns, rows, err := windowSize(f); err == nil && columns > 0 && rows > 0 {
			return columns, rows
		}
	}
	return 80, 24
}
