package client

import (
	"encoding/json"
	"time"
)

// Status is the state of an execution.
type Status string

// The states of an execution.
const (
	StatusRequested Status = "requested"
	StatusScheduled Status = "scheduled"
	StatusDelayed   Status = "delayed"
	StatusRunning   Status = "running"
	StatusPausing   Status = "pausing"
	StatusPaused    Status = "paused"
	StatusResuming  Status = "resuming"
	StatusPending   Status = "pending" // waits for the answer to an inquiry
	StatusCanceling Status = "canceling"

	StatusSucceeded Status = "succeeded"
	StatusFailed    Status = "failed"
	StatusTimeout   Status = "timeout"
	StatusCanceled  Status = "canceled"
	StatusAbandoned Status = "abandoned"
)

// Final reports whether the execution has ended.
func (s Status) Final() bool {
	switch s {
	case StatusSucceeded, StatusFailed, StatusTimeout, StatusCanceled, StatusAbandoned:
		return true
	}
	return false
}

// Cancelable reports whether StackStorm cancels an execution in this state; it does
// not cancel one that is pending.
func (s Status) Cancelable() bool {
	switch s {
	case StatusRequested, StatusScheduled, StatusDelayed, StatusRunning, StatusPausing, StatusPaused, StatusResuming:
		return true
	}
	return false
}

// Execution is one run of an action. StackStorm leaves out what is empty: a field is
// zero when it is, and when the request did not ask for it. Secrets are masked by the
// server.
type Execution struct {
	ID     string `json:"id"`
	Status Status `json:"status"`
	Action Action `json:"action"`
	Runner Runner `json:"runner"`
	// Parameters, Context and Result are free objects.
	Parameters json.RawMessage `json:"parameters"`
	Context    json.RawMessage `json:"context"`
	Result     json.RawMessage `json:"result"`
	// WebURL is often useless: it is made from a server setting few people set.
	WebURL         string    `json:"web_url"`
	Start          time.Time `json:"start_timestamp"`
	End            time.Time `json:"end_timestamp"`
	ElapsedSeconds float64   `json:"elapsed_seconds"`
	Parent         string    `json:"parent"`
	Children       []string  `json:"children"`
}

// Action is what an execution runs.
type Action struct {
	Ref        string          `json:"ref"` // "pack.name"
	Name       string          `json:"name"`
	Pack       string          `json:"pack"`
	Runner     string          `json:"runner_type"`
	Parameters json.RawMessage `json:"parameters"` // their schema
}

// Runner is how an execution runs.
type Runner struct {
	Name       string          `json:"name"`
	Parameters json.RawMessage `json:"runner_parameters"` // their schema
}

// Origin is where an execution comes from, as far as its context tells.
type Origin struct {
	User          string // the StackStorm user
	ChatUser      string // the user a bot named
	SourceChannel string
	AliasID       string
	AliasName     string // without the pack
	ParentID      string // the execution of the workflow it is a part of
	ReRunOf       string // the execution it repeats
}

// Origin reads the execution's context. Anybody who may start an execution can write
// a context: what is not of the expected type is left empty.
func (e *Execution) Origin() Origin {
	ctx := object(e.Context)
	alias, parent, rerun := object(ctx["action_alias_ref"]), object(ctx["parent"]), object(ctx["re-run"])
	return Origin{
		User:          str(ctx["user"]),
		ChatUser:      str(ctx["api_user"]),
		SourceChannel: str(ctx["source_channel"]),
		AliasID:       str(alias["id"]),
		AliasName:     str(alias["name"]),
		ParentID:      str(parent["execution_id"]),
		ReRunOf:       str(rerun["ref"]),
	}
}

// Parameter returns a parameter that is a text, "" when there is none.
func (e *Execution) Parameter(name string) string { return str(object(e.Parameters)[name]) }

// object decodes a JSON object, and anything else as an empty one.
func object(data json.RawMessage) map[string]json.RawMessage {
	var out map[string]json.RawMessage
	if json.Unmarshal(data, &out) != nil {
		return nil
	}
	return out
}

// str decodes a JSON string, and anything else as an empty one.
func str(data json.RawMessage) string {
	var out string
	if json.Unmarshal(data, &out) != nil {
		return ""
	}
	return out
}
