package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/kballard/go-shellquote"
	"github.com/stretchr/testify/require"
)

// session is what a README shows: commands, and what they answer.
type session struct {
	t       *testing.T
	dir     string // where the configurations are
	address string // of the StackStorm in memory
	code    int    // of the last command
}

// TestOwnREADME runs every command of this folder's README and demands the output that
// stands there. A line "..." stands for any lines.
func TestOwnREADME(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	s := &session{t: t, dir: t.TempDir(), address: strings.TrimPrefix(startStackStorm(t), "http://")}
	t.Setenv("ST2_PASSWORD", "")
	for _, block := range regexp.MustCompile("(?s)```(yaml|console)\n(.*?)```").FindAllStringSubmatch(string(readme), -1) {
		if block[1] == "yaml" {
			s.write(block[2])
			continue
		}
		for i, step := range strings.Split("\n"+block[2], "\n$ ")[1:] {
			command, want, _ := strings.Cut(step, "\n")
			t.Logf("step %d: %s", i, command)
			s.step(command, strings.TrimSuffix(want, "\n"))
		}
	}
}

// write keeps a configuration whose first line has its name.
func (s *session) write(text string) {
	name := strings.TrimPrefix(strings.SplitN(text, "\n", 2)[0], "# ")
	text = strings.ReplaceAll(text, "127.0.0.1:9101", s.address)
	text = strings.ReplaceAll(text, "bot_data_dir: data", "bot_data_dir: "+s.dir)
	require.NoError(s.t, os.WriteFile(filepath.Join(s.dir, name), []byte(text), 0o600))
}

// step runs a command and compares what it says.
func (s *session) step(command, want string) {
	s.t.Helper()
	words, err := shellquote.Split(command)
	require.NoError(s.t, err)
	input := ""
	if words[0] == "echo" && len(words) > 3 && words[2] == "|" {
		input, words = words[1]+"\n", words[3:]
	}
	switch words[0] {
	case "go": // this test is built of it
	case "export":
		name, value, _ := strings.Cut(words[1], "=")
		s.t.Setenv(name, value)
	case "echo":
		require.Equal(s.t, want, strconv.Itoa(s.code))
	case "st2bot":
		s.matches(want, s.run(input, words[1:]))
	default:
		s.t.Fatalf("the README shows a command that this test does not know: %s", command)
	}
}

func (s *session) run(input string, words []string) string {
	ctx, stop := context.WithCancel(s.t.Context())
	defer stop()
	var args []string
	for _, word := range words {
		if strings.HasSuffix(word, ".yaml") {
			word = filepath.Join(s.dir, word)
		}
		args = append(args, word)
	}
	if len(words) > 0 && words[0] == "stackstorm" {
		args = append(args, "--listen", "127.0.0.1:0")
		stop() // it ends when it has said where it is
	}
	var out, errs bytes.Buffer
	s.code = run(ctx, args, streams{strings.NewReader(input), &out, &errs})
	if s.code == exitOK {
		require.Empty(s.t, errs.String())
	}
	return out.String()
}

// plain are the parts of an output that are different each time.
var plain = []struct {
	pattern *regexp.Regexp
	same    string
}{
	{regexp.MustCompile(`127\.0\.0\.1:\d+`), "127.0.0.1:9101"},
	{regexp.MustCompile(`\b[0-9.]+m?s\b`), "1ms"},
	{regexp.MustCompile(`"seconds": [0-9.]+`), `"seconds": 0.001`},
	{regexp.MustCompile(`\b[0-9a-f]{24}\b`), "65f0c2d8a1b2c3d4e5f60718"},
	{regexp.MustCompile(`\d{4}-\d\d-\d\d \d\d:\d\d UTC`), "2026-01-01 12:00 UTC"},
}

func (s *session) matches(want, got string) {
	s.t.Helper()
	for _, p := range plain {
		want, got = p.pattern.ReplaceAllString(want, p.same), p.pattern.ReplaceAllString(got, p.same)
	}
	got = strings.TrimSuffix(got, "\n")
	pattern := strings.ReplaceAll("\n"+regexp.QuoteMeta(want)+"\n", "\n"+regexp.QuoteMeta("...")+"\n", "\n(?s:.*\n)?")
	require.Regexp(s.t, "^"+pattern+"$", "\n"+got+"\n")
}
