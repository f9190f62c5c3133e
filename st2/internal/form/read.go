package form

import (
	"encoding/json"
	"regexp"
	"strings"

	"github.com/kballard/go-shellquote"
)

// MaxAnswer is the longest answer in bytes.
const MaxAnswer = 32 << 10

var pair = regexp.MustCompile(`^[^\s=]+=`)

// Read makes a response of what somebody typed at once: key=value pairs, split as a shell
// does it, or a JSON object, or, where there is one question, its answer alone. It is
// checked. The error is an [*Error].
func (f *Form) Read(text string) (map[string]json.RawMessage, error) {
	text = strings.TrimSpace(text)
	var (
		response map[string]json.RawMessage
		err      error
	)
	switch {
	case len(text) > MaxAnswer:
		return nil, wrong("The answer is too long: it may have %d bytes.", MaxAnswer)
	case strings.HasPrefix(text, "{"):
		response, err = readJSON(text)
	case len(f.Questions) == 1 && !strings.HasPrefix(text, f.Questions[0].Name+"="):
		q := &f.Questions[0]
		var value json.RawMessage
		value, err = q.Convert(text)
		response = map[string]json.RawMessage{q.Name: value}
	default:
		response, err = f.readPairs(text)
	}
	if err != nil {
		return nil, err
	}
	return response, f.Check(response)
}

func readJSON(text string) (map[string]json.RawMessage, error) {
	var response map[string]json.RawMessage
	if json.Unmarshal([]byte(text), &response) != nil {
		return nil, wrong("That begins like a JSON object and is none.")
	}
	return response, nil
}

func (f *Form) readPairs(text string) (map[string]json.RawMessage, error) {
	words, err := shellquote.Split(text)
	if err != nil {
		return nil, wrong("A quote is not closed.")
	}
	response := map[string]json.RawMessage{}
	for _, word := range words {
		if !pair.MatchString(word) {
			return nil, wrong("Please answer with name=value for each of: %s. A value with blanks goes in quotes.", f.names())
		}
		name, value, _ := strings.Cut(word, "=")
		q := f.find(name)
		if q == nil && (f.closed || len(f.Questions) > 0) {
			return nil, f.unknown(name)
		}
		if q == nil {
			q = &Question{Name: name}
		}
		if _, twice := response[name]; twice {
			return nil, wrong("%s is answered twice.", clip(name))
		}
		if response[name], err = q.Convert(value); err != nil {
			return nil, err
		}
	}
	return response, nil
}
