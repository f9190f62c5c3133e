package acl_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/go-errbot/errbot/acl"
	"github.com/stretchr/testify/require"
)

// benchRules returns n rules as a grown configuration has them: a third of them
// with spaces, each for a few users in a few rooms.
func benchRules(n int) []acl.PatternRule {
	rule := acl.Rule{
		AllowUsers: []string{"@admin1", "@admin2", "@ops-*", "@user[1-5]"},
		AllowRooms: []string{"#channel", "#ops-*"},
	}
	rules := make([]acl.PatternRule, n)
	for i := range rules {
		rules[i] = acl.PatternRule{Pattern: fmt.Sprintf("command_%d", i), Rule: rule, Line: i + 1}
		if i%3 == 0 {
			rules[i].Pattern = fmt.Sprintf("st2 pack%d restart*", i)
		}
	}
	return rules
}

// benchQueries returns commands in a mix in which a few are frequent and most are
// rare; half of them are typed for StackStorm.
func benchQueries(n int, user string) []acl.Query {
	random := rand.New(rand.NewPCG(1, 2))
	zipf := rand.NewZipf(random, 1.3, 1, uint64(n-1))
	queries := make([]acl.Query, 1024)
	for i := range queries {
		k := int(zipf.Uint64())
		q := acl.Query{Plugin: "Plugin", Command: fmt.Sprintf("command_%d", k), Text: fmt.Sprintf("command %d", k)}
		if i%2 == 0 {
			text := fmt.Sprintf("st2 Pack%d restart web%d", k/3*3, k)
			q = acl.Query{Plugin: "St2", Command: "st2", Text: text, Args: text}
		} else if k%3 == 0 {
			q.Command, q.Text = "command_1", "command_1"
		}
		q.User, q.Room, q.Group = user, "#channel", true
		queries[i] = q
	}
	return queries
}

func BenchmarkDecide(b *testing.B) {
	for _, n := range []int{10, 100, 1000} {
		p := acl.NewPolicy(nil, acl.Rule{}, benchRules(n))
		for _, way := range []struct{ name, user string }{{"allow", "@user3"}, {"deny", "@mallory"}} {
			b.Run(fmt.Sprintf("%drules/%s", n, way.name), func(b *testing.B) {
				queries := benchQueries(n, way.user)
				for i := range queries {
					require.Equal(b, way.name == "allow", p.Decide(&queries[i]).Allowed)
				}
				b.ReportAllocs()
				i := 0
				for b.Loop() {
					p.Decide(&queries[i%len(queries)])
					i++
				}
			})
		}
	}
}

func BenchmarkGlob(b *testing.B) {
	g := acl.Compile("*restart*web[0-9]")
	b.ReportAllocs()
	matched := false
	for b.Loop() {
		matched = g.Match("st2 linux restart role web7")
	}
	require.True(b, matched)
}
