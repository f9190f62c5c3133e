package matrix

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"

	"github.com/go-errbot/errbot/backend"
)

// pageSize is how many events of one room the server is asked for at once.
const pageSize = 100

var errLost = errors.New("the connection has been lost")

// stream asks the server for news, on one connection of its own.
type stream struct {
	b         *Backend
	cli       *mautrix.Client
	http      *http.Client
	transport *http.Transport
	one       *oneConnection
	filter    string
}

// oneConnection is a transport that makes one connection, and another one only after the
// server has announced that it closes the first. Without it Go's client would replace a lost
// connection by itself, and the host would never know of it.
type oneConnection struct {
	*http.Transport
	mayDial atomic.Bool
	clock   atomic.Int64 // the server's time, less ours, as a [time.Duration]
}

// RoundTrip implements [http.RoundTripper].
func (t *oneConnection) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := t.Transport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	if resp.Close {
		t.mayDial.Store(true)
	}
	if now, err := http.ParseTime(resp.Header.Get("Date")); err == nil {
		t.clock.Store(int64(time.Until(now).Truncate(inexact)))
	}
	return resp, nil
}

// inexact is how well the header tells the server's time: it has whole seconds.
const inexact = 2 * time.Second

func (b *Backend) newStream(cli *mautrix.Client) *stream {
	transport := b.transport.Clone()
	transport.MaxConnsPerHost = 1
	transport.IdleConnTimeout = 0
	one := &oneConnection{Transport: transport}
	one.mayDial.Store(true)
	dialer := net.Dialer{Timeout: 30 * time.Second, KeepAlive: 30 * time.Second}
	transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		if !one.mayDial.Swap(false) {
			return nil, errLost
		}
		return dialer.DialContext(ctx, network, address)
	}
	return &stream{b: b, cli: cli, transport: transport, one: one, http: b.http(one, 0), filter: filter(pageSize)}
}

func (s *stream) close() { s.transport.CloseIdleConnections() }

// filter says what the server is to tell: of members only those who say something, and
// nobody's receipts and typing.
func filter(limit int) string {
	none := &mautrix.FilterPart{NotTypes: []event.Type{{Type: "*"}}}
	text, _ := json.Marshal(&mautrix.Filter{
		AccountData: &mautrix.FilterPart{Types: []event.Type{event.AccountDataDirectChats}},
		Room: &mautrix.RoomFilter{
			AccountData: none,
			Ephemeral:   none,
			State:       &mautrix.FilterPart{LazyLoadMembers: true},
			Timeline:    &mautrix.FilterPart{Limit: limit, LazyLoadMembers: true},
		},
	})
	return string(text)
}

// next returns what has happened since the token, and waits for it for so long. The empty
// token asks for all that is.
func (s *stream) next(ctx context.Context, since string, wait time.Duration) (*mautrix.RespSync, error) {
	patience := 2 * s.b.options.Timeout
	if since == "" || wait == 0 {
		patience = max(patience, callTimeout) // there may be much to collect
	}
	ctx, cancel := context.WithTimeoutCause(ctx, patience, errors.New("the server is silent"))
	defer cancel()
	var news *mautrix.RespSync
	err := patiently(ctx, func() (err error) {
		news, err = s.cli.FullSyncRequest(ctx, mautrix.ReqSync{
			Timeout:     int(wait.Milliseconds()),
			Since:       since,
			FilterID:    s.filter,
			SetPresence: s.b.wantedPresence(),
			Client:      s.http,
		})
		return check("wait for news", err)
	})
	switch {
	case err == nil:
		s.b.clock = time.Duration(s.one.clock.Load())
		return news, nil
	case errors.Is(err, mautrix.MUnknownToken) && s.b.options.Token != "":
		return nil, fmt.Errorf("%w: %w", backend.ErrRefused, cause(err))
	case context.Cause(ctx) != nil:
		return nil, fmt.Errorf("matrix: wait for news: %w", context.Cause(ctx))
	}
	return nil, err
}
