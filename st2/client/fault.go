package client

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	maxFaultLine = 300 // characters of a fault shown in chat
	maxPage      = 200 // characters of a foreign page kept for the log
)

var (
	// "ApiKey with key_hash=<128 hex digits> not found."
	keyHash = regexp.MustCompile(` with key_hash=[0-9A-Za-z]+`)
	// ": <ast.Name object at 0x7f2a40c1b510>"
	objectAddress = regexp.MustCompile(`:? ?<[^<>]* at 0x[0-9A-Fa-f]+>`)
	// "Unable to find the ActionAliasDB instance. {'name': 'x'}"
	trailingDict = regexp.MustCompile(`\. \{'.*\}$`)
	// `UserDB(id=65..., is_service=False, name="bob", nicknames={})`
	modelDump = regexp.MustCompile(`"?\b\w+DB\([^()]*\bname="([^"]*)"[^()]*\)"?`)
)

// newAPIError reads the error that an answer tells.
func newAPIError(status int, h http.Header, body []byte) *APIError {
	e := &APIError{Status: status, RequestID: printable(h.Get("X-Request-ID"), 64)}
	var answer struct {
		Fault *string `json:"faultstring"`
	}
	if err := json.Unmarshal(body, &answer); err != nil || answer.Fault == nil {
		e.page = printable(string(body), maxPage)
		if e.page == "" {
			e.page = "(empty)"
		}
		return e
	}
	// The hash of a key is not a key, but nothing that belongs in a log either.
	e.Fault = keyHash.ReplaceAllString(*answer.Fault, "")
	return e
}

// chatSafe returns the line of a fault that people understand.
func chatSafe(fault string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(fault), "\n")
	// Long input is cut before the patterns see it, and again after.
	line = printable(line, 4*maxFaultLine)
	line = keyHash.ReplaceAllString(line, "")
	line = objectAddress.ReplaceAllString(line, "")
	line = modelDump.ReplaceAllString(line, `"$1"`)
	line = trailingDict.ReplaceAllString(line, ".")
	return printable(line, maxFaultLine)
}

// printable returns at most limit characters of text on one line.
func printable(text string, limit int) string {
	if len(text) > limit*utf8.UTFMax {
		text = text[:limit*utf8.UTFMax]
	}
	text = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case !unicode.IsPrint(r) || r == utf8.RuneError:
			return -1
		}
		return r
	}, text)
	text = strings.TrimSpace(text)
	if utf8.RuneCountInString(text) <= limit {
		return text
	}
	return string([]rune(text)[:limit-1]) + "…"
}
