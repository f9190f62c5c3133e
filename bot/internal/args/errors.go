package args

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// ErrHelp says that the line asks for help, with -h or --help.
var ErrHelp = errors.New("help was asked for")

// Error says that a line does not fit the arguments of a command.
type Error struct {
	// Message is one line in the words of argparse: "unrecognized arguments: --bad".
	// What it quotes from the user's line is cut when it is very long.
	Message string
	// Usage is one line: "usage: two [-h] a b".
	Usage string
}

// Error returns the message and, on a second line, the usage.
func (e *Error) Error() string { return e.Message + "\n" + e.Usage }

// QuoteError says that a line cannot be split into words.
type QuoteError struct {
	// Message is "No closing quotation", or "No escaped character" after a backslash at
	// the end of the line, as in Python's shlex.
	Message string
}

// Error returns the message.
func (e *QuoteError) Error() string { return e.Message }

// maxMessage is how much of a message, in bytes, is worth sending to a chat.
const maxMessage = 1000

func errorf(format string, a ...any) *Error {
	message := fmt.Sprintf(format, a...)
	if len(message) > maxMessage {
		end := maxMessage
		for !utf8.RuneStart(message[end]) {
			end--
		}
		message = message[:end] + "..."
	}
	return &Error{Message: message}
}

// repr quotes s the way Python shows a string.
func repr(s string) string {
	s = strconv.Quote(s)
	s = strings.ReplaceAll(s[1:len(s)-1], `\"`, `"`)
	if strings.Contains(s, "'") && !strings.Contains(s, `"`) {
		return `"` + s + `"`
	}
	return "'" + strings.ReplaceAll(s, "'", `\'`) + "'"
}
