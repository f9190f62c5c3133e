package client_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-errbot/errbot/st2/client"
	"github.com/stretchr/testify/require"
)

func TestStreamAsRecorded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := script(saysAndStays(string(recorded(t, "stream.35s.events-announcement-errbot").body())))
		l := listen(t, memory(t, key, s), client.StreamOptions{Events: []string{"st2.announcement__errbot", "st2.actionalias__*"}})
		synctest.Wait()
		got := l.end(t)
		require.Equal(t, []string{"succeeded core.local hello from the stream True #ops"}, got.messages)
		require.Equal(t, []client.Phase{client.Connecting, client.Connected}, got.phases())
		require.Equal(t, time.Now(), got.last().Since)

		r := s.requests()[0]
		require.Equal(t, streamPath, r.path)
		require.Equal(t, "events=st2.announcement__errbot%2Cst2.actionalias__%2A", r.query)
		require.Equal(t, "identity", r.header.Get("Accept-Encoding"))
		require.Equal(t, "KEY-SECRET", r.header.Get("St2-Api-Key"), "not in the URL, which proxies log")
	})
}

func TestStreamOfAliasEvents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := listen(t, memory(t, key, script(saysAndStays(string(recorded(t, "stream.35s.alias-events").body())))), client.StreamOptions{})
		synctest.Wait()
		got := l.end(t)
		var names []string
		for _, e := range got.events {
			names = append(names, e.Name)
			var alias client.Alias
			require.NoError(t, json.Unmarshal(e.Data, &alias))
			require.Equal(t, "demo", alias.Pack)
		}
		require.Equal(t, []string{"st2.actionalias__update", "st2.actionalias__create", "st2.actionalias__delete"}, names)
	})
}

// The first line end tells that StackStorm listens for us; the header alone does not.
func TestConnectedOnlyAfterTheFirstByte(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		speak := make(chan struct{})
		l := listen(t, memory(t, key, script(func(w http.ResponseWriter, r *http.Request) {
			begin(w)
			write(w, "")
			<-speak
			write(w, "\n")
			<-r.Context().Done()
		})), client.StreamOptions{})
		synctest.Wait()
		got := l.so()
		require.Equal(t, []client.Phase{client.Connecting}, got.phases())
		close(speak)
		synctest.Wait()
		got = l.end(t)
		require.Equal(t, []client.Phase{client.Connecting, client.Connected}, got.phases())
	})
}

func TestEventCutIntoTwoAtEveryByte(t *testing.T) {
	whole := "\n" + announce("é☃𝄞 first") + announce("second")
	synctest.Test(t, func(t *testing.T) {
		for i := 1; i < len(whole); i++ {
			c := memory(t, key, script(func(w http.ResponseWriter, r *http.Request) {
				begin(w)
				write(w, whole[:i])
				hold(time.Second)
				write(w, whole[i:])
				<-r.Context().Done()
			}))
			l := listen(t, c, client.StreamOptions{})
			pass(2 * time.Second)
			got := l.end(t)
			require.Equal(t, []string{"é☃𝄞 first", "second"}, got.messages, "cut at %d", i)
			require.Len(t, got.states, 2)
			c.Close()
		}
	})
}

// An event that a cut connection leaves unfinished is not delivered, and the next
// connection starts afresh.
func TestStreamEndsAtEveryByte(t *testing.T) {
	first, second := announce("first"), announce("second")
	whole := "\n" + first + second
	synctest.Test(t, func(t *testing.T) {
		for i := range len(whole) + 1 {
			c := memory(t, key, script(says(whole[:i]), saysAndStays("\n"+announce("third"))))
			l := listen(t, c, client.StreamOptions{})
			pass(5 * time.Second)
			want := []string{"third"}
			if i == len(whole) {
				want = []string{"first", "second", "third"}
			} else if i >= 1+len(first) {
				want = []string{"first", "third"}
			}
			got := l.end(t)
			require.Equal(t, want, got.messages, "ended at %d", i)
			require.Equal(t, client.Connected, got.last().Phase)
			c.Close()
		}
	})
}

func TestLongEvent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		long := strings.Repeat("0123456789abcdef", 1<<16) // 1 MiB
		l := listen(t, memory(t, key, script(saysAndStays("\n"+announce(long)+announce("next")))), client.StreamOptions{})
		synctest.Wait()
		got := l.end(t)
		require.Equal(t, []string{long, "next"}, got.messages)
	})
}

func TestEventBeyondTheBound(t *testing.T) {
	for _, tc := range []struct {
		name, text string
		bound      int
	}{
		{"in one line", "data: " + strings.Repeat("x", 2000), 1000},
		{"in several lines", strings.Repeat("data: xxxxxxxx\n", 200), 1000},
		{"in too many lines", strings.Repeat("data\n", 20_000), 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := script(saysAndStays("\n"+announce("before")+tc.text), saysAndStays("\n"+announce("after")))
				l := listen(t, memory(t, key, s), client.StreamOptions{MaxEvent: tc.bound})
				pass(5 * time.Second)
				got := l.end(t)
				require.Equal(t, []string{"before", "after"}, got.messages)
				require.Len(t, got.skipped, 1)
				require.ErrorIs(t, got.skipped[0], client.ErrEventTooLarge)
				require.Equal(t, client.Connected, got.last().Phase)
			})
		})
	}
}

// Many small events are no large one.
func TestBoundIsPerEvent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		text := "\n" + strings.Repeat(announce("x"), 500) + strings.Repeat("\n", 20_000) +
			strings.ReplaceAll(announce("with carriage returns"), "\n", "\r\n") + announce("end")
		l := listen(t, memory(t, key, script(saysAndStays(text))), client.StreamOptions{MaxEvent: 200})
		synctest.Wait()
		got := l.end(t)
		require.Len(t, got.messages, 502)
		require.Empty(t, got.skipped)
	})
}

func TestMalformedEventIsSkipped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := script(saysAndStays("\n" + announce("one") +
			"event: st2.announcement__errbot\ndata: {\"payload\":\n\n" +
			"event: st2.announcement__errbot\n\n" +
			"nonsense\n\n" + ": a comment\n\n" + announce("two")))
		l := listen(t, memory(t, key, s), client.StreamOptions{})
		synctest.Wait()
		got := l.end(t)
		require.Equal(t, []string{"one", "two"}, got.messages)
		require.Len(t, got.skipped, 2)
		require.ErrorContains(t, got.skipped[0], `event "st2.announcement__errbot": its 11 bytes are not JSON`)
		require.Len(t, s.requests(), 1, "the connection stays")
	})
}

func TestEventTheHandlerRefuses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := script(saysAndStays("\n" + announce("one") + announce("two")))
		refusal := errors.New("not for me")
		l := listen(t, memory(t, key, s), client.StreamOptions{}, func(client.Event) error { return refusal })
		synctest.Wait()
		got := l.end(t)
		require.Equal(t, []string{"one", "two"}, got.messages)
		require.Len(t, got.skipped, 2)
		require.ErrorIs(t, got.skipped[0], refusal)
		require.Len(t, s.requests(), 1)
	})
}

// Over real sockets: order and completeness of many events.
func TestStreamOfManyEvents(t *testing.T) {
	const n = 5000
	var text strings.Builder
	text.WriteString("\n")
	for i := range n {
		text.WriteString(announce(fmt.Sprint(i)))
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	c := serve(t, key, script(saysAndStays(text.String())))
	next := 0
	err := c.Stream(ctx, client.StreamOptions{}, func(e client.Event) error {
		a, err := client.DecodeAnnouncement(e)
		require.NoError(t, err)
		require.Equal(t, fmt.Sprint(next), a.Message)
		if next++; next == n {
			cancel()
		}
		return nil
	})
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, n, next)
}

func FuzzStream(f *testing.F) {
	f.Add([]byte("\n"+announce("x")), 3)
	f.Add([]byte("retry: 1000\n\n"), 0)
	f.Add([]byte("\r\nevent: a\r\ndata: {}\r\n\r\n: c\n\nid: 1\n\n"), 7)
	f.Add([]byte("data: [1\ndata: ,2]\n\n\n\n\xff\xfe"), 1)
	f.Fuzz(func(t *testing.T, text []byte, cut int) {
		cut = min(max(cut, 0), len(text))
		synctest.Test(t, func(t *testing.T) {
			s := script(func(w http.ResponseWriter, _ *http.Request) {
				begin(w)
				write(w, string(text[:cut]))
				write(w, string(text[cut:]))
				panic(http.ErrAbortHandler)
			}, saysAndStays("\n"+announce("the end")))
			l := listen(t, memory(t, key, s), client.StreamOptions{MaxEvent: 512})
			pass(5 * time.Minute)
			got := l.end(t)
			for _, e := range got.events {
				require.True(t, json.Valid(e.Data))
				require.LessOrEqual(t, len(e.Data), 512)
			}
			require.NotEmpty(t, got.messages, "whatever came before, the next connection works")
			require.Equal(t, "the end", got.messages[len(got.messages)-1])
		})
	})
}
