package xmpp_test

import (
	"context"
	"encoding/base64"
	"encoding/xml"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/backend/internal/quickack"
)

// witness is an XMPP client of its own, independent of the code under test: it writes text and
// reads elements.
type witness struct {
	t       testing.TB
	s       *server
	name    string
	wire    net.Conn
	in      *xml.Decoder
	stanzas chan element
	reader  sync.WaitGroup
	ids     int
	last    string // id of what was said last
	public  string // id of what was said last in a room, until the room has shown it
	shown   chan string
}

// element is any element, as a tree.
type element struct {
	XMLName  xml.Name
	Attrs    []xml.Attr `xml:",any,attr"`
	Text     string     `xml:",chardata"`
	Children []element  `xml:",any"`
}

func (e element) attr(name string) string {
	for _, a := range e.Attrs {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// child returns the first child with a name, and whether there is one.
func (e element) child(name string) (element, bool) {
	for _, c := range e.Children {
		if c.XMLName.Local == name {
			return c, true
		}
	}
	return element{}, false
}

func (e element) text(name string) string {
	c, _ := e.child(name)
	return c.Text
}

// acknowledging confirms at once what was read; otherwise the servers wait 40 ms.
type acknowledging struct{ net.Conn }

func (a acknowledging) Read(p []byte) (int, error) {
	n, err := a.Conn.Read(p)
	quickack.Acknowledge(a.Conn)
	return n, err
}

// register makes an account.
func register(t testing.TB, s *server, name string) {
	w := open(t, s, name)
	defer w.wire.Close()
	w.raw(fmt.Sprintf("<iq type='set' id='r'><query xmlns='jabber:iq:register'><username>%s</username><password>secret</password></query></iq>", name))
	answer := w.next()
	require.Equal(t, "result", answer.attr("type"), "%v", answer)
}

// dialWitness connects a person, whose account is made.
func dialWitness(t testing.TB, s *server, name string) *witness {
	register(t, s, name)
	return login(t, s, name, "phone")
}

// login connects a device of an account.
func login(t testing.TB, s *server, name, resource string) *witness {
	w := open(t, s, name)
	w.raw("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>" +
		base64.StdEncoding.EncodeToString([]byte("\x00"+name+"\x00secret")) + "</auth>")
	require.Equal(t, "success", w.next().XMLName.Local)
	w.begin()
	w.raw("<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>" + resource + "</resource></bind></iq>")
	require.Equal(t, "result", w.next().attr("type"))
	w.stanzas, w.shown = make(chan element, 100_000), make(chan string, 100_000)
	w.reader.Go(w.read)
	w.raw("<presence/>")
	w.sync()
	return w
}

// open opens a stream, up to its features.
func open(t testing.TB, s *server, name string) *witness {
	c, err := net.Dial("tcp", s.address())
	require.NoError(t, err)
	w := &witness{t: t, s: s, name: name, wire: acknowledging{c}}
	t.Cleanup(w.close)
	w.begin()
	return w
}

func (w *witness) begin() {
	w.in = xml.NewDecoder(w.wire)
	w.raw("<stream:stream to='" + w.s.domain + "' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>")
	for {
		token, err := w.in.Token()
		require.NoError(w.t, err)
		if start, ok := token.(xml.StartElement); ok && start.Name.Local == "stream" {
			break
		}
	}
	require.Equal(w.t, "features", w.next().XMLName.Local)
}

func (w *witness) close() {
	_ = w.wire.Close()
	w.reader.Wait()
}

func (w *witness) raw(text string) {
	_, err := io.WriteString(w.wire, text)
	require.NoError(w.t, err)
}

// next reads the next element.
func (w *witness) next() element {
	e, err := w.element()
	require.NoError(w.t, err)
	return e
}

func (w *witness) element() (element, error) {
	for {
		token, err := w.in.Token()
		if err != nil {
			return element{}, err
		}
		if start, ok := token.(xml.StartElement); ok {
			var e element
			err := w.in.DecodeElement(&e, &start)
			return e, err
		}
	}
}

func (w *witness) read() {
	defer close(w.stanzas)
	for {
		e, err := w.element()
		if err != nil {
			return
		}
		if e.attr("type") == "groupchat" && strings.HasPrefix(e.attr("id"), w.name+"-") {
			w.shown <- e.attr("id")
		}
		w.stanzas <- e
	}
}

// await returns the next stanza that fits, leaving out the others.
func (w *witness) await(ctx context.Context, fits func(e element) bool) (element, error) {
	for {
		select {
		case e, ok := <-w.stanzas:
			if !ok {
				return element{}, io.EOF
			}
			if fits(e) {
				return e, nil
			}
		case <-ctx.Done():
			return element{}, ctx.Err()
		}
	}
}

// until is await for what must come.
func (w *witness) until(fits func(e element) bool) element {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	e, err := w.await(ctx, fits)
	require.NoError(w.t, err, "%s waited", w.name)
	return e
}

// ask asks a question and returns the answer.
func (w *witness) ask(kind, to, content string) element {
	w.t.Helper()
	w.ids++
	id := fmt.Sprintf("ask%d", w.ids)
	address := ""
	if to != "" {
		address = " to='" + to + "'"
	}
	w.raw(fmt.Sprintf("<iq type='%s' id='%s'%s>%s</iq>", kind, id, address, content))
	return w.until(func(e element) bool { return e.XMLName.Local == "iq" && e.attr("id") == id })
}

// sync waits until the server has handled what the person has said.
func (w *witness) sync() {
	w.t.Helper()
	w.ask("get", w.s.domain, "<ping xmlns='urn:xmpp:ping'/>")
}

func (w *witness) bare() string { return w.name + "@" + w.s.domain }

// join enters a room under the person's name.
func (w *witness) join(room string) {
	w.t.Helper()
	w.raw("<presence to='" + room + "/" + w.name + "'><x xmlns='http://jabber.org/protocol/muc'><history maxstanzas='0'/></x></presence>")
	w.until(func(e element) bool {
		return e.XMLName.Local == "presence" && strings.HasPrefix(e.attr("from"), room+"/"+w.name)
	})
}

// create makes a room in which everybody may do everything, and real addresses are shown.
func (w *witness) create(room string, options ...string) {
	w.t.Helper()
	w.join(room)
	fields := "<field var='FORM_TYPE'><value>http://jabber.org/protocol/muc#roomconfig</value></field>" +
		"<field var='muc#roomconfig_changesubject'><value>1</value></field>"
	if len(options) == 0 {
		options = []string{"muc#roomconfig_whois=anyone"}
	}
	for _, o := range options {
		name, value, _ := strings.Cut(o, "=")
		fields += "<field var='" + name + "'><value>" + value + "</value></field>"
	}
	answer := w.ask("set", room, "<query xmlns='http://jabber.org/protocol/muc#owner'><x xmlns='jabber:x:data' type='submit'>"+fields+"</x></query>")
	require.Equal(w.t, "result", answer.attr("type"), "%+v", answer)
}

// say says something, with what else is in the message.
func (w *witness) say(to, text string, more ...string) {
	w.ids++
	w.last = fmt.Sprintf("%s-%d", w.name, w.ids)
	kind := "chat"
	if strings.Contains(to, "@conference.") && !strings.Contains(to, "/") {
		kind, w.public = "groupchat", w.last
	}
	for w.public != "" && kind == "chat" { // rooms are slower than people
		if receive(w.t, w.shown) == w.public {
			w.public = ""
		}
	}
	body := ""
	if text != "" {
		body = "<body>" + escape(text) + "</body>"
	}
	w.raw(fmt.Sprintf("<message type='%s' to='%s' id='%s'>%s%s</message>", kind, to, w.last, body, strings.Join(more, "")))
}

func escape(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(text))
	return b.String()
}

// said reports whether e is a message with a body from an address.
func said(from string) func(e element) bool {
	return func(e element) bool {
		_, has := e.child("body")
		_, late := e.child("delay")
		return e.XMLName.Local == "message" && has && !late && strings.HasPrefix(e.attr("from"), from)
	}
}
