package xmpp

import (
	"context"
	"encoding/xml"
	"log/slog"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/backend"
)

// The numbers of stanzas begin again at 0 after 2^32; what the server confirms may not be more
// than it was sent.
func TestStreamCountsAround(t *testing.T) {
	s := stream{confirmed: math.MaxUint32 - 1, echoes: map[string]*outgoing{}}
	var all []*outgoing
	for range 4 {
		x := newOutgoing("", "", nil)
		require.NoError(t, s.take(x))
		all = append(all, x)
	}
	require.NoError(t, s.confirm(1))
	for i, x := range all {
		require.Equal(t, i < 3, isClosed(x.done), "stanza %d", i)
	}
	require.Error(t, s.confirm(3))
	require.Error(t, s.confirm(0))
	require.NoError(t, s.confirm(2))
}

// A server that does not have the session any more, but says what it had got, decides what is
// to be sent again.
func TestStreamAfterALostSession(t *testing.T) {
	var s stream
	s.begin(&opening{id: "1", managed: true})
	private, public, rest := newOutgoing("1", "a@b", nil), newOutgoing("2", "r@c", nil), newOutgoing("3", "a@b", nil)
	public.echo = "2"
	for _, x := range []*outgoing{private, public, rest} {
		require.NoError(t, s.take(x))
	}
	s.pause()
	require.Equal(t, resumption{id: "1"}, s.resumable())
	got := uint32(2)
	s.begin(&opening{handled: &got})
	require.NoError(t, private.err)
	require.ErrorIs(t, public.err, errInDoubt, "the server has it; nobody knows whether the room has")
	var again *backend.RetryableError
	require.ErrorAs(t, rest.err, &again)
}

// What strangers know of an id does not make them speak for whom a message went to.
func TestOnlyTheReceiverRefuses(t *testing.T) {
	s := stream{echoes: map[string]*outgoing{}}
	x := newOutgoing("1", "room@rooms", nil)
	x.echo = "1"
	require.NoError(t, s.take(x))
	s.reflected("1", "mallory@example.com/x")
	require.False(t, s.refused("1", "mallory@example.com", errNotIn))
	require.False(t, isClosed(x.done))
	s.reflected("1", "room@rooms/bot")
	require.True(t, isClosed(x.done))
}

type nobody struct{}

func (nobody) Connected()            {}
func (nobody) Receive(backend.Event) {}

// FuzzStanzas has anything arrive from the server.
func FuzzStanzas(f *testing.F) {
	for _, s := range []string{
		`<message from='a@b/c' type='chat' id='1'><body>hi</body><delay xmlns='urn:xmpp:delay' stamp='x'/></message>`,
		`<message from='ops@rooms/alice' type='groupchat' id='1'><body>robot: x</body><reference xmlns='urn:xmpp:reference:0' type='mention' begin='x' uri='xmpp:%zz'/></message>`,
		`<message from='ops@rooms/alice' type='groupchat'><reactions xmlns='urn:xmpp:reactions:0' id='1'><reaction>👍</reaction></reactions></message>`,
		`<message from='ops@rooms' type='groupchat'><subject/></message>`,
		`<message from='ops@rooms' type='error' id='1'><error type='cancel'><gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>`,
		`<presence from='ops@rooms/alice'><x xmlns='http://jabber.org/protocol/muc#user'><item jid='a@b/c' nick='x'/><status code='303'/></x></presence>`,
		`<presence from='ops@rooms/robot' type='unavailable'><x xmlns='http://jabber.org/protocol/muc#user'><status code='110'/><status code='301'/></x></presence>`,
		`<iq type='get' id='1' from='a@b'><query xmlns='http://jabber.org/protocol/disco#info'/></iq><r xmlns='urn:xmpp:sm:3'/><a xmlns='urn:xmpp:sm:3' h='0'/>`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		b, err := New(Options{Username: "bot@example.com", Password: "x", Nick: "robot", RejoinDelay: -1, Log: slog.New(slog.DiscardHandler)})
		require.NoError(t, err)
		c := &conn{Backend: b, events: nobody{}, wake: make(chan struct{}, 1), pending: map[string]chan *iq{}}
		c.life, c.end = context.WithCancel(t.Context())
		c.early.live = true
		b.want("ops@rooms", "robot", "", true)
		b.enters("ops@rooms", "robot", &roomExt{Statuses: []roomStatus{{statusSelf}}}, shown{})
		d := xml.NewDecoder(strings.NewReader("<stream xmlns='jabber:client'>" + text))
		_, err = d.Token()
		require.NoError(t, err)
		for err == nil {
			var start xml.StartElement
			if start, err = nextStart(d); err == nil {
				err = c.element(d, &start)
			}
		}
		_, _ = c.compose(true)
		c.end()
	})
}

// FuzzXHTML makes sure that no text ends the stream, or brings elements that XEP-0071 does not
// know.
func FuzzXHTML(f *testing.F) {
	for _, s := range []string{"**a** <b>x</b> `c` & d", "# t\n- a\n  1. b\n\n> q\n```go\nx < y\n```", "[a](javascript:x) ![i](u) <http://x>", "a  \nb\\\n\x00\uffff&nbsp;"} {
		f.Add(s)
	}
	known := map[string]bool{
		"p": true, "strong": true, "em": true, "code": true, "pre": true, "ul": true, "ol": true, "li": true, "a": true,
		"img": true, "br": true, "blockquote": true, "h1": true, "h2": true, "h3": true, "h4": true, "h5": true, "h6": true,
	}
	f.Fuzz(func(t *testing.T, text string) {
		h := xhtml(text)
		if h == nil {
			return
		}
		data, err := xml.Marshal(&message{HTML: h})
		require.NoError(t, err)
		d, depth := xml.NewDecoder(strings.NewReader(string(data))), 0
		for token, err := d.Token(); token != nil; token, err = d.Token() {
			require.NoError(t, err)
			switch e := token.(type) {
			case xml.StartElement:
				if depth++; depth > 3 { // message, html, body
					require.True(t, known[e.Name.Local], e.Name.Local)
					for _, a := range e.Attr {
						require.NotContains(t, strings.ToLower(a.Value), "javascript:")
					}
				}
			case xml.EndElement:
				depth--
			}
		}
		require.Zero(t, depth)
	})
}
