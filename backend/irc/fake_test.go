package irc_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/backend/irc"
)

// fake is a server that does what the test says, for what real servers do not do on demand.
// Unless the test takes over, it answers PING, USERHOST and JOIN by itself.
type fake struct {
	dialled chan net.Conn
	wire    net.Conn
	lines   chan string // what the bot says, but for PING and USERHOST
	mute    chan struct{}
	reader  sync.WaitGroup
}

func newFake(t testing.TB) *fake {
	f := &fake{dialled: make(chan net.Conn, 1)}
	t.Cleanup(func() {
		if f.wire != nil {
			_ = f.wire.Close()
		}
		f.reader.Wait()
	})
	return f
}

// bot returns a bot that connects to f.
func (f *fake) bot(t testing.TB, options irc.Options) *irc.Backend {
	options.Server = "irc.test.local"
	if options.Nick == "" {
		options.Nick = "bot"
	}
	options.Dial = func(ctx context.Context, _, _ string) (net.Conn, error) {
		mine, its := net.Pipe()
		select {
		case f.dialled <- mine:
			return its, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	if options.ChannelRate == 0 {
		options.ChannelRate, options.PrivateRate = -1, -1
	}
	b, err := irc.New(options)
	require.NoError(t, err)
	return b
}

// accept takes the bot's next connection.
func (f *fake) accept(t testing.TB) {
	f.reader.Wait()
	select {
	case f.wire = <-f.dialled:
	case <-time.After(patience):
		require.FailNow(t, "the bot does not connect")
	}
	f.lines, f.mute = make(chan string, 10_000), make(chan struct{})
	wire, lines, mute := f.wire, f.lines, f.mute
	f.reader.Go(func() {
		defer close(lines)
		for in := bufio.NewScanner(wire); in.Scan(); {
			line := in.Text()
			if strings.HasPrefix(line, "QUIT ") {
				_ = wire.Close()
				return
			}
			select {
			case <-mute:
				lines <- line
				continue
			default:
			}
			if token, ok := strings.CutPrefix(line, "PING "); ok {
				_, _ = io.WriteString(wire, ":irc.test.local PONG irc.test.local "+token+"\r\n")
			} else if nick, ok := strings.CutPrefix(line, "USERHOST "); ok {
				f.userHost(wire, nick)
			} else {
				if join, ok := strings.CutPrefix(line, "JOIN "); ok {
					room, _, _ := strings.Cut(join, " ")
					_, _ = io.WriteString(wire, ":bot!bot@home JOIN "+room+"\r\n:irc.test.local 353 bot = "+room+" :@bot @alice +bob\r\n")
				}
				lines <- line
			}
		}
	})
}

func (f *fake) userHost(wire io.Writer, nick string) {
	answer := ""
	if nick != "nobody" {
		answer = nick + "=+" + nick[:3] + "@home"
	}
	_, _ = io.WriteString(wire, ":irc.test.local 302 bot :"+answer+"\r\n")
}

// takeOver makes f answer nothing by itself any more.
func (f *fake) takeOver() { close(f.mute) }

// put says a line as it is.
func (f *fake) put(t testing.TB, lines ...string) {
	t.Helper()
	_, err := io.WriteString(f.wire, strings.Join(lines, "\r\n")+"\r\n")
	require.NoError(t, err)
}

// expect waits for a line of the bot's that begins with start.
func (f *fake) expect(t testing.TB, start string) string {
	t.Helper()
	for {
		select {
		case line, ok := <-f.lines:
			require.True(t, ok, "the bot hung up; expected %q", start)
			if strings.HasPrefix(line, start) {
				return line
			}
		case <-time.After(patience):
			require.FailNow(t, "the bot did not say "+start)
		}
	}
}

// welcome lets the bot in.
func (f *fake) welcome(t testing.TB) {
	f.put(t, ":irc.test.local CAP * LS :server-time batch", "")
	f.expect(t, "CAP REQ")
	f.put(t, ":irc.test.local CAP bot ACK :server-time batch")
	f.expect(t, "CAP END")
	f.admitted(t, "bot")
}

func (f *fake) admitted(t testing.TB, nick string) {
	f.put(t, ":irc.test.local 001 "+nick+" :Welcome",
		":irc.test.local 005 "+nick+" CASEMAPPING=ascii CHANTYPES=# STATUSMSG=@+ :are supported by this server",
		":irc.test.local 422 "+nick+" :MOTD File is missing")
}

// admit runs the bot and lets it in.
func (f *fake) admit(t testing.TB, bot *irc.Backend) *host {
	t.Helper()
	h := begin(t, bot)
	f.accept(t)
	f.expect(t, "USER ")
	f.welcome(t)
	h.awaitConnected()
	return h
}
