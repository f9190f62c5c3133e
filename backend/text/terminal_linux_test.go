package text_test

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// typist is a person at a pseudo terminal with a bot on it.
type typist struct {
	*testing.T
	terminal *os.File // what the person types and sees
	orders   *os.File // what the bot is to say by itself
	shown    chan []byte
	seen     []byte // what was shown and not expected yet
	bot      *exec.Cmd
}

// sit starts a bot on a new terminal.
func sit(t *testing.T, theme string, env ...string) *typist {
	t.Helper()
	terminal, other := openTerminal(t)
	orders, writeOrders, err := os.Pipe()
	require.NoError(t, err)

	bot := exec.CommandContext(t.Context(), os.Args[0])
	bot.Env = append(append(os.Environ(), asBot+"="+theme, "TERM=xterm", "NO_COLOR="), env...)
	bot.Stdin, bot.Stdout, bot.Stderr = other, other, other
	bot.ExtraFiles = []*os.File{orders}
	bot.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	require.NoError(t, bot.Start())
	require.NoError(t, other.Close())
	require.NoError(t, orders.Close())

	p := &typist{T: t, terminal: terminal, orders: writeOrders, shown: make(chan []byte), bot: bot}
	go p.watch()
	t.Cleanup(func() {
		_ = bot.Process.Kill()
		for range p.shown { // until the terminal is closed by the bot's end
		}
		_ = bot.Wait()
		_ = terminal.Close()
		_ = writeOrders.Close()
	})
	return p
}

// openTerminal returns the two sides of a new pseudo terminal.
func openTerminal(t *testing.T) (person, program *os.File) {
	t.Helper()
	person, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("no pseudo terminals here: %v", err)
	}
	fd := int(person.Fd())
	require.NoError(t, unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0))
	number, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	require.NoError(t, err)
	program, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	require.NoError(t, err)
	return person, program
}

// watch reads what is shown until the bot has let go of the terminal.
func (p *typist) watch() {
	defer close(p.shown)
	for {
		chunk := make([]byte, 4096)
		n, err := p.terminal.Read(chunk)
		if err != nil {
			return
		}
		p.shown <- chunk[:n]
	}
}

func (p *typist) types(keys string) {
	p.Helper()
	_, err := io.WriteString(p.terminal, keys)
	require.NoError(p, err)
}

// sees waits until text is shown, after what was seen before.
func (p *typist) sees(text string) {
	p.Helper()
	deadline := time.After(20 * time.Second)
	for {
		if i := bytes.Index(p.seen, []byte(text)); i >= 0 {
			p.seen = p.seen[i+len(text):]
			return
		}
		select {
		case chunk, ok := <-p.shown:
			require.True(p, ok, "the bot ended; shown: %q", p.seen)
			p.seen = append(p.seen, chunk...)
		case <-deadline:
			require.FailNow(p, "not shown", "%q is not in %q", text, p.seen)
		}
	}
}

// seesTheEnd waits until the bot has ended well.
func (p *typist) seesTheEnd() {
	p.Helper()
	p.sees("over\r\n")
	for range p.shown {
	}
	require.NoError(p, p.bot.Wait())
}

const (
	tab, up, ctrlC, ctrlD = "\t", "\x1b[A", "\x03", "\x04"
	boldHeard             = "heard \x1b[1m"
)

func TestTerminal(t *testing.T) {
	p := sit(t, "none")
	p.sees("welcome\r\n")
	p.sees("[@boss ➡ @errbot] >>> ")
	p.types("hellp\x7fo\r")
	p.sees("heard \"hello\" from @boss\r\n")
	p.sees("[@boss ➡ @errbot] >>> ")
	p.types("!asuser bob\r")
	p.sees("[@bob ➡ @errbot] >>> ")
	p.types("!inroom ops\r")
	p.sees("[@bob ➡ #ops] >>> ")
	p.types(ctrlD)
	p.seesTheEnd()
}

func TestTerminalColors(t *testing.T) {
	for theme, prompt := range map[string]string{
		"light": "[\x1b[34m@boss\x1b[39m ➡ \x1b[35m@errbot\x1b[39m] >>> ",
		"dark":  "[\x1b[96m@boss\x1b[39m ➡ \x1b[93m@errbot\x1b[39m] >>> ",
	} {
		p := sit(t, theme)
		p.sees("\x1b[1mwelcome\x1b[22m")
		p.sees(prompt)
		p.types("hi\r")
		p.sees(boldHeard + `"hi"`)
	}
	p := sit(t, "light", "NO_COLOR=1")
	p.sees("[@boss ➡ @errbot] >>> ")
	p.types("hi\r")
	p.sees(`heard "hi" from`)
}

func TestTerminalCompletion(t *testing.T) {
	p := sit(t, "none")
	p.sees(">>> ")
	p.types("!sa" + tab)
	p.sees("!say ")
	p.types("it\r")
	p.sees(`heard "!say it"`)
	p.types("!st" + tab + tab) // two begin like this
	p.sees("!status")
	p.sees("!stop")
	p.types("a" + tab + "\r")
	p.sees(`heard "!status"`)
}

func TestTerminalHistory(t *testing.T) {
	history := filepath.Join(t.TempDir(), "history")
	p := sit(t, "none", "HISTORY="+history)
	p.sees(">>> ")
	p.types("first\r")
	p.sees(`heard "first"`)
	p.sees(">>> ")
	p.types("second\r")
	p.sees(`heard "second"`)
	p.sees(">>> ")
	p.types(up + up + "!\r")
	p.sees(`heard "first!"`)
	p.sees(">>> ")
	p.types(ctrlD)
	p.seesTheEnd()
	info, err := os.Stat(history)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())

	p = sit(t, "none", "HISTORY="+history)
	p.sees(">>> ")
	p.types(up + "\r")
	p.sees(`heard "first!"`)
}

func TestTerminalShowsMessagesAboveTheLine(t *testing.T) {
	p := sit(t, "none")
	p.sees(">>> ")
	p.types("half a")
	p.sees("half a")
	_, err := io.WriteString(p.orders, "#ops disk **full**\n")
	require.NoError(t, err)
	p.sees("[#ops] disk full\r\n")
	p.sees(">>> ")
	p.sees("half a")
	p.types(" line\r")
	p.sees(`heard "half a line"`)
}

func TestTerminalShowsTheLogAboveTheLine(t *testing.T) {
	p := sit(t, "none")
	p.sees(">>> ")
	p.types("half a")
	p.sees("half a")
	_, err := io.WriteString(p.orders, "log level=WARN\n")
	require.NoError(t, err)
	p.sees("level=WARN\r\n")
	p.sees(">>> ")
	p.sees("half a")
}

func TestTerminalMultiline(t *testing.T) {
	p := sit(t, "none")
	p.sees(">>> ")
	p.types("!ml\r")
	p.sees(">>> ")
	p.types("one\r")
	p.sees("... ")
	p.types("two\r")
	p.sees("... ")
	p.types("\r")
	p.sees(`heard "one\ntwo"`)
}

func TestTerminalInterrupt(t *testing.T) {
	p := sit(t, "none")
	p.sees(">>> ")
	p.types("oops" + ctrlC)
	p.sees("oops^C")
	p.sees(">>> ")
	p.types("fine\r")
	p.sees(`heard "fine"`)
	p.sees(">>> ")
	p.types(ctrlC)
	p.sees(">>> ")
	p.types(ctrlC)
	p.seesTheEnd()
}

func TestTerminalDoesNotWaitForSlowCommands(t *testing.T) {
	p := sit(t, "none")
	p.sees(">>> ")
	p.types("!hang\r")
	p.sees(">>> ")
	p.types("next\r")
	p.sees(`heard "next"`)
}

func TestTerminalIsGivenBack(t *testing.T) {
	p := sit(t, "none")
	p.sees(">>> ")
	before, err := unix.IoctlGetTermios(int(p.terminal.Fd()), unix.TCGETS)
	require.NoError(t, err)
	require.Zero(t, before.Lflag&unix.ECHO, "a prompt echoes by itself")
	require.NoError(t, p.bot.Process.Signal(os.Interrupt)) // cancels Run, which waits for a key
	p.sees("over\r\n")
	after, err := unix.IoctlGetTermios(int(p.terminal.Fd()), unix.TCGETS)
	if err == nil { // the bot may have closed its side by now
		require.NotZero(t, after.Lflag&unix.ECHO)
	}
}

func TestWithoutATerminalItIsPlain(t *testing.T) {
	bot := exec.CommandContext(t.Context(), os.Args[0])
	bot.Env = append(os.Environ(), asBot+"=light", "TERM=xterm")
	bot.Stdin = strings.NewReader("one\ntwo\n")
	out, err := bot.Output()
	require.NoError(t, err)
	require.Equal(t, "heard \"one\" from @boss\nheard \"two\" from @boss\nover\n", string(out))
}
