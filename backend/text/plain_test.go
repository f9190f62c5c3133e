package text_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/backend/text"
)

// host is a Sink that hands messages to a function, which must call Done.
type host func(m *backend.Message)

func (host) Connected()                {}
func (h host) Receive(e backend.Event) { h(e.(*backend.Message)) }

// read returns the bodies that a backend on input passes on until Run returns.
func read(t *testing.T, input string, set ...func(*text.Backend)) []string {
	t.Helper()
	b := text.New(text.Options{In: strings.NewReader(input), Out: io.Discard, Log: slog.New(slog.DiscardHandler)})
	for _, set := range set {
		set(b)
	}
	var bodies []string
	err := b.Run(t.Context(), host(func(m *backend.Message) {
		bodies = append(bodies, m.Body)
		m.Done()
	}))
	require.ErrorIs(t, err, backend.ErrEnd)
	return bodies
}

func TestLines(t *testing.T) {
	for name, tt := range map[string]struct {
		input string
		want  []string
	}{
		"nothing":         {"", nil},
		"lines":           {"one\n two \n", []string{"one", " two "}},
		"no last newline": {"one\ntwo", []string{"one", "two"}},
		"blank lines":     {"\n\none\n  \n\ttwo\n\n", []string{"one", "\ttwo"}},
		"Windows":         {"\uFEFFone\r\ntwo\r\n", []string{"one", "two"}},
		"mark inside":     {"a\uFEFFb\n\uFEFFc", []string{"a\uFEFFb", "\uFEFFc"}},
		"invalid UTF-8":   {"a\xff\xfeb\n", []string{"a\uFFFDb"}},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, tt.want, read(t, tt.input)) })
	}
}

func TestMultiline(t *testing.T) {
	for name, tt := range map[string]struct {
		input string
		want  []string
	}{
		"up to an empty line": {"a\nb\n\nc\n\n\n\nd\n", []string{"a\nb", "c", "d"}},
		"Windows":             {"a\r\nb\r\n\r\nc", []string{"a\nb", "c"}},
		"blanks are a line":   {"a\n \nb\n", []string{"a\n \nb"}},
		"too long": {
			strings.Repeat(strings.Repeat("x", 1<<19)+"\n", 3) + "rest\n\nnext\n", []string{"next"},
		},
		"a line too long": {strings.Repeat("x", 1<<21) + "\nrest\n\nnext\n", []string{"next"}},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, tt.want, read(t, tt.input, func(b *text.Backend) { require.True(t, b.ToggleMultiline()) }))
		})
	}
	require.Equal(t, []string{"a", "b"}, read(t, "a\nb\n", func(b *text.Backend) {
		b.ToggleMultiline()
		require.False(t, b.ToggleMultiline())
	}))
}

func TestLongLineIsRefusedAndTheRestRead(t *testing.T) {
	long := strings.Repeat("x", 1<<20)
	require.Equal(t, []string{"a", long, "b"}, read(t, "a\n"+long+"\n"+long+"x\nb\n"))
	require.Equal(t, []string{"a"}, read(t, "a\n"+long+"xxx"), "at the end of the input")

	var log bytes.Buffer
	b := text.New(text.Options{
		In: strings.NewReader(long + "x"), Out: io.Discard, Log: slog.New(slog.NewTextHandler(&log, nil)),
	})
	require.ErrorIs(t, b.Run(t.Context(), nowhere()), backend.ErrEnd)
	require.Contains(t, log.String(), "longer than 1048576 bytes and was skipped")
}

// nowhere is a Sink that takes no message.
func nowhere() host { return func(m *backend.Message) { m.Done() } }

func TestNextLineWaitsForTheLast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := text.New(text.Options{In: strings.NewReader("!asuser bob\nhello\n"), Out: io.Discard})
		messages := make(chan *backend.Message, 10)
		ended := make(chan error)
		go func() { ended <- b.Run(t.Context(), host(func(m *backend.Message) { messages <- m })) }()

		synctest.Wait()
		require.Len(t, messages, 1, "the second line was passed on before the first had run its course")
		m := <-messages
		require.Equal(t, "@admin", m.From.ACL)
		b.AsUser("bob")
		m.Done()
		m.Done() // does no harm

		m = <-messages
		require.Equal(t, "hello", m.Body)
		require.Equal(t, "@bob", m.From.ACL)
		m.Done()
		require.ErrorIs(t, <-ended, backend.ErrEnd)
	})
}

func TestSendWorksAfterTheEndOfTheInput(t *testing.T) {
	var out bytes.Buffer
	b := text.New(text.Options{In: strings.NewReader("hello\n"), Out: &out})
	var ref backend.Ref
	err := b.Run(t.Context(), host(func(m *backend.Message) {
		ref = m.Ref
		m.Done()
	}))
	require.ErrorIs(t, err, backend.ErrEnd)
	_, err = b.Send(t.Context(), &backend.Message{Ref: ref, Body: "the **result**\n"})
	require.NoError(t, err)
	require.Equal(t, "the result\n", out.String())
	require.ErrorIs(t, b.Run(t.Context(), nowhere()), backend.ErrEnd, "the input is read once")
}

func TestCancelledRunLeavesNothingBehind(t *testing.T) { // as TestMain verifies
	pipe, _ := io.Pipe()
	file, _, err := os.Pipe()
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, file.Close()) })
	for name, in := range map[string]io.Reader{"io.Pipe": pipe, "os.Pipe": file} {
		t.Run(name, func(t *testing.T) {
			b := text.New(text.Options{In: in, Out: io.Discard})
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan error)
			go func() { ended <- b.Run(ctx, nowhere()) }()
			cancel()
			require.NoError(t, <-ended)
		})
	}
}

func TestCancelEndsTheWaitForACommand(t *testing.T) {
	b := text.New(text.Options{In: strings.NewReader("hang\n"), Out: io.Discard})
	ctx, cancel := context.WithCancel(t.Context())
	require.NoError(t, b.Run(ctx, host(func(*backend.Message) { cancel() })))
}

// broken is an output that nobody reads any more.
type broken struct{}

var errPipe = errors.New("broken pipe")

func (broken) Write([]byte) (int, error) { return 0, errPipe }

func TestBrokenOutputEndsRun(t *testing.T) {
	in, _ := io.Pipe()
	b := text.New(text.Options{In: in, Out: broken{}})
	connected := make(chan struct{})
	ended := make(chan error)
	go func() { ended <- b.Run(t.Context(), connecting(connected)) }()
	<-connected

	message := &backend.Message{Ref: backend.ToPerson(b.AsAdmin()), Body: "hello"}
	_, err := b.Send(t.Context(), message)
	require.ErrorIs(t, err, errPipe)
	err = <-ended
	require.ErrorIs(t, err, backend.ErrEnd)
	require.ErrorIs(t, err, errPipe)
	_, err = b.Send(t.Context(), message)
	require.ErrorIs(t, err, errPipe)
}

// connecting is a Sink that tells when the backend is connected.
type connecting chan struct{}

func (c connecting) Connected()          { close(c) }
func (connecting) Receive(backend.Event) {}

func TestSendWaitsItsTurnNoLongerThanItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shown, out := io.Pipe() // blocks until it is read
		b := text.New(text.Options{In: strings.NewReader(""), Out: out})
		ref := backend.ToPerson(b.AsAdmin())
		first := make(chan error)
		go func() {
			_, err := b.Send(t.Context(), &backend.Message{Ref: ref, Body: "first"})
			first <- err
		}()
		synctest.Wait()

		ctx, cancel := context.WithCancel(t.Context())
		second := make(chan error)
		go func() {
			_, err := b.Send(ctx, &backend.Message{Ref: ref, Body: "second"})
			second <- err
		}()
		synctest.Wait()
		cancel()
		require.ErrorIs(t, <-second, context.Canceled)

		line := make([]byte, 100)
		n, err := shown.Read(line)
		require.NoError(t, err)
		require.Equal(t, "first\n", string(line[:n]))
		require.NoError(t, <-first)
	})
}
