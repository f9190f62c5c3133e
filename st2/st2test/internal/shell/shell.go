// Package shell pretends to run shell commands: it knows a few by heart, and never runs anything.
package shell

import (
	"strings"
	"time"

	"github.com/go-errbot/errbot/st2/st2test/internal/pyjson"
)

// Result is what a command comes to.
type Result struct {
	Stdout any // a text, or what a text that is JSON stands for
	Stderr string
	Code   int
	Sleep  time.Duration // how long it takes
}

// Pretend returns what a command comes to.
func Pretend(command string) Result {
	word, rest, _ := strings.Cut(strings.TrimSpace(command), " ")
	switch {
	case word == "sleep":
		d, err := time.ParseDuration(rest + "s")
		if err != nil {
			return Result{Stdout: "", Stderr: "sleep: invalid time interval ‘" + rest + "’", Code: 1}
		}
		return Result{Stdout: "", Sleep: d}
	case word == "exit" && rest != "0" || word == "false":
		return Result{Stdout: "", Code: 1}
	}
	return Result{Stdout: output(word, rest, command)}
}

// output is what a command prints. A text that is a JSON object, list or number
// becomes one, as StackStorm's local runner has it.
func output(word, rest, command string) any {
	switch word {
	case "echo":
		return parsed(unquote(rest))
	case "printf":
		return parsed(strings.TrimSuffix(strings.ReplaceAll(unquote(rest), `\n`, "\n"), "\n"))
	case "true", ":", "":
		return ""
	case "date":
		return time.Now().UTC().Format("Mon Jan _2 15:04:05 UTC 2006")
	case "whoami":
		return "stanley"
	case "hostname":
		return "st2test"
	case "uptime":
		return time.Now().UTC().Format(" 15:04:05") + " up 12 days,  3:04,  1 user,  load average: 0.08, 0.03, 0.01"
	case "ls":
		return "aliases\nactions\nrules\nworkflows"
	default:
		return "(pretended by st2test, nothing was run) " + command
	}
}

func parsed(text string) any {
	if v, err := pyjson.Decode([]byte(text)); err == nil {
		switch v.(type) {
		case bool, nil, string:
		default:
			return v
		}
	}
	return text
}

func unquote(s string) string {
	if len(s) >= 2 && (s[0] == '\'' || s[0] == '"') && s[len(s)-1] == s[0] {
		return s[1 : len(s)-1]
	}
	return s
}
