package bot_test

import (
	"bytes"
	"fmt"
	"os"
	"testing"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/bot"
	"github.com/go-errbot/errbot/bot/bottest"
	"github.com/go-errbot/errbot/bot/conf"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"
)

// vector is one entry of testdata/vectors.yaml, where the fields are explained.
type vector struct {
	N        int
	Quirk    string
	Config   yaml.Node
	From     string
	Fallback bool
	MatchAll bool
	Listener bool
	Steps    []step
	Admins   []string
}

type step struct {
	Say      string
	In       string
	ID       string
	Expect   []string
	Contains []string
	Private  []string
	Thread   *string
}

func TestVectors(t *testing.T) {
	data, err := os.ReadFile("testdata/vectors.yaml")
	require.NoError(t, err)
	var vectors []vector
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	decoder.KnownFields(true)
	require.NoError(t, decoder.Decode(&vectors))
	for i, v := range vectors {
		t.Run(fmt.Sprintf("%d-%d", v.N, i), v.run)
	}
}

func (v vector) run(t *testing.T) {
	configure := bottest.WithConfig(func(cfg *bot.Config) {
		require.NoError(t, conf.FromNode(&v.Config).Decode(cfg))
	})
	plugin := &dummy{fallback: v.Fallback, matchAll: v.MatchAll, listener: v.Listener}
	chat := bottest.NewWith(t, []bottest.Option{configure}, plugin)
	from := v.From
	if from == "" {
		from = "noterr"
	}
	for _, s := range v.Steps {
		s.run(t, chat.As(from))
	}
	for _, text := range v.Admins {
		chat.As(bottest.Admin).Expect(text)
	}
}

func (s step) run(t *testing.T, private *bottest.Conversation) {
	here := private
	if s.In != "" {
		here = private.In(s.In)
	}
	here.SayMessage(&backend.Message{Ref: backend.Ref{ID: s.ID}, Body: s.Say})
	for _, want := range s.Expect {
		got := here.Next()
		require.Equal(t, want, got.Body, "after %q", s.Say)
		if s.Thread != nil {
			require.Equal(t, *s.Thread, got.Thread)
		}
	}
	for _, part := range s.Contains {
		here.ExpectContains(part)
	}
	private.Expect(s.Private...)
	here.ExpectNothing()
	private.ExpectNothing()
}
