package client

import (
	"context"
	"encoding/json"
	"net/http"
)

// MatchRequest is a command as typed, and where its result shall go. StackStorm
// refuses any other key.
type MatchRequest struct {
	Command string `json:"command"`
	// User and SourceChannel come back with the announcement of the result.
	User          string `json:"user"`
	SourceChannel string `json:"source_channel"`
	// NotificationChannel stands in for NotificationRoute where that is empty. The
	// route selects the rule that announces the result.
	NotificationChannel string `json:"notification_channel,omitempty"`
	NotificationRoute   string `json:"notification_route,omitempty"`
}

// AliasRequest runs a known alias and format.
type AliasRequest struct {
	// Name is the alias's name without its pack. Where two packs use a name,
	// StackStorm takes the first it finds.
	Name    string `json:"name"`
	Format  string `json:"format"` // one of the alias's representations
	Command string `json:"command"`
	// User and SourceChannel come back with the announcement of the result.
	User          string `json:"user"`
	SourceChannel string `json:"source_channel"`
	// SourceContext comes back as the announcement's context, its types kept. Text
	// in it that looks like a template is evaluated there.
	SourceContext       map[string]any `json:"source_context,omitempty"`
	NotificationChannel string         `json:"notification_channel,omitempty"`
	NotificationRoute   string         `json:"notification_route,omitempty"`
}

// AliasExecution is a started command.
type AliasExecution struct {
	Execution Execution `json:"execution"`
	Alias     Alias     `json:"actionalias"`
	// Message is the rendered acknowledgement. It is nil when the alias has no
	// format for it, and points to "" when the format is empty.
	Message *string `json:"message"`
	// Extra is the rendered ack.extra: an object, absent, or a string that says why it
	// could not be rendered.
	Extra json.RawMessage `json:"extra"`
}

// MatchAndExecute runs the command that r matches, in one request. It returns one
// execution, or one for each match of an alias with match_multiple, in their order.
// Besides the errors of [Client.Match], a 500 may follow a start ([ErrMaybeStarted]):
// acknowledgements are rendered afterwards. The request is never repeated.
func (c *Client) MatchAndExecute(ctx context.Context, r MatchRequest) ([]AliasExecution, error) {
	out, err := fetch[struct {
		Results []AliasExecution `json:"results"`
	}](ctx, c, call{
		method: http.MethodPost, url: c.apiURL + "/aliasexecution/match_and_execute",
		body: r, starts: true,
	})
	return out.Results, err
}

// ExecuteAlias runs one alias, and is the only way to give a result a context of its
// own. It is not affected by broken patterns of other aliases. Its errors are those
// of [Client.MatchAndExecute], and [ErrNotFound] for an unknown name.
func (c *Client) ExecuteAlias(ctx context.Context, r AliasRequest) (AliasExecution, error) {
	return fetch[AliasExecution](ctx, c, call{
		method: http.MethodPost, url: c.apiURL + "/aliasexecution",
		body: r, starts: true,
	})
}
