package conf_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/go-errbot/errbot/bot/conf"
	"github.com/go-errbot/errbot/bot/secret"
	"gopkg.in/yaml.v3"
)

// fuzzTarget has every kind of field but secrets, whose _file keys would read files.
type fuzzTarget struct {
	everything `yaml:",inline"`
	Rest       map[string]any `yaml:",inline"`
}

// Whatever the text is, reading it ends without a panic, its errors are bounded and
// positioned, and printing what was read shows no value of an undecoded section.
func FuzzParseDecode(f *testing.F) {
	for _, text := range []string{
		"", "bot_prefix: '!'\nport: ${PORT}\n", "a: &a [*a]", "a: &a {b: 1}\nc: {<<: *a}\nd: {<<: [*a, *a]}",
		"wait: 15m\nlevel: low\nsection: {x: y}\nbot_admins: [a, b]", "- a", "a: 1\n---\nb: 2", "? [a]\n: b",
		"any: {a: [1, 2.5, ~, true, 2026-11-23]}\nmirrors: {x: }", "a: $${X} ${", "nested: [[1], [x]]", "!!map {}",
		"a: !!binary aGk=\nb: !!float 3\nc: !custom x\nrate: .nan\nsmall: 0b11", "<<: {bot_prefix: x}\nbot_prefix: y",
		"odd: {1: a}\nspan: 5\nstringer: x\nkinds: {a: 1e400}\nweb: &w {port: 99999}\nbackup: *w",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		doc, err := conf.Parse("bot.yaml", []byte(text), environment)
		if doc == nil {
			if err == nil {
				t.Fatal("neither a document nor an error")
			}
			return
		}
		checkProblems(t, err)
		var strict everything
		checkProblems(t, doc.Decode(&strict))
		var open fuzzTarget
		checkProblems(t, doc.Decode(&open))
		shown, err := conf.Encode(doc)
		if err != nil {
			t.Fatal(err)
		}
		checkMasked(t, shown)
	})
}

func checkProblems(t *testing.T, err error) {
	if err == nil {
		return
	}
	all := err.(interface{ Unwrap() []error }).Unwrap()
	if len(all) > 100 {
		t.Fatalf("%d problems", len(all))
	}
	for _, one := range all {
		var e *conf.Error
		if !errors.As(one, &e) || e.Line < 1 || e.Message == "" || !strings.HasPrefix(e.Error(), "bot.yaml: line ") {
			t.Fatalf("%#v", one)
		}
	}
}

func checkMasked(t *testing.T, shown []byte) {
	var root yaml.Node
	if err := yaml.Unmarshal(shown, &root); err != nil {
		t.Fatalf("%v in %q", err, shown)
	}
	var walk func(n *yaml.Node)
	walk = func(n *yaml.Node) {
		for i, child := range n.Content {
			isKey := n.Kind == yaml.MappingNode && i%2 == 0
			if child.Kind == yaml.ScalarNode && !isKey && child.Value != secret.Mask && child.ShortTag() != "!!null" {
				t.Fatalf("not masked: %q", shown)
			}
			walk(child)
		}
	}
	walk(&root)
}
