package st2_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-errbot/errbot/bot"
	"github.com/go-errbot/errbot/bot/bottest"
	"github.com/go-errbot/errbot/bot/store"
	"github.com/go-errbot/errbot/st2"
	"github.com/go-errbot/errbot/st2/st2test"
)

// bubble is a bot and a StackStorm in memory, whose time is that of a synctest bubble: what takes
// minutes takes none, and happens in the same way every time.
type bubble struct {
	t       *testing.T
	srv     *st2test.Server
	chat    *bottest.Chat
	storage kept
	auth    string // of the bot's configuration
}

// kept is a storage that outlives the bots that use it.
type kept struct{ store.Storage }

// Close implements [store.Storage].
func (kept) Close() error { return nil }

// inBubble runs a test with a StackStorm; the bot is started by [bubble.start].
func inBubble(t *testing.T, test func(b *bubble), options ...st2test.Option) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		b := &bubble{t: t, storage: kept{store.NewMemory()}, auth: passwordAuth}
		b.srv = newStackStorm(t, append(options, st2test.InMemory())...)
		test(b)
	})
}

// start starts a bot with what the last one has stored.
func (b *bubble) start(options ...bottest.Option) {
	b.t.Helper()
	transport := b.srv.Transport()
	b.t.Cleanup(transport.CloseIdleConnections)
	options = append(options, configured(b.t, section(b.srv, b.auth)), bottest.WithOptions(bot.WithStorage(b.storage)))
	b.chat = bottest.NewWith(b.t, options, st2.Over(st2.New(), transport))
}

// announce announces a text to #ops.
func (b *bubble) announce(text string) {
	b.srv.Announce("errbot", payload{"channel": "#ops", "message": text})
}

// greet gives the command greet in #work.
func (b *bubble) greet(name string) { b.chat.As("@alice").In("#work").Say("!st2 greet " + name) }

// pass lets time go by.
func (b *bubble) pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// settle lets enough time go by for everything to be said that is to be said.
func (b *bubble) settle() { b.pass(4 * time.Minute) }

// heard takes what the bot has said in a room, where it begins with prefix.
func (b *bubble) heard(room, prefix string) []string {
	var texts []string
	for _, m := range b.chat.In(room).Drain() {
		if strings.HasPrefix(m.Body, prefix) {
			texts = append(texts, m.Body)
		}
	}
	return texts
}

// texts returns a text for each number below n.
func texts(n int, format string) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf(format, i)
	}
	return all
}
