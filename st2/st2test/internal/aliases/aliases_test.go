package aliases_test

import (
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/go-errbot/errbot/st2/st2test/internal/aliases"
	"github.com/go-errbot/errbot/st2/st2test/internal/aliasformat"
	"github.com/go-errbot/errbot/st2/st2test/internal/pyjson"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// registered returns the aliases of documents, with ids in their order.
func registered(t *testing.T, documents ...string) *aliases.List {
	t.Helper()
	t.Cleanup(aliasformat.Use())
	list := &aliases.List{}
	for i, text := range documents {
		v, err := pyjson.Decode([]byte(text))
		require.NoError(t, err)
		require.True(t, list.Add(aliases.New(string(rune('a'+i)), v.(*pyjson.Object))))
	}
	return list
}

const (
	one      = `{"pack":"p","name":"one","action_ref":"core.noop","formats":["say {{a}}"],"description":"d"}`
	two      = `{"pack":"q","name":"one","action_ref":"core.noop","formats":[{"display":"say <b>","representation":["say {{b}} twice"]},"shout {{c}}"]}`
	tickets  = `{"pack":"p","name":"tickets","action_ref":"core.noop","formats":[{"display":"t","representation":["(?:\\b|^)(?P<key>[A-Z]+-[0-9]+)(?:\\b|$)"],"match_multiple":true}]}`
	disabled = `{"pack":"p","name":"off","action_ref":"core.noop","formats":["whisper {{a}}"],"enabled":false}`
	broken   = `{"pack":"p","name":"broken","action_ref":"core.noop","formats":["bad ( {{x}}"]}`
	bare     = `{"pack":"p","name":"bare","action_ref":"core.noop","formats":[{"display":"only shown"}]}`
)

func TestMatch(t *testing.T) {
	list := registered(t, one, two, tickets, disabled)
	for command, want := range map[string]string{
		"say x":               "p.one",
		"shout x":             "q.one",
		"say x twice":         "Command 'say x twice' matched more than 1 pattern",
		"fix AB-1 and CD-2":   "p.tickets",
		"whisper x":           "Command 'whisper x' matched no patterns",
		"Say x":               "Command 'Say x' matched no patterns",
		"say AB-1, the first": "p.one",
	} {
		m, err := list.Match(command)
		if err != nil {
			require.EqualError(t, err, want)
			continue
		}
		require.Equal(t, want, m.Alias.Ref(), command)
	}
	m, err := list.Match("fix AB-1 and CD-2")
	require.NoError(t, err)
	found, err := m.Extract("fix AB-1 and CD-2")
	require.NoError(t, err)
	require.Len(t, found, 2)
}

func TestBrokenFormatBreaksMatching(t *testing.T) {
	_, err := registered(t, one, broken).Match("say x")
	require.ErrorContains(t, err, "compiling alias format")
}

func TestBareFormat(t *testing.T) {
	list := registered(t, bare, one)
	m, err := list.Match("a=1 b=2")
	require.NoError(t, err)
	require.True(t, m.Bare)
	require.Empty(t, m.Representation)
}

func TestList(t *testing.T) {
	list := registered(t, two, one)
	require.False(t, list.Add(aliases.New("z", list.Find("p.one").Document)), "a pack has a name once")
	require.Equal(t, "q.one", list.Named("one").Ref(), "the first registered")
	require.Equal(t, "p.one", list.Sorted()[0].Ref())
	changed := *list.Find("a")
	changed.Action = "core.local"
	list.Replace(&changed)
	require.Equal(t, "core.local", list.Find("q.one").Action)
	list.Remove(&changed)
	require.Nil(t, list.Find("q.one"))
	require.Nil(t, list.Named("nosuch"))
}

func TestShadowed(t *testing.T) {
	list := registered(t, one, two)
	list.Find("p.one").Demo = true
	v, err := pyjson.Decode([]byte(`{"pack":"mine","name":"x","formats":["say {{other}}"]}`))
	require.NoError(t, err)
	shadowed := list.Shadowed(aliases.New("y", v.(*pyjson.Object)))
	require.Len(t, shadowed, 1)
	require.Equal(t, "p.one", shadowed[0].Ref())
}

func TestHelp(t *testing.T) {
	list := registered(t, one, two, tickets, disabled)
	all := regexp.MustCompile("")
	require.Len(t, list.Help(all, ""), 4)
	require.Len(t, list.Help(all, "p"), 2)
	lines := list.Help(regexp.MustCompile("(?i)SAY"), "p")
	require.Len(t, lines, 1)
	require.Equal(t, `{"pack":"p","display":"say {{a}}","description":"d"}`, string(pyjson.Encode(lines[0])))
}

// FuzzMatch: whatever the format and the command are, at most one format matches, or a fault
// says why none does.
func FuzzMatch(f *testing.F) {
	f.Add("say {{a=1}} (now)?", "say x now b=2", false)
	f.Add(`(?:\b|^)(?P<key>[A-Z]+-[0-9]+)(?:\b|$)`, "fix AB-1 and CD-2", true)
	f.Fuzz(func(t *testing.T, format, command string, multiple bool) {
		if len(format) > 60 || len(command) > 100 {
			t.Skip()
		}
		defer aliasformat.Use()()
		list := &aliases.List{}
		list.Add(aliases.New("a", pyjson.Of("pack", "p", "name", "n", "formats",
			[]any{pyjson.Of("representation", []any{format}, "match_multiple", multiple)})))
		m, err := list.Match(command)
		if err != nil {
			return
		}
		require.Equal(t, "p.n", m.Alias.Ref())
		_, err = m.Extract(command)
		require.NoError(t, err)
	})
}
