package st2_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/bot/bottest"
	"github.com/go-errbot/errbot/st2"
	"github.com/go-errbot/errbot/st2/st2test"
)

// bank is a StackStorm with a command that asks for security.
type bank struct {
	*st2test.Server
	paid   atomic.Int64
	factor chan string // uuids that the second factor was asked for
	asked  chan map[string]any
}

func newBank(t testing.TB, security any) *bank {
	t.Helper()
	b := &bank{Server: newStackStorm(t), factor: make(chan string, 10), asked: make(chan map[string]any, 10)}
	text := map[string]any{"type": "string"}
	b.AddAction(st2test.Action{Ref: "bank.pay", Parameters: map[string]any{"to": text}, Run: func(context.Context, *st2test.Call) (any, error) {
		return fmt.Sprint("paid ", b.paid.Add(1)), nil
	}})
	b.AddAction(st2test.Action{Ref: "bank.confirm", Parameters: map[string]any{"uuid": text, "user": text, "channel": text, "hint": text},
		Run: func(_ context.Context, call *st2test.Call) (any, error) {
			b.factor <- call.Parameters["uuid"].(string)
			b.asked <- call.Parameters
			return "asked", nil
		}})
	b.AddAction(st2test.Action{Ref: "bank.refund", Run: func(context.Context, *st2test.Call) (any, error) { return "refunded", nil }})
	b.addPay(map[string]any{"security": security})
	return b
}

func (b *bank) addPay(extra map[string]any) {
	b.AddAlias(st2test.Alias{Pack: "bank", Name: "pay", Description: "Pays {{to}}.", ActionRef: "bank.pay", Extra: extra,
		Formats: []st2test.Format{{Display: "pay <to>", Representation: []string{"pay {{to}}"}}},
		Ack:     map[string]any{"format": "Paying."}, Result: map[string]any{"format": "{{ execution.result.result }}"}})
}

// confirm announces a second factor.
func (b *bank) confirm(uuid string) { b.Announce("2fa", payload{"message": payload{"uuid": uuid}}) }

const withFactor = "twofactor_action: bank.confirm"

// held says a command that has to wait and returns its id.
func held(t testing.TB, c *bottest.Conversation, text string) (id string) {
	t.Helper()
	answer := c.Say(text).Next().Body
	_, id, found := strings.Cut(answer, "!st2approve ")
	require.True(t, found, answer)
	id, _, _ = strings.Cut(id, ",")
	return id
}

func TestApproval(t *testing.T) {
	t.Parallel()
	b := newBank(t, payload{"approval": true})
	chat := newChat(t, b.Server)
	alice, bob := chat.As("@alice").In("#ops"), chat.As("@bob").In("#ops")
	id := held(t, alice, "!st2 pay bob")
	alice.Say("!st2approve " + id).Expect("You have asked for that yourself: somebody else has to approve it.")
	chat.As("@alice").Say("!st2approve " + id).Expect("You have asked for that yourself: somebody else has to approve it.")
	require.Zero(t, b.paid.Load())
	bob.Say("!st2approve "+strings.ToUpper(id)).Expect("Approved.", "Paying.", "paid 1")
	bob.Say("!st2approve " + id).Expect(`Nothing waits as "` + id + `". It may have expired.`)
	require.Equal(t, int64(1), b.paid.Load())

	// What follows goes where the command was given.
	id = held(t, chat.As("@carol"), "!st2 pay bob")
	bob.Say("!st2approve " + id).Expect("Approved.")
	chat.As("@carol").Expect("Paying.", "paid 2")
	bob.ExpectNothing()

	// Other commands need nothing of all that.
	alice.Say("!st2 greet you").Expect("Greeting you.", "Hello you!")
	chat.As(bottest.Admin).Say("!st2audit --limit 4")
	audit := chat.As(bottest.Admin).Next().Body
	require.Regexp(t, `(?m)^\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ  requested `+id+` "pay bob" asked by @carol in @carol as bank.pay$`, audit)
	require.Regexp(t, `approved  `+id+` "pay bob" asked by @carol by @bob in #ops as bank.pay\n`, audit)
	require.Regexp(t, `released  `+id, audit)
	require.Regexp(t, `started   `+id+` "pay bob" asked by @carol in @carol as bank.pay execution [0-9a-f]{24}$`, audit)
	require.Contains(t, chat.Log(), "msg=security plugin=St2 event=approved id="+id)
	chat.As("@dave").Say("!st2audit").ExpectContains("requires bot-admin privileges")
}

// The command that runs is named by alias and format, in the asker's name.
func TestApprovedRequest(t *testing.T) {
	t.Parallel()
	b := newBank(t, payload{"approval": true})
	chat := newChat(t, b.Server)
	id := held(t, chat.As("@alice").In("#ops"), "!st2 pay bob")
	b.ForgetRequests()
	chat.As("@bob").Say("!st2approve " + id).Expect("Approved.")
	chat.In("#ops").Expect("Paying.", "paid 1")
	var paths []string
	for _, r := range b.Requests() {
		if strings.Contains(r.Path, "alias") {
			paths = append(paths, r.Path)
		}
		if r.Path == "/api/v1/aliasexecution" {
			var body map[string]string
			require.NoError(t, json.Unmarshal([]byte(r.Body), &body))
			require.Equal(t, map[string]string{"name": "pay", "format": "pay {{to}}", "command": "pay bob",
				"user": "@alice", "source_channel": "#ops", "notification_route": "errbot"}, body)
		}
	}
	require.Equal(t, []string{"/api/v1/actionalias/match", "/api/v1/aliasexecution"}, paths)
}

func TestSeveralApprovals(t *testing.T) {
	t.Parallel()
	b := newBank(t, payload{"approval": payload{"users": []any{"@bob", "@carol", "@alice"}, "min": 2}})
	chat := newChat(t, b.Server)
	ops := chat.In("#ops")
	id := held(t, chat.As("@alice").In("#ops"), "!st2 pay bob")
	for _, step := range []struct{ who, want string }{
		{"@dave", "Only @bob, @carol, @alice can decide about that."},
		{"@alice", "You have asked for that yourself: somebody else has to approve it."},
		{"@bob", "Approved. 1 more must approve."},
		{"@bob", "That does not count: the same person has approved already."},
		{"@carol", "Approved."},
	} {
		chat.As(step.who).In("#ops").Say("!st2approve " + id).Expect(step.want)
	}
	ops.Expect("Paying.", "paid 1")
}

func TestDeny(t *testing.T) {
	t.Parallel()
	b := newBank(t, payload{"approval": true})
	chat := newChat(t, b.Server)
	alice := chat.As("@alice").In("#ops")
	id := held(t, alice, "!st2 pay bob")
	chat.As("@bob").Say("!st2deny " + id).Expect(`"pay bob" was denied. Nothing was started.`)
	alice.Expect(`"pay bob" was denied. Nothing was started.`)
	chat.As("@carol").Say("!st2approve " + id).ExpectContains("Nothing waits")
	id = held(t, alice, "!st2 pay bob")
	alice.Say("!st2deny " + id).Expect(`"pay bob" was withdrawn. Nothing was started.`).ExpectNothing()
	require.Zero(t, b.paid.Load())
}

func TestApprovalExpires(t *testing.T) {
	t.Parallel()
	b := newBank(t, payload{"approval": true})
	chat := newChat(t, b.Server, passwordAuth, "approval_ttl: 1")
	alice := chat.As("@alice").In("#ops")
	id := held(t, alice, "!st2 pay bob")
	alice.Expect(`"pay bob" has expired: it was not approved or confirmed in time. Nothing was started.`)
	chat.As("@bob").Say("!st2approve " + id).ExpectContains("Nothing waits")
	chat.As(bottest.Admin).Say("!st2audit").ExpectContains("expired   " + id)
}

// Who may not run a command may not approve it, wherever they say so.
func TestApproverNeedsTheRight(t *testing.T) {
	t.Parallel()
	b := newBank(t, payload{"approval": true})
	rules := rulesOption(t, `
'st2 pay*': {allowusers: ['@alice', '@bob'], allowrooms: ['#ops']}`)
	chat := bottest.NewWith(t, []bottest.Option{configured(t, section(b.Server, passwordAuth)), rules}, st2.New())
	id := held(t, chat.As("@alice").In("#ops"), "!st2 pay bob")
	const no = "You may not run that command here yourself, so you cannot decide about it."
	chat.As("@carol").In("#ops").Say("!st2approve " + id).Expect(no)
	chat.As("@carol").In("#ops").Say("!st2deny " + id).Expect(no)
	chat.As("@bob").In("#other").Say("!st2approve " + id).Expect(no)
	chat.As("@bob").In("#ops").Say("!st2approve "+id).Expect("Approved.", "Paying.", "paid 1")
}

// What was approved is what runs: when its alias changes meanwhile, nothing does.
func TestAliasChangesMeanwhile(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(b *bank){
		"another action": func(b *bank) {
			b.AddAlias(st2test.Alias{Pack: "bank", Name: "pay", ActionRef: "bank.refund", Formats: []st2test.Format{{Text: "pay {{to}}"}}})
		},
		"another alias": func(b *bank) {
			b.RemoveAlias("bank.pay")
			b.AddAlias(st2test.Alias{Pack: "bank", Name: "refund", ActionRef: "bank.refund", Formats: []st2test.Format{{Text: "pay {{to}}"}}})
		},
		"ambiguous": func(b *bank) {
			b.AddAlias(st2test.Alias{Pack: "bank", Name: "refund", ActionRef: "bank.refund", Formats: []st2test.Format{{Text: "pay {{name}}"}}})
		},
		"gone":          func(b *bank) { b.RemoveAlias("bank.pay") },
		"more security": func(b *bank) { b.addPay(payload{"security": payload{"approval": payload{"min": 2}}}) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBank(t, payload{"approval": true})
			chat := newChat(t, b.Server)
			id := held(t, chat.As("@alice").In("#ops"), "!st2 pay bob")
			change(b)
			chat.As("@bob").Say("!st2approve " + id).Expect("Approved.")
			chat.In("#ops").Expect(`"pay bob" was not started: its alias has changed meanwhile. Please ask for it again.`)
			require.Zero(t, b.paid.Load())
		})
	}
}

func TestTwofactor(t *testing.T) {
	t.Parallel()
	b := newBank(t, payload{"twofactor": true})
	chat := newChat(t, b.Server, passwordAuth, withFactor)
	alice := chat.As("@alice").In("#ops")
	alice.Say("!st2 pay bob").Expect(`"pay bob" has to wait. Confirm it with your second factor. It expires in 5m0s.`)
	uuid, asked := <-b.factor, <-b.asked
	require.Regexp(t, `^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`, uuid)
	require.Equal(t, "@alice", asked["user"])
	require.Equal(t, "#ops", asked["channel"])
	require.Equal(t, "Pays { {to}}.", asked["hint"])
	b.confirm("somebody else's")
	b.confirm("")
	b.confirm(uuid)
	alice.Expect("Paying.", "paid 1")
	b.confirm(uuid) // a second time
	chat.As("@alice").Say("!st2 greet you").Expect("Greeting you.", "Hello you!")
	require.Equal(t, int64(1), b.paid.Load())
	// As chatops.post_message can have it.
	alice.Say("!st2 pay bob").ExpectContains("has to wait")
	b.Announce("2fa", payload{"channel": "-", "message": "confirmed", "context": payload{"uuid": <-b.factor}})
	alice.Expect("Paying.", "paid 2")
	require.NotContains(t, chat.Log(), uuid)
}

func TestConfirmedSecret(t *testing.T) {
	t.Parallel()
	for data, want := range map[string]string{
		`{"payload": {"uuid": "x"}}`:                              "x",
		`{"payload": {"message": {"uuid": "x"}}}`:                 "x",
		`{"payload": {"message": "m", "context": {"uuid": "x"}}}`: "x",
		`{"payload": {"uuid": 1, "message": null}}`:               "",
		`{"payload": []}`:                                         "",
		`{`:                                                       "",
	} {
		require.Equal(t, want, st2.ConfirmedSecret([]byte(data)), data)
	}
}

// With both, both are needed, in whatever order.
func TestTwofactorAndApproval(t *testing.T) {
	t.Parallel()
	b := newBank(t, payload{"twofactor": true, "approval": true})
	chat := newChat(t, b.Server, passwordAuth, withFactor)
	alice, bob := chat.As("@alice").In("#ops"), chat.As("@bob")
	id := held(t, alice, "!st2 pay bob")
	bob.Say("!st2approve " + id).Expect("Approved. The asker's second factor is still missing.")
	require.Zero(t, b.paid.Load())
	b.confirm(<-b.factor)
	alice.Expect("Paying.", "paid 1")

	id = held(t, alice, "!st2 pay bob")
	b.confirm(<-b.factor)
	require.Eventually(t, func() bool { return strings.Contains(chat.Log(), "event=confirmed id="+id) }, timeout, time.Millisecond)
	bob.Say("!st2approve " + id).Expect("Approved.")
	alice.Expect("Paying.", "paid 2")
}

// An announcement that is posted to the bot is no second factor.
func TestWebhookIsNoFactor(t *testing.T) {
	t.Parallel()
	b := newBank(t, payload{"twofactor": true})
	chat := newChat(t, b.Server, passwordAuth, withFactor)
	chat.As("@alice").Say("!st2 pay bob").ExpectContains("has to wait")
	chat.Post("/chatops/message", "application/json", strings.NewReader(`{"channel": "@alice", "message": "posted", "uuid": "`+<-b.factor+`"}`))
	chat.As("@alice").Expect("posted")
	require.Zero(t, b.paid.Load())
}

// What cannot be understood or done does not run.
func TestRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		security any
		change   func(b *bank)
		want     string
	}{
		"no action":     {payload{"twofactor": true}, nil, "the bot's configuration has no twofactor_action."},
		"misspelled":    {payload{"permission": true}, nil, `unknown field "permission"`},
		"not an object": {"yes", nil, "extra.security"},
		"same name": {payload{"approval": true}, func(b *bank) {
			b.AddAlias(st2test.Alias{Pack: "other", Name: "pay", ActionRef: "bank.refund", Formats: []st2test.Format{{Text: "other"}}})
		}, "other.pay has the same name"},
		"same name of another": {nil, func(b *bank) {
			b.AddAlias(st2test.Alias{Pack: "other", Name: "pay", ActionRef: "bank.refund", Formats: []st2test.Format{{Text: "other"}}, Extra: payload{"security": payload{"approval": true}}})
		}, "other.pay has the same name"},
		"match_multiple": {nil, func(b *bank) {
			b.AddAlias(st2test.Alias{Pack: "bank", Name: "pay", ActionRef: "bank.pay", Extra: payload{"security": payload{"approval": true}},
				Formats: []st2test.Format{{Representation: []string{`pay (?P<to>\w+)`}, MatchMultiple: true}}})
		}, "match_multiple do not go together"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBank(t, c.security)
			if c.change != nil {
				c.change(b)
			}
			chat := newChat(t, b.Server)
			chat.As("@alice").Say("!st2 pay bob").ExpectContains("That command cannot be run", c.want).ExpectNothing()
			require.Zero(t, b.paid.Load())
		})
	}
}

// The second factor that cannot be asked for.
func TestTwofactorActionFails(t *testing.T) {
	t.Parallel()
	b := newBank(t, payload{"twofactor": true})
	chat := newChat(t, b.Server, passwordAuth, "twofactor_action: bank.nosuch")
	chat.As("@alice").Say("!st2 pay bob").ExpectContains("has to wait").ExpectContains(`Action "bank.nosuch" cannot be found`)
	chat.As("@bob").Say("!st2 greet you").Expect("Greeting you.", "Hello you!")
}

// An alias that begins to ask for security does so at once.
func TestSecurityIsAdded(t *testing.T) {
	t.Parallel()
	b := newBank(t, nil)
	chat := newChat(t, b.Server)
	alice := chat.As("@alice")
	alice.Say("!st2 pay bob").Expect("Paying.", "paid 1")
	b.addPay(payload{"security": payload{"approval": true}})
	require.Eventually(t, func() bool {
		if answer := alice.Say("!st2 pay bob").Next().Body; answer == "Paying." {
			alice.Next() // the event has not arrived yet
			return false
		}
		return true
	}, timeout, time.Millisecond)
}

// While the aliases cannot be read, nothing is started when that is wanted; otherwise what was
// started without a check is told.
func TestAliasesCannotBeRead(t *testing.T) {
	t.Parallel()
	b := newBank(t, payload{"approval": true})
	b.Deny("errbot", "action_alias_list")
	strict := newChat(t, b.Server, passwordAuth, "require_security_check: true")
	strict.As("@alice").Say("!st2 pay bob").ExpectContains("nothing was started")
	require.Zero(t, b.paid.Load())
	lax := newChat(t, b.Server)
	lax.As("@alice").Say("!st2 pay bob").Expect("Paying.", "paid 1")
	lax.As(bottest.Admin).ExpectMatch(`^The StackStorm command "pay bob" of @alice was started as bank.pay, which asks for security, without it: execution `)
	lax.As(bottest.Admin).Say("!st2audit").ExpectContains("unchecked")
}

func TestTooManyWait(t *testing.T) {
	t.Parallel()
	b := newBank(t, payload{"approval": true})
	alice := newChat(t, b.Server).As("@alice")
	for range 5 {
		held(t, alice, "!st2 pay bob")
	}
	alice.Say("!st2 pay bob").Expect("Too many commands wait already. Withdraw one, or wait until one has expired.")
}
