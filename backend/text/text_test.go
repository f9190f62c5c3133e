package text_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/backend/text"
)

func TestSendShowsWhereAMessageGoes(t *testing.T) {
	alice, ops := backend.Person{ID: "alice", Address: "@alice"}, backend.Room{ID: "ops", Address: "#ops"}
	admin := backend.Person{ID: "admin", Address: "@admin"}
	for name, tt := range map[string]struct {
		room string
		m    backend.Message
		want string
	}{
		"here":                   {"", backend.Message{Ref: backend.ToPerson(admin), Body: "hi"}, "hi\n"},
		"in the same room":       {"ops", backend.Message{Ref: backend.ToRoom(ops), Body: "hi"}, "hi\n"},
		"in a room":              {"", backend.Message{Ref: backend.ToRoom(ops), Body: "hi"}, "[#ops] hi\n"},
		"in another room":        {"dev", backend.Message{Ref: backend.ToRoom(ops), Body: "hi"}, "[#ops] hi\n"},
		"to somebody else":       {"", backend.Message{Ref: backend.ToPerson(alice), Body: "hi"}, "[@alice] hi\n"},
		"in private from a room": {"ops", backend.Message{Ref: backend.ToPerson(admin), Body: "hi"}, "[@admin] hi\n"},
		"in a thread":            {"ops", backend.Message{Ref: backend.Ref{Room: &ops, Thread: "1"}, Body: "hi"}, "↳ hi\n"},
		"in a thread elsewhere":  {"", backend.Message{Ref: backend.Ref{Room: &ops, Thread: "1"}, Body: "hi"}, "[#ops] ↳ hi\n"},
		"several lines":          {"", backend.Message{Ref: backend.ToRoom(ops), Body: "a\nb"}, "[#ops]\na\nb\n"},
		"markup":                 {"", backend.Message{Ref: backend.ToPerson(admin), Body: "**a** `b`\n\n"}, "a b\n"},
		"plain":                  {"", backend.Message{Ref: backend.ToPerson(admin), Body: "**a**\n", Plain: true}, "**a**\n"},
		"escape sequences":       {"", backend.Message{Ref: backend.ToPerson(admin), Body: "\x1b[2Ja\x07", Plain: true}, "a\n"},
		"nothing":                {"", backend.Message{Ref: backend.ToPerson(admin)}, "\n"},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			b := text.New(text.Options{In: strings.NewReader(""), Out: &out})
			if tt.room != "" {
				b.InRoom(tt.room)
			}
			_, err := b.Send(t.Context(), &tt.m)
			require.NoError(t, err)
			require.Equal(t, tt.want, out.String())
		})
	}
}

func TestWhoTalksAndWhere(t *testing.T) {
	b := text.New(text.Options{In: strings.NewReader("1\n2\n3\n4\n5\n"), Out: io.Discard, Admin: "@boss"})
	steps := map[string]func(){
		"1": func() { require.Equal(t, "@bob", b.AsUser("bob").Address) },
		"2": func() { require.Equal(t, "#ops", b.InRoom("#ops").Address) },
		"3": func() { require.Equal(t, "@boss", b.AsAdmin().Address) },
		"4": b.InPerson,
		"5": func() {},
	}
	var got []string
	require.ErrorIs(t, b.Run(t.Context(), host(func(m *backend.Message) {
		got = append(got, fmt.Sprintf("%s in %s as %s", m.From, m.Ref, m.From.ACL))
		steps[m.Body]()
		m.Done()
	})), backend.ErrEnd)
	require.Equal(t, []string{
		"@boss in @boss as @boss",
		"@bob in @bob as @bob",
		"@bob in #ops as @bob", // access rules see the same name in a room
		"@boss in #ops as @boss",
		"@boss in @boss as @boss",
	}, got)
}

func TestNamesThatArePartlyOfNoUse(t *testing.T) {
	b := text.New(text.Options{In: strings.NewReader(""), Out: io.Discard})
	for typed, want := range map[string]string{
		"": "@luser", "  ": "@luser", "@": "@luser", "bob": "@bob", "@@bob": "@bob", " bob ": "@bob",
		"bob the\tbuilder": "@bobthebuilder", "b\x1b[1mob": "@b[1mob", "a/b#c@d": "@abcd", "\xff": "@luser",
		"jürgen": "@jürgen", strings.Repeat("é", 100): "@" + strings.Repeat("é", 64),
	} {
		require.Equal(t, want, b.AsUser(typed).Address, "%q", typed)
	}
	require.Equal(t, "#testroom", b.InRoom("").Address)
	require.Equal(t, "#ops", b.InRoom("##ops").Address)
}

func TestAdminIsAPerson(t *testing.T) {
	for admin, want := range map[string]string{
		"": "@admin", "@boss": "@boss", "boss": "@boss", "*": "@admin", "@adm?n": "@admin", "@[ab]": "@admin", "a b": "@admin",
	} {
		b := text.New(text.Options{In: strings.NewReader(""), Out: io.Discard, Admin: admin})
		require.Equal(t, want, b.AsAdmin().Address, "%q", admin)
	}
}

func TestResolve(t *testing.T) {
	b := text.New(text.Options{In: strings.NewReader(""), Out: io.Discard, Username: "robot"})
	require.Equal(t, "@robot", b.Self().Address)
	for address, want := range map[string]string{"@alice": "@alice", "#ops": "#ops", "#ops/alice": "@alice", "@robot": "@robot"} {
		ref, err := b.Resolve(t.Context(), address)
		require.NoError(t, err, address)
		require.Equal(t, want, ref.String())
	}
	for _, address := range []string{"", "alice", "@", "#", "@a b", "#a b", "#/a", "#a/", "@a@b", "a@b", "#a/b/c", "@" + strings.Repeat("x", 65)} {
		_, err := b.Resolve(t.Context(), address)
		require.ErrorIs(t, err, backend.ErrUnknown, address)
		require.ErrorContains(t, err, "is none of @name, #room and #room/name")
	}
}

func TestMentions(t *testing.T) {
	b := text.New(text.Options{In: strings.NewReader("@errbot ask @alice, and @bob: a@b @ @#x\n"), Out: io.Discard})
	var got []string
	require.ErrorIs(t, b.Run(t.Context(), host(func(m *backend.Message) {
		for _, p := range m.Mentions {
			got = append(got, p.Address)
		}
		m.Done()
	})), backend.ErrEnd)
	require.Equal(t, []string{"@errbot", "@alice", "@bob"}, got)
}

func FuzzRun(f *testing.F) {
	for _, seed := range []string{"", "a\nb\r\n\nc", "\uFEFF\xff\n\n@a @b", strings.Repeat("x", 70_000)} {
		f.Add([]byte(seed), false)
		f.Add([]byte(seed), true)
	}
	f.Fuzz(func(t *testing.T, input []byte, multiline bool) {
		b := text.New(text.Options{In: bytes.NewReader(input), Out: io.Discard})
		if multiline {
			b.ToggleMultiline()
		}
		err := b.Run(t.Context(), host(func(m *backend.Message) {
			defer m.Done()
			if !utf8.ValidString(m.Body) || strings.TrimSpace(m.Body) == "" || !multiline && strings.Contains(m.Body, "\n") {
				t.Errorf("bad body %q", m.Body)
			}
			for _, p := range m.Mentions {
				if again, err := b.Resolve(t.Context(), p.Address); err != nil || *again.Person != p {
					t.Errorf("%v resolves to %v, %v", p, again, err)
				}
			}
		}))
		require.ErrorIs(t, err, backend.ErrEnd)
	})
}

func BenchmarkMessageAndAnswer(b *testing.B) {
	in, typed := io.Pipe()
	bot := text.New(text.Options{In: in, Out: io.Discard})
	answered := make(chan struct{})
	ended := make(chan error)
	go func() {
		ended <- bot.Run(context.Background(), host(func(m *backend.Message) {
			_, _ = bot.Send(context.Background(), &backend.Message{Ref: m.Ref, Body: m.Body})
			m.Done()
			answered <- struct{}{}
		}))
	}()
	b.ReportAllocs()
	for b.Loop() {
		_, _ = io.WriteString(typed, "!echo hello\n")
		<-answered
	}
	_ = typed.Close()
	require.ErrorIs(b, <-ended, backend.ErrEnd)
}

func Example() {
	bot := text.New(text.Options{In: strings.NewReader("hello\n"), Out: os.Stdout})
	err := bot.Run(context.Background(), host(func(m *backend.Message) {
		_, _ = bot.Send(context.Background(), &backend.Message{Ref: m.Ref, Body: "**hello**, " + m.From.Nick})
		m.Done()
	}))
	fmt.Println(err)
	// Output:
	// hello, admin
	// text: the input ended: end of the conversation
}

func TestLogWriterLeavesFilesAlone(t *testing.T) {
	var log bytes.Buffer
	require.Same(t, &log, text.New(text.Options{}).LogWriter(&log))
}
