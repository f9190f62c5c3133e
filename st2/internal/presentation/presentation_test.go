package presentation_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/st2/internal/presentation"
)

// networks are those with a form of their own, and one without.
var networks = []presentation.Network{
	{Name: "slack", Extras: []string{"attachments", "blocks", "username", "icon_emoji"}},
	{Name: "mattermost", Extras: []string{"attachments"}},
	{Name: "rocketchat", Extras: []string{"attachments"}},
	{Name: "discord", Extras: []string{"embeds"}},
	{Name: "matrix", Extras: []string{"formatted_body"}},
	{Name: "irc"},
}

const slackExtra = `{"slack": {"color": "#00aa00", "title": "Web", "title_link": "https://st2.example.com/x",
	"fields": [{"title": "Hosts", "value": "3", "short": true}, {"title": "State", "value": "up & <well>"}],
	"thumb_url": "https://st2.example.com/t.png", "username": "st2", "icon_emoji": ":robot_face:", "thread_response": true}}`

// posts are by the name of their golden file.
var posts = map[string]presentation.Post{
	"text":           {Text: "\n\nIt is done.\n"},
	"pretext":        {Text: "Found it {~}\n\n a\n b\n", Mention: "@alice "},
	"pretext-only":   {Text: "All is well {~}", Status: "succeeded"},
	"json":           {Text: `{"a":1}`, Mention: "@alice "},
	"status-text":    {Text: "\nAction core.local completed.\nstatus : failed\nexecution: 1\n", Mention: "@alice "},
	"status-given":   {Text: "Done **well**.", Status: "succeeded"},
	"color":          {Text: "It is red.", Extra: json.RawMessage(`{"color": "red"}`)},
	"color-unknown":  {Text: "It is strange.", Extra: json.RawMessage(`{"color": "ultraviolet"}`)},
	"slack":          {Text: "The *web* {~} 3 hosts", Extra: json.RawMessage(slackExtra), Mention: "@alice "},
	"slack-no-text":  {Extra: json.RawMessage(slackExtra)},
	"attachments":    {Text: "Two of them", Extra: json.RawMessage(`{"slack": {"attachments": [{"title": "one", "text": "1", "color": "danger"}, {"pretext": "second", "text": "2"}]}}`)},
	"blocks":         {Text: "for notifications", Extra: json.RawMessage(`{"slack": {"blocks": [{"type": "header", "text": {"type": "plain_text", "text": "Head"}}, {"type": "divider"}, {"type": "section", "text": {"type": "mrkdwn", "text": "*bold*"}, "fields": [{"type": "mrkdwn", "text": "f1"}]}, {"type": "context", "elements": [{"type": "mrkdwn", "text": "small"}]}, {"type": "image", "image_url": "https://st2.example.com/i.png", "alt_text": "graph"}]}}`)},
	"mattermost":     {Text: "hello", Extra: json.RawMessage(`{"mattermost": {"title": "for Mattermost"}, "slack": {"title": "for Slack"}}`)},
	"rocketchat":     {Text: "hello", Extra: json.RawMessage(`{"rocketchat": {"color": "good", "title": "for Rocket.Chat"}}`)},
	"discord":        {Text: "hello", Extra: json.RawMessage(`{"discord": {"title": "for Discord", "url": "https://st2.example.com", "color": "warning", "fields": [{"name": "n", "value": "", "inline": true}]}}`)},
	"discord-embeds": {Text: "hello", Extra: json.RawMessage(`{"discord": {"embeds": [{"title": "one", "color": 255}, {"description": "two", "image": {"url": "https://st2.example.com/i.png"}}]}}`)},
	"matrix":         {Text: "hello", Mention: "@alice ", Extra: json.RawMessage(`{"matrix": {"formatted_body": "<b>hello</b>"}}`)},
	"no-object":      {Text: "hello", Extra: json.RawMessage(`"Cannot render"`)},
	"html":           {Text: "<script>alert(1)</script> & so", Status: "failed"},
}

func TestGolden(t *testing.T) {
	t.Parallel()
	for name, post := range posts {
		got := map[string][]message{}
		for _, n := range networks {
			got[n.Name] = messages(n, post)
		}
		got["Text"] = []message{{Body: presentation.Text(post)}}
		equal(t, filepath.Join("testdata", name+".json"), got)
	}
}

// message is what golden files have of one.
type message struct {
	Body   string         `json:"body"`
	Extras map[string]any `json:"extras,omitempty"`
}

func messages(n presentation.Network, p presentation.Post) []message {
	var all []message
	for _, m := range presentation.Messages(n, p) {
		all = append(all, message{m.Body, m.Extras})
	}
	return all
}

func equal(t *testing.T, file string, v any) {
	t.Helper()
	var text strings.Builder
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	require.NoError(t, e.Encode(v))
	if os.Getenv("UPDATE_GOLDEN") != "" {
		require.NoError(t, os.WriteFile(file, []byte(text.String()), 0o644))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, string(want), text.String(), file)
}

// A backend that does not say that it understands something native is sent text.
func TestNothingNativeUnasked(t *testing.T) {
	t.Parallel()
	for _, n := range networks {
		for name, p := range posts {
			got := messages(presentation.Network{Name: n.Name}, p)
			require.Equal(t, messages(presentation.Network{Name: "irc"}, p), got, "%s %s", n.Name, name)
			for _, m := range got {
				require.Empty(t, m.Extras)
			}
		}
	}
}

// Whatever is long is whole, and apart from what would be repeated when it is split.
func TestLong(t *testing.T) {
	t.Parallel()
	long := strings.TrimSpace(strings.Repeat("0123456789 ", 2000))
	for _, n := range networks {
		for name, p := range map[string]presentation.Post{
			"colour":  {Text: "intro {~}\n" + long, Status: "failed"},
			"card":    {Text: "intro {~}\n" + long, Extra: json.RawMessage(slackExtra)},
			"pretext": {Text: long + "{~} text", Extra: json.RawMessage(slackExtra)},
		} {
			var all strings.Builder
			for _, m := range messages(n, p) {
				all.WriteString(m.Body + "\n")
				if len(m.Extras) > 0 {
					require.LessOrEqual(t, len(m.Body), 2000, "%s %s", n.Name, name)
				}
			}
			require.Equal(t, 1, strings.Count(all.String(), long), "%s %s", n.Name, name)
		}
		n.Alone = 1000
		got := messages(n, presentation.Post{Text: "intro {~}\n" + long, Mention: "@alice "})
		require.Equal(t, []message{{Body: "@alice intro"}, {Body: long}}, got)
	}
}

// However large an embed is asked for, Discord would take it.
func TestDiscordLimits(t *testing.T) {
	t.Parallel()
	big := strings.Repeat("ä", 3000)
	var fields []any
	for range 40 {
		fields = append(fields, map[string]any{"title": big, "value": big})
	}
	attachment := map[string]any{"title": big, "text": big, "footer": big, "author_name": big, "fields": fields}
	extra, err := json.Marshal(map[string]any{"slack": map[string]any{"attachments": slices.Repeat([]any{attachment}, 15)}})
	require.NoError(t, err)
	network := presentation.Network{Name: "discord", Extras: []string{backend.ExtraEmbeds}}
	all, embeds := 0, 0
	for _, m := range presentation.Messages(network, presentation.Post{Text: "x", Extra: extra}) {
		list, _ := m.Extras[backend.ExtraEmbeds].([]any)
		for _, e := range list {
			embeds++
			all += textLength(t, e)
			fields, _ := e.(map[string]any)["fields"].([]any)
			require.LessOrEqual(t, len(fields), 25)
		}
	}
	require.LessOrEqual(t, embeds, 10)
	require.LessOrEqual(t, all, 6000)
	require.Positive(t, embeds)
}

func textLength(t *testing.T, v any) (n int) {
	switch v := v.(type) {
	case string:
		require.LessOrEqual(t, len([]rune(v)), 4096)
		return len([]rune(v))
	case []any:
		for _, item := range v {
			n += textLength(t, item)
		}
	case map[string]any:
		for _, item := range v {
			n += textLength(t, item)
		}
	}
	return n
}

func TestJSON(t *testing.T) {
	t.Parallel()
	document, ok := presentation.JSON(presentation.Text(presentation.Post{Text: `{"a":[1]}`}))
	require.True(t, ok)
	require.JSONEq(t, `{"a":[1]}`, document)
	_, ok = presentation.JSON("text")
	require.False(t, ok)
}

func FuzzMessages(f *testing.F) {
	for _, p := range posts {
		f.Add(p.Text, string(p.Extra), p.Status)
	}
	f.Fuzz(func(t *testing.T, text, extra, status string) {
		p := presentation.Post{Text: text, Extra: json.RawMessage(extra), Status: status, Mention: "@alice "}
		for _, n := range networks {
			for _, m := range presentation.Messages(n, p) {
				require.True(t, m.Body != "" || len(m.Extras) > 0)
				_, err := json.Marshal(m.Extras)
				require.NoError(t, err)
			}
		}
	})
}

func BenchmarkMessages(b *testing.B) {
	p := posts["slack"]
	for _, n := range networks {
		b.Run(n.Name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				presentation.Messages(n, p)
			}
		})
	}
}
