package xmpp

import (
	"context"
	"crypto/tls"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"

	mellium "mellium.im/xmpp"
	"mellium.im/xmpp/jid"
	"mellium.im/xmpp/stanza"

	"github.com/go-errbot/errbot/backend"
)

// login opens the stream on w: encryption, authentication, and a session, which is the one
// before when the server still has it. Until ctx ends.
func (b *Backend) login(ctx context.Context, w *wire) (*mellium.Session, *opening, error) {
	// The library's own way to end on ctx can be missed by a read that is under way.
	defer context.AfterFunc(ctx, func() { _ = w.Close() })()
	var transport io.ReadWriter = w
	state := mellium.SessionState(0)
	features := []mellium.StreamFeature{b.authentication()}
	switch b.options.Encryption {
	case StartTLS:
		features = append(features, mellium.StartTLS(b.options.TLS))
	case DirectTLS:
		config := b.options.TLS.Clone()
		config.NextProtos = []string{"xmpp-client"}
		encrypted := tls.Client(w, config)
		if err := encrypted.HandshakeContext(ctx); err != nil {
			return nil, nil, fmt.Errorf("connect with TLS: %w", err)
		}
		transport, state = encrypted, mellium.Secure
	case PlainText:
		state = mellium.Secure // as far as the library asks
	}
	o := &opening{backend: b, before: b.stream.resumable()}
	features = append(features, o.feature())
	account := b.options.account
	session, err := mellium.NewSession(ctx, account.Domain(), account.Bare(), transport, state,
		mellium.NewNegotiator(func(*mellium.Session, *mellium.StreamConfig) mellium.StreamConfig {
			return mellium.StreamConfig{Features: features}
		}))
	switch {
	case ctx.Err() != nil:
		return nil, nil, fmt.Errorf("log in: %w", context.Cause(ctx))
	case err != nil:
		return nil, nil, fmt.Errorf("log in: %w", err)
	case o.address == "" && !o.resumed:
		return nil, nil, errors.New("log in: the server does not let clients in")
	}
	return session, o, nil
}

// authentication is SASL, with errors that tell a refusal from a lost connection.
func (b *Backend) authentication() mellium.StreamFeature {
	feature := mellium.SASL("", b.options.Password.Reveal(), b.options.mechanisms...)
	negotiate := feature.Negotiate
	feature.Negotiate = func(ctx context.Context, s *mellium.Session, data any) (mellium.SessionState, io.ReadWriter, error) {
		if offered, ok := data.([]string); ok && !b.canUse(offered) {
			return 0, nil, fmt.Errorf("%w: the server offers only the SASL mechanisms %q", backend.ErrRefused, offered)
		}
		mask, rw, err := negotiate(ctx, s, data)
		if err != nil && isRefusal(err) {
			err = fmt.Errorf("%w: %s: %w", backend.ErrRefused, b.options.account.Bare(), err)
		}
		return mask, rw, err
	}
	return feature
}

func (b *Backend) canUse(offered []string) bool {
	for _, m := range b.options.mechanisms {
		if slices.Contains(offered, m.Name) {
			return true
		}
	}
	return false
}

// opening is how a connection begins.
type opening struct {
	backend *Backend
	before  resumption

	resumed bool
	address string // of the new session
	managed bool   // stanzas are counted
	id      string // by which the new session can be resumed
	handled *uint32
}

// The elements of stream management, as far as they are read.
type management struct {
	XMLName xml.Name
	ID      string `xml:"id,attr"`
	Resume  string `xml:"resume,attr"`
	H       string `xml:"h,attr"`
}

// feature is the last step of a login. It stands in place of the library's: that asks for
// no particular resource, and knows nothing of resuming.
func (o *opening) feature() mellium.StreamFeature {
	return mellium.StreamFeature{
		Name:       xml.Name{Space: "urn:ietf:params:xml:ns:xmpp-bind", Local: "bind"},
		Necessary:  mellium.Authn,
		Prohibited: mellium.Ready,
		Parse: func(_ context.Context, d *xml.Decoder, _ *xml.StartElement) (bool, any, error) {
			return true, nil, d.Skip()
		},
		Negotiate: func(_ context.Context, s *mellium.Session, _ any) (mellium.SessionState, io.ReadWriter, error) {
			tokens := s.TokenReader()
			defer func() { _ = tokens.Close() }()
			_, managed := s.Feature(nsManagement)
			return mellium.Ready, nil, o.open(s.Conn(), xml.NewTokenDecoder(tokens), managed)
		},
	}
}

// open resumes the session before, or begins a new one.
func (o *opening) open(w io.Writer, d *xml.Decoder, managed bool) error {
	if managed && o.before.id != "" {
		if err := o.resume(w, d); err != nil || o.resumed {
			return err
		}
	}
	if err := o.bind(w, d); err != nil || !managed {
		return err
	}
	return o.enable(w, d)
}

func (o *opening) resume(w io.Writer, d *xml.Decoder) error {
	if _, err := fmt.Fprintf(w, `<resume xmlns='%s' h='%d' previd='%s'/>`, nsManagement, o.before.handled, escape(o.before.id)); err != nil {
		return err
	}
	answer, err := next(d, "resumed", "failed")
	if err != nil {
		return fmt.Errorf("resume the session: %w", err)
	}
	if h, err := strconv.ParseUint(answer.H, 10, 32); err == nil {
		n := uint32(h)
		o.handled = &n
	}
	o.resumed = answer.XMLName.Local == "resumed"
	if o.resumed && o.handled == nil {
		return errors.New("resume the session: the server does not say what it has")
	}
	o.managed = true
	return nil
}

// bindID is the id of the question for an address.
const bindID = "bind"

func (o *opening) bind(w io.Writer, d *xml.Decoder) error {
	_, err := fmt.Fprintf(w, `<iq type='set' id='%s'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>%s</resource></bind></iq>`,
		bindID, escape(o.backend.resource))
	if err != nil {
		return err
	}
	for {
		start, err := nextStart(d)
		if err != nil {
			return fmt.Errorf("ask for an address: %w", err)
		}
		answer := struct {
			ID    string        `xml:"id,attr"`
			JID   string        `xml:"urn:ietf:params:xml:ns:xmpp-bind bind>jid"`
			Error *stanza.Error `xml:"error"`
		}{}
		if err := d.DecodeElement(&answer, &start); err != nil {
			return fmt.Errorf("ask for an address: %w", err)
		}
		switch {
		case answer.ID != bindID:
		case answer.Error != nil:
			return fmt.Errorf("ask for an address: %w", plainError(answer.Error))
		default:
			address, err := jid.Parse(answer.JID)
			if err != nil {
				return fmt.Errorf("ask for an address: %w", err)
			}
			o.address = address.String()
			return nil
		}
	}
}

func (o *opening) enable(w io.Writer, d *xml.Decoder) error {
	if _, err := fmt.Fprintf(w, `<enable xmlns='%s' resume='true'/>`, nsManagement); err != nil {
		return err
	}
	answer, err := next(d, "enabled", "failed")
	if err != nil {
		return fmt.Errorf("ask for stream management: %w", err)
	}
	o.managed = answer.XMLName.Local == "enabled"
	if o.managed && (answer.Resume == "true" || answer.Resume == "1") {
		o.id = answer.ID
	}
	return nil
}

// next returns the next element of stream management that has one of the names.
func next(d *xml.Decoder, names ...string) (management, error) {
	for {
		start, err := nextStart(d)
		if err != nil {
			return management{}, err
		}
		if start.Name.Space != nsManagement || !slices.Contains(names, start.Name.Local) {
			if err := d.Skip(); err != nil {
				return management{}, err
			}
			continue
		}
		var m management
		err = d.DecodeElement(&m, &start)
		return m, err
	}
}

// nextStart returns the beginning of the next element.
func nextStart(d *xml.Decoder) (xml.StartElement, error) {
	for {
		token, err := d.Token()
		if err != nil {
			return xml.StartElement{}, err
		}
		if start, ok := token.(xml.StartElement); ok {
			return start, nil
		}
	}
}
