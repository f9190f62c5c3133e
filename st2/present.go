package st2

import (
	"bytes"
	"encoding/json"
	"strings"
)

// pretextMark stands in a message between what introduces a result and the result.
const pretextMark = "{~}"

// present returns an announcement's message as it is shown, "" when there is nothing to show.
func present(message string) string {
	message = trimBlankLines(message)
	if pretty, ok := indentJSON(message); ok {
		return "```json\n" + pretty + "\n```"
	}
	parts := strings.Split(message, pretextMark)
	if len(parts) == 1 {
		return message
	}
	pretext, text := trimBlankLines(parts[0]), trimBlankLines(parts[1])
	if pretext == "" || text == "" {
		return pretext + text
	}
	return pretext + "\n" + text
}

// indentJSON lays out a JSON object or list; ok is false for everything else.
func indentJSON(text string) (pretty string, ok bool) {
	if !strings.HasPrefix(text, "{") && !strings.HasPrefix(text, "[") {
		return "", false
	}
	var out bytes.Buffer
	if json.Indent(&out, []byte(text), "", "  ") != nil {
		return "", false
	}
	return out.String(), true
}
