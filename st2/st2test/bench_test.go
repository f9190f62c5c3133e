package st2test_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/go-errbot/errbot/st2/st2test"
)

// BenchmarkMatch matches a command against 100 aliases, the request included.
func BenchmarkMatch(b *testing.B) {
	srv := st2test.NewServer()
	defer srv.Close()
	for n := range 96 {
		srv.AddAlias(st2test.Alias{
			Pack: "bench", Name: fmt.Sprintf("a%d", n), ActionRef: "core.noop",
			Formats: []st2test.Format{{Text: fmt.Sprintf("command%d {{app}} to {{env=prod}}", n)}},
		})
	}
	token := srv.Token("st2admin", 0)
	b.ReportAllocs()
	for b.Loop() {
		r := httptest.NewRequest(http.MethodPost, "/api/v1/actionalias/match", strings.NewReader(`{"command":"command50 web to stage"}`))
		r.Header.Set("X-Auth-Token", token)
		w := httptest.NewRecorder()
		srv.ServeHTTP(w, r)
		if w.Code != http.StatusOK {
			b.Fatal(w.Body)
		}
	}
}

// BenchmarkAnnounce stores announcements that no stream waits for.
func BenchmarkAnnounce(b *testing.B) {
	srv := st2test.NewServer()
	defer srv.Close()
	payload := map[string]any{"message": "m", "channel": "c", "user": "u"}
	b.ReportAllocs()
	for b.Loop() {
		srv.Announce("errbot", payload)
	}
}
