package irc_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// password is that of those servers that have one.
const password = "open-sesame"

// witness is an IRC client of its own, independent of the code under test.
type witness struct {
	t      testing.TB
	nick   string
	wire   net.Conn
	lines  chan string // all but PING, as they came
	reader sync.WaitGroup
	pings  int
}

// dialWitness connects a person, to a server that may have a password.
func dialWitness(t testing.TB, address, nick string, password ...string) *witness {
	wire, err := net.Dial("tcp", address)
	require.NoError(t, err)
	w := &witness{t: t, nick: nick, wire: wire, lines: make(chan string, 100_000)}
	w.reader.Go(w.read)
	t.Cleanup(w.close)
	for _, p := range password {
		w.raw("PASS " + p)
	}
	w.raw("NICK " + nick)
	w.raw("USER " + nick + " 0 * :a person")
	w.until(" 001 ")
	w.until(" 376 ")
	return w
}

func (w *witness) close() {
	_ = w.wire.Close()
	w.reader.Wait()
}

func (w *witness) read() {
	defer close(w.lines)
	for in := bufio.NewScanner(w.wire); in.Scan(); {
		line := strings.TrimSuffix(in.Text(), "\r")
		if token, ok := strings.CutPrefix(line, "PING "); ok {
			_, _ = io.WriteString(w.wire, "PONG "+token+"\r\n")
			continue
		}
		w.lines <- line
	}
}

func (w *witness) raw(line string) {
	_, err := io.WriteString(w.wire, line+"\r\n")
	require.NoError(w.t, err)
}

// next returns the next line that holds part, leaving out the others.
func (w *witness) next(ctx context.Context, part string) (string, error) {
	for {
		select {
		case line, ok := <-w.lines:
			if !ok {
				return "", io.EOF
			}
			if strings.Contains(line, part) {
				return line, nil
			}
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}
}

func (w *witness) until(part string) string {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	line, err := w.next(ctx, part)
	require.NoError(w.t, err, "%s waited for %q", w.nick, part)
	return line
}

// sync waits until the server has handled what the person has said.
func (w *witness) sync() {
	w.t.Helper()
	w.pings++
	token := fmt.Sprintf("sync%d", w.pings)
	w.raw("PING :" + token)
	w.until(token)
}

func (w *witness) join(room string) {
	w.raw("JOIN " + room)
	w.sync()
}

func (w *witness) say(target, text string) { w.raw("PRIVMSG " + target + " :" + text) }

// text returns what is said in a line that w got, and where.
func text(line string) (target, body string) {
	_, rest, _ := strings.Cut(line, " PRIVMSG ")
	target, body, _ = strings.Cut(rest, " ")
	return target, strings.TrimPrefix(body, ":")
}

// relay passes bytes on between the bot and the server, and can cut them off.
type relay struct {
	listener net.Listener
	to       string
	limited  atomic.Bool // the next message is one too many
	tasks    sync.WaitGroup

	mu    sync.Mutex
	conns []net.Conn
}

func newRelay(t testing.TB, to string) *relay {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	r := &relay{listener: l, to: to}
	r.tasks.Go(r.accept)
	t.Cleanup(func() {
		_ = l.Close()
		r.cut()
		r.tasks.Wait()
	})
	return r
}

func (r *relay) port() int { return r.listener.Addr().(*net.TCPAddr).Port }

func (r *relay) accept() {
	for {
		in, err := r.listener.Accept()
		if err != nil {
			return
		}
		out, err := net.Dial("tcp", r.to)
		if err != nil {
			_ = in.Close()
			continue
		}
		r.mu.Lock()
		r.conns = append(r.conns, in, out)
		r.mu.Unlock()
		r.tasks.Go(func() {
			_, _ = io.Copy(in, out)
			_ = in.Close()
		})
		r.tasks.Go(func() {
			r.forward(in, out)
			_ = out.Close()
		})
	}
}

// forward brings the bot's lines to the server, but for one that is to be refused as
// networks refuse who is too fast.
func (r *relay) forward(in, out net.Conn) {
	for lines := bufio.NewReader(in); ; {
		line, err := lines.ReadString('\n')
		if strings.HasPrefix(line, "PRIVMSG ") && r.limited.CompareAndSwap(true, false) {
			_, _ = io.WriteString(in, ":irc.test.local 263 bot PRIVMSG :This command is rate-limited.\r\n")
			continue
		}
		if _, failed := io.WriteString(out, line); failed != nil || err != nil {
			return
		}
	}
}

// cut ends all connections at once.
func (r *relay) cut() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range r.conns {
		_ = c.Close()
	}
	r.conns = nil
}
