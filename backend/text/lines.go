package text

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
)

// maxMessage is the longest message that is taken, in bytes.
const maxMessage = 1 << 20

var errTooLong = fmt.Errorf("a line or message is longer than %d bytes and was skipped", maxMessage)

// reader makes messages of lines.
type reader struct {
	line      func(continued bool) (string, error) // io.EOF after the last
	multiline func() bool
	tooLong   func(error) // told of what was skipped
}

// message returns the next message that is not blank.
func (r *reader) message() (string, error) {
	for {
		text, err := r.next()
		switch {
		case errors.Is(err, errTooLong):
			r.tooLong(err)
		case err != nil:
			return "", err
		case strings.TrimSpace(text) != "":
			return text, nil
		}
	}
}

// next returns one line or, when a message may have several, all lines up to an empty
// one.
func (r *reader) next() (string, error) {
	text, err := r.line(false)
	if !r.multiline() || errors.Is(err, io.EOF) || err == nil && text == "" {
		return text, err
	}
	for {
		line, more := r.line(true)
		switch {
		case errors.Is(more, io.EOF) || more == nil && line == "":
			return text, err
		case more != nil:
			err = more
		case len(text)+len(line) > maxMessage:
			err = errTooLong
		default:
			text += "\n" + line
		}
	}
}

// lines returns a function that reads one line of r at a time: without its end, without
// a byte order mark, and in valid UTF-8.
func lines(r io.Reader) func(bool) (string, error) {
	buffered := bufio.NewReaderSize(r, 64<<10)
	first := true
	return func(bool) (string, error) {
		line, err := readLine(buffered)
		if first {
			line, first = strings.TrimPrefix(line, "\uFEFF"), false
		}
		return strings.ToValidUTF8(line, "\uFFFD"), err
	}
}

// readLine reads up to the next line feed. A line that is too long is read to its end
// and lost.
func readLine(r *bufio.Reader) (string, error) {
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		if len(line) <= maxMessage+len("\r\n") { // otherwise it is lost anyway
			line = append(line, part...)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case err != nil && (!errors.Is(err, io.EOF) || len(line) == 0):
			return "", err
		}
		text := strings.TrimSuffix(strings.TrimSuffix(string(line), "\n"), "\r")
		if len(text) > maxMessage {
			return "", errTooLong
		}
		return text, nil
	}
}
