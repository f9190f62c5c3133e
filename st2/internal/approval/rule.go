package approval

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/go-errbot/errbot/backend"
)

// maxApprovals bounds how many people can be asked for.
const maxApprovals = 10

// Rule is what an alias asks for in its extra.security. The zero value asks for nothing.
type Rule struct {
	Twofactor bool     `json:"twofactor,omitempty"` // a second factor of who asks
	Approvals int      `json:"approvals,omitempty"` // how many other people have to agree
	Users     []string `json:"users,omitempty"`     // who they may be, as access rules or addresses name them; nil: anybody who may run the command
}

// Asks reports whether anything is asked for.
func (r Rule) Asks() bool { return r.Twofactor || r.Approvals > 0 }

// MayApprove reports whether r lets somebody approve, as far as Users says.
func (r Rule) MayApprove(p backend.Person) bool {
	return r.Users == nil || p.ACL != "" && slices.Contains(r.Users, p.ACL) || p.Address != "" && slices.Contains(r.Users, p.Address)
}

// same reports whether two identities are the same person: whoever shares an id, an address
// or a name in access rules does.
func same(a, b backend.Person) bool {
	return a.ID != "" && a.ID == b.ID || a.ACL != "" && a.ACL == b.ACL || a.Address != "" && a.Address == b.Address
}

// ReadRule reads an alias's extra:
//
//	security:
//	  twofactor: true
//	  approval: true            # or {users: ["@bob", "@carol"], min: 2}
//
// What it does not understand is an error: an alias that asks for something must not run as
// if it did not.
func ReadRule(extra json.RawMessage) (Rule, error) {
	if len(extra) == 0 || bytes.Equal(extra, []byte("{}")) {
		return Rule{}, nil
	}
	var of map[string]json.RawMessage
	if err := json.Unmarshal(extra, &of); err != nil {
		return Rule{}, errors.New("extra is not an object")
	}
	if !given(of["security"]) {
		return Rule{}, nil
	}
	var security struct {
		Twofactor json.RawMessage `json:"twofactor"`
		Approval  json.RawMessage `json:"approval"`
	}
	if err := strictly(of["security"], &security); err != nil {
		return Rule{}, fmt.Errorf("extra.security: %w", err)
	}
	// hubot-stackstorm took every value of twofactor for yes.
	rule := Rule{Twofactor: given(security.Twofactor)}
	if err := rule.readApproval(security.Approval); err != nil {
		return Rule{}, fmt.Errorf("extra.security.approval: %w", err)
	}
	return rule, nil
}

func (r *Rule) readApproval(data json.RawMessage) error {
	if !given(data) {
		return nil
	}
	if string(data) == "true" {
		r.Approvals = 1
		return nil
	}
	approval := struct {
		Users []string `json:"users"`
		Min   int      `json:"min"`
	}{Min: 1}
	if err := strictly(data, &approval); err != nil {
		return err
	}
	switch {
	case approval.Min < 1 || approval.Min > maxApprovals:
		return fmt.Errorf("min must be from 1 to %d", maxApprovals)
	case approval.Users != nil && len(approval.Users) < approval.Min:
		return errors.New("users has fewer people than min asks for")
	case slices.ContainsFunc(approval.Users, func(u string) bool { return strings.TrimSpace(u) == "" }):
		return errors.New("users has an empty name")
	}
	r.Approvals, r.Users = approval.Min, approval.Users
	return nil
}

// given reports whether a key is there and not null or false.
func given(data json.RawMessage) bool {
	return len(data) > 0 && string(data) != "null" && string(data) != "false"
}

// strictly decodes an object without unknown keys.
func strictly(data json.RawMessage, v any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	return d.Decode(v)
}
