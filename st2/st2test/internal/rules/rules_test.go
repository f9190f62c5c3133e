package rules_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/st2/st2test/internal/pyjson"
	"github.com/go-errbot/errbot/st2/st2test/internal/rules"
)

// A rule can be read out of its own document, whatever its routes.
func TestReadWhatWasWritten(t *testing.T) {
	for _, r := range []rules.Rule{
		{Ref: "chatops.notify", Route: "hubot"},
		{Ref: "chatops.notify-errbot", Route: "errbot", Announce: "errbot"},
		{Ref: "mine.notify", Route: "team", Announce: "elsewhere"},
	} {
		read := rules.Rule{Ref: r.Ref}
		require.NoError(t, read.Read(r.Document()))
		require.Equal(t, r, read)
	}
}

func TestUnknownRules(t *testing.T) {
	whole := rules.Rule{Ref: "a.b", Route: "errbot"}.Document()
	for text, edit := range map[string]func(d *pyjson.Object){
		"rules on core.st2.generic.notifytrigger": func(d *pyjson.Object) { d.Set("trigger", pyjson.Of("type", "core.st2.webhook")) },
		"whose trigger.route equals":              func(d *pyjson.Object) { d.Set("criteria", pyjson.Of()) },
		"that run chatops.post_result":            func(d *pyjson.Object) { d.Set("action", pyjson.Of("ref", "core.local")) },
		"whose channel is": func(d *pyjson.Object) {
			d.Set("action", pyjson.Of("ref", "chatops.post_result", "parameters", pyjson.Of("user", "{{trigger.data.user}}",
				"execution_id", "{{trigger.execution_id}}")))
		},
	} {
		document := whole.Clone()
		edit(document)
		require.ErrorContains(t, new(rules.Rule).Read(document), text)
	}
}

func TestList(t *testing.T) {
	var list rules.List
	added := list.Add(rules.Rule{Ref: "b.x", Route: "r"})
	list.Add(rules.Rule{Ref: "a.x", Route: "r"})
	require.Same(t, added, list.Find("b.x"))
	require.Same(t, added, list.Find(added.Document.Text("id")))
	require.Equal(t, "b.x", list.All()[0].Ref)
	require.Equal(t, "a.x", list.Sorted()[0].Ref)
	list.Add(rules.Rule{Ref: "b.x", Disabled: true})
	require.True(t, list.Find("b.x").Disabled)
	list.Remove("b.x")
	require.Nil(t, list.Find("b.x"))
}

func TestInstances(t *testing.T) {
	var instances rules.Instances
	for n := range 1001 {
		instances.Fire(rules.InquiryTrigger, time.Unix(0, 0), pyjson.Of("n", n))
	}
	newest := instances.Newest()
	require.Len(t, newest, 1000)
	require.Equal(t, 1000, newest[0].Object("payload").Get("n"))
	require.Equal(t, "1970-01-01T00:00:00.000000Z", newest[0].Text("occurrence_time"))
}

// FuzzRead: a rule that is read is one that announces results.
func FuzzRead(f *testing.F) {
	f.Add(`{"trigger":{"type":"core.st2.generic.notifytrigger"},"criteria":{"trigger.route":{"type":"equals","pattern":"errbot"}},` +
		`"action":{"ref":"chatops.post_result","parameters":{"channel":"{{trigger.data.source_channel}}","user":"{{trigger.data.user}}",` +
		`"execution_id":"{{trigger.execution_id}}","route":"{{ trigger.route }}"}}}`)
	f.Fuzz(func(t *testing.T, text string) {
		v, err := pyjson.Decode([]byte(text))
		body, isObject := v.(*pyjson.Object)
		if err != nil || !isObject {
			return
		}
		read := rules.Rule{Ref: "a.b"}
		if read.Read(body) == nil {
			require.Equal(t, "chatops.post_result", body.Object("action").Text("ref"))
		}
	})
}
