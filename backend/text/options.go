package text

import (
	"io"
	"log/slog"
	"os"
	"strings"
)

// Options configure a [Backend]. The zero value is a bot called "@errbot" on standard
// input and output.
type Options struct {
	// In is where messages come from; nil is os.Stdin. When Run ends, In is closed if it
	// is an [io.Closer] but no *os.File; a Read that waits must then end, as it does for
	// io.Pipe and net.Conn.
	In io.Reader
	// Out is where the bot's messages go; nil is os.Stdout.
	Out io.Writer
	// Log takes what cannot go to Out, such as a line that is too long; nil is
	// slog.Default().
	Log *slog.Logger

	// Username is the bot's own name; the default is "@errbot".
	Username string
	// Admin is who the person is in the beginning, and again after [Backend.AsAdmin]: the
	// first of bot_admins. When it is empty, a pattern, or not a name, it is "@admin".
	Admin string

	// Interactive decides between a terminal (true) and a plain stream of lines (false);
	// nil looks whether both In and Out are terminals.
	Interactive *bool
	// Welcome is shown once, on a terminal only. It is Markdown.
	Welcome string
	// Prompt comes after who talks to whom, on a terminal only; the default is ">>> ".
	Prompt string
	// ColorTheme is "light" (the default), "dark", for the terminal's background, or
	// "none". Where the environment variable NO_COLOR is set, it is "none".
	ColorTheme string
	// HistoryFile keeps the lines that were typed at a terminal from one run to the next,
	// readable by its owner only; empty is none.
	HistoryFile string
	// Complete returns the lines that may become of a line that begins with prefix, for
	// the Tab key. It must not block. [Backend.SetCompleter] replaces it.
	Complete func(prefix string) []string
}

// withDefaults fills in what is not set.
func (o Options) withDefaults() Options {
	if o.In == nil {
		o.In = os.Stdin
	}
	if o.Out == nil {
		o.Out = os.Stdout
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Interactive == nil {
		o.Interactive = new(o.In == os.Stdin && o.Out == os.Stdout && os.Getenv("TERM") != "dumb" &&
			isTerminal(os.Stdin) && isTerminal(os.Stdout))
	}
	if o.Prompt == "" {
		o.Prompt = ">>> "
	}
	if o.ColorTheme == "" {
		o.ColorTheme = "light"
	}
	if os.Getenv("NO_COLOR") != "" {
		o.ColorTheme = "none"
	}
	if !isName(strings.TrimPrefix(o.Username, "@")) {
		o.Username = "@errbot"
	}
	if admin := strings.TrimPrefix(o.Admin, "@"); !isName(admin) || strings.ContainsAny(admin, "*?[") {
		o.Admin = "@admin"
	}
	return o
}
