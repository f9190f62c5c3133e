package plugins_test

import (
	"bytes"
	"fmt"
	"os"
	"runtime"
	"testing"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/backend/markdown"
	"github.com/go-errbot/errbot/bot"
	"github.com/go-errbot/errbot/bot/bottest"
	"github.com/go-errbot/errbot/bot/conf"
	"github.com/go-errbot/errbot/plugins"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"gopkg.in/yaml.v3"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// vector is one entry of testdata/vectors.yaml, where the fields are explained.
type vector struct {
	Number   int
	Quirk    string
	Why      string
	Config   yaml.Node
	Say      []string
	Equals   string
	Contains []string
	Linux    bool
}

func TestVectors(t *testing.T) {
	data, err := os.ReadFile("testdata/vectors.yaml")
	require.NoError(t, err)
	var vectors []vector
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	decoder.KnownFields(true)
	require.NoError(t, decoder.Decode(&vectors))
	for i, v := range vectors {
		t.Run(fmt.Sprintf("%d%s-%d", v.Number, v.Quirk, i), v.run)
	}
}

func (v vector) run(t *testing.T) {
	if v.Linux && runtime.GOOS != "linux" {
		t.Skip("only Linux tells this")
	}
	require.True(t, v.Equals != "" || len(v.Contains) > 0, "the vector expects nothing")
	configure := bottest.WithConfig(func(cfg *bot.Config) {
		require.NoError(t, conf.FromNode(&v.Config).Decode(cfg))
	})
	admin := bottest.NewWith(t, []bottest.Option{configure}, plugins.Core()...).As(bottest.Admin)
	var answer string
	for _, text := range v.Say {
		answer = shown(admin.Say(text).Next())
	}
	admin.ExpectNothing()
	if v.Equals != "" {
		require.Equal(t, v.Equals, answer)
	}
	for _, part := range v.Contains {
		require.Contains(t, answer, part)
	}
}

// shown returns a message as it looks on a network without markup.
func shown(m *backend.Message) string {
	if m.Plain {
		return m.Body
	}
	return markdown.New().Text(m.Body)
}
