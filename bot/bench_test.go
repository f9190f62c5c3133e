package bot_test

import (
	"fmt"
	"testing"

	"github.com/go-errbot/errbot/acl"
	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/bot"
	"github.com/go-errbot/errbot/bot/bottest"
)

// manyRules makes as many access rules as the peers' measurement has: none of them is about
// the command that is measured.
func manyRules(n int) bottest.Option {
	return bottest.WithConfig(func(cfg *bot.Config) {
		for i := range n {
			cfg.AccessControls = append(cfg.AccessControls, acl.PatternRule{
				Pattern: fmt.Sprintf("team%03d_cmd*", i),
				Rule:    acl.Rule{AllowUsers: []string{"*@localhost", fmt.Sprintf("u%d", i)}},
			})
		}
	})
}

// BenchmarkDispatch is a trivial command's way from the network to the answer on the
// network, with many of them under way.
func BenchmarkDispatch(b *testing.B) {
	for _, rules := range []int{0, 100, 1000} {
		b.Run(fmt.Sprintf("%drules", rules), func(b *testing.B) {
			chat := bottest.NewWith(b, []bottest.Option{manyRules(rules)}, &dummy{})
			from := bottest.Person("noterr")
			at := backend.ToPerson(from)
			answers := chat.Mail(at.Place())
			window := make(chan struct{}, 1000)
			read := make(chan struct{})
			b.ReportAllocs()
			b.ResetTimer()
			go func() {
				defer close(read)
				for range b.N {
					<-answers
					<-window
				}
			}()
			for range b.N {
				window <- struct{}{}
				chat.Deliver(&backend.Message{Ref: at, From: from, Body: "!return_args_as_str hi"})
			}
			<-read
		})
	}
}

// BenchmarkTyping is a command's way on a network that can show that the bot is typing, and
// on one that cannot.
func BenchmarkTyping(b *testing.B) {
	plain := bottest.NewNetwork()
	typing := &gesturing{Network: bottest.NewNetwork(), done: make(chan string, 10)}
	for _, network := range []struct {
		name string
		chat backend.Backend
		*bottest.Network
	}{{"none", plain, plain}, {"typer", typing, typing.Network}} {
		b.Run(network.name, func(b *testing.B) {
			startOn(b, network.chat, &dummy{})
			<-network.Up()
			from := bottest.Person("noterr")
			at := backend.ToPerson(from)
			answers := network.Mail(at.Place())
			b.ReportAllocs()
			for b.Loop() {
				network.Deliver(&backend.Message{Ref: at, From: from, Body: "!return_args_as_str hi"})
				<-answers
			}
		})
	}
}

// BenchmarkRoundTrip is a command's way with one command at a time.
func BenchmarkRoundTrip(b *testing.B) {
	chat := bottest.NewWith(b, []bottest.Option{manyRules(100)}, &dummy{})
	from := bottest.Person("noterr")
	at := backend.ToPerson(from)
	answers := chat.Mail(at.Place())
	b.ReportAllocs()
	for b.Loop() {
		chat.Deliver(&backend.Message{Ref: at, From: from, Body: "!return_args_as_str hi"})
		<-answers
	}
}
