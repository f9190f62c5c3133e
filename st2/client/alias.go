package client

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
)

// maxAliases bounds the alias list; installations have hundreds.
const maxAliases = 10_000

// Alias is a chat command that StackStorm knows.
type Alias struct {
	ID          string   `json:"id"`
	Ref         string   `json:"ref"` // "pack.name"
	Pack        string   `json:"pack"`
	Name        string   `json:"name"` // unique in its pack only
	Description string   `json:"description"`
	Enabled     bool     `json:"enabled"`
	ActionRef   string   `json:"action_ref"`
	Formats     []Format `json:"formats"`
	Ack         Ack      `json:"ack"`
	Result      Result   `json:"result"`
	// Extra is a free object; StackStorm sends {} when there is none.
	Extra json.RawMessage `json:"extra"`
	// Immutable are parameters that a user cannot give.
	Immutable json.RawMessage `json:"immutable_parameters"`
}

// Format is a way to write a command: what help shows, and the patterns that match.
type Format struct {
	Display        string   `json:"display"`
	Representation []string `json:"representation"`
	// MatchMultiple runs the action once for each match in the text.
	MatchMultiple bool `json:"match_multiple"`
}

// UnmarshalJSON decodes a format object, or a string that is display and pattern in one.
func (f *Format) UnmarshalJSON(data []byte) error {
	if len(data) > 0 && data[0] == '"' {
		var text string
		if err := json.Unmarshal(data, &text); err != nil {
			return err
		}
		*f = Format{Display: text, Representation: []string{text}}
		return nil
	}
	type plain Format
	return json.Unmarshal(data, (*plain)(f))
}

// Ack says how the start of a command is acknowledged. In the answer to an execution
// its texts are already rendered: do not render them again, and do not keep that
// Alias as the alias.
type Ack struct {
	// Enabled is nil when the alias does not say; the default is true. The server
	// renders an acknowledgement in any case: not to show it is the bot's part.
	Enabled *bool `json:"enabled"`
	// Format is nil when the alias has none.
	Format *string `json:"format"`
	// AppendURL is nil when the alias does not say; chat bots differ in the default.
	AppendURL *bool           `json:"append_url"`
	Extra     json.RawMessage `json:"extra"`
}

// Result says how a command's result is announced. The server does that.
type Result struct {
	Enabled *bool           `json:"enabled"` // nil: true
	Format  *string         `json:"format"`
	Extra   json.RawMessage `json:"extra"`
}

// HelpQuery selects help entries.
type HelpQuery struct {
	// Pack is matched exactly.
	Pack string
	// Filter is a Python regular expression searched in the display text, without
	// regard to case. A broken one is answered with 500.
	Filter string
	// Limit is the most entries wanted; 0 leaves it to the server (100), a negative
	// one asks for all. Offset skips entries.
	Limit, Offset int
}

// Help is a part of the commands StackStorm knows.
type Help struct {
	// Available counts the entries that the query selects before Limit and Offset.
	Available int         `json:"available"`
	Entries   []HelpEntry `json:"helpstrings"`
}

// HelpEntry is one way to write a command.
type HelpEntry struct {
	Pack        string `json:"pack"`
	Display     string `json:"display"`
	Description string `json:"description"`
}

// Help returns help entries, by pack and name. StackStorm answers 500 when an alias in
// the window has no description, and always under RBAC: fall back to [Client.Aliases].
func (c *Client) Help(ctx context.Context, q HelpQuery) (Help, error) {
	query := url.Values{}
	setText(query, "pack", q.Pack)
	setText(query, "filter", q.Filter)
	switch {
	case q.Limit > 0:
		query.Set("limit", strconv.Itoa(q.Limit))
	case q.Limit < 0:
		query.Set("limit", "0") // the server's way to say all
	}
	if q.Offset > 0 {
		query.Set("offset", strconv.Itoa(q.Offset))
	}
	return fetch[Help](ctx, c, call{method: http.MethodGet, url: c.apiURL + "/actionalias/help", query: query})
}

// Aliases returns every alias the identity may see, disabled ones too, by pack and
// name, read in pages of 100 to at most 10,000.
func (c *Client) Aliases(ctx context.Context) ([]Alias, error) {
	return fetchAll[Alias](ctx, c, c.apiURL+"/actionalias", url.Values{}, maxAliases)
}

// Alias returns the alias with a reference ("pack.name") or id.
func (c *Client) Alias(ctx context.Context, ref string) (Alias, error) {
	return fetch[Alias](ctx, c, call{method: http.MethodGet, url: c.apiURL + "/actionalias/" + url.PathEscape(ref)})
}

// Match is what a command matches.
type Match struct {
	Alias          Alias  `json:"actionalias"`
	Display        string `json:"display"`
	Representation string `json:"representation"`
}

// Match returns the alias that command matches and starts nothing. The error is
// [ErrNoMatch] or [ErrAmbiguous] when it is not exactly one; StackStorm does not tell
// which. One enabled alias with a broken pattern makes every match a 500.
func (c *Client) Match(ctx context.Context, command string) (Match, error) {
	return fetch[Match](ctx, c, call{
		method: http.MethodPost, url: c.apiURL + "/actionalias/match",
		body: map[string]string{"command": command},
	})
}

func setText(query url.Values, key, value string) {
	if value != "" {
		query.Set(key, value)
	}
}
