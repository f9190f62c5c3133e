package xmpp

import (
	"encoding/xml"

	"mellium.im/xmpp/stanza"
)

// Namespaces that are written or compared by hand; the others stand in the tags below.
const (
	nsClient     = "jabber:client"
	nsManagement = "urn:xmpp:sm:3"
	nsPing       = "urn:xmpp:ping"
	nsVersion    = "jabber:iq:version"
	nsDisco      = "http://jabber.org/protocol/disco#info"
	nsMUC        = "http://jabber.org/protocol/muc"
	nsUpload     = "urn:xmpp:http:upload:0"
	nsCorrect    = "urn:xmpp:message-correct:0"
	nsReactions  = "urn:xmpp:reactions:0"
	nsChatStates = "http://jabber.org/protocol/chatstates"
)

// empty is an element whose presence says it all.
type empty struct{}

// message is a <message/>, in both directions. What a stranger may send is text: nothing in
// it can make decoding fail but bad XML.
type message struct {
	XMLName xml.Name `xml:"message"`
	Type    string   `xml:"type,attr,omitempty"`
	ID      string   `xml:"id,attr,omitempty"`
	From    string   `xml:"from,attr,omitempty"`
	To      string   `xml:"to,attr,omitempty"`

	Subject *string       `xml:"subject"`
	Body    []string      `xml:"body"`
	Thread  string        `xml:"thread,omitempty"`
	Error   *stanza.Error `xml:"error"`

	HTML       *html       `xml:"http://jabber.org/protocol/xhtml-im html"`
	Delays     []delay     `xml:"urn:xmpp:delay delay"`
	Replace    *reference  `xml:"urn:xmpp:message-correct:0 replace"`
	Files      []oob       `xml:"jabber:x:oob x"`
	Reactions  *reactions  `xml:"urn:xmpp:reactions:0 reactions"`
	StanzaIDs  []stanzaID  `xml:"urn:xmpp:sid:0 stanza-id"`
	References []mention   `xml:"urn:xmpp:reference:0 reference"`
	Room       *roomExt    `xml:"http://jabber.org/protocol/muc#user x"`
	Invitation *invitation `xml:"jabber:x:conference x"`

	Composing *empty `xml:"http://jabber.org/protocol/chatstates composing"`
	Active    *empty `xml:"http://jabber.org/protocol/chatstates active"`
	Unstyled  *empty `xml:"urn:xmpp:styling:0 unstyled"`
	NoStore   *empty `xml:"urn:xmpp:hints no-store"`
	Store     *empty `xml:"urn:xmpp:hints store"`
}

// html is formatted text (XEP-0071).
type html struct {
	Body struct {
		XMLName xml.Name `xml:"http://www.w3.org/1999/xhtml body"`
		Inner   string   `xml:",innerxml"`
	}
}

// delay tells when something was said, and who says so (XEP-0203).
type delay struct {
	From  string `xml:"from,attr"`
	Stamp string `xml:"stamp,attr"`
}

// reference names a message by its id.
type reference struct {
	ID string `xml:"id,attr"`
}

// oob is the address of a file (XEP-0066).
type oob struct {
	URL  string `xml:"url"`
	Text string `xml:"desc,omitempty"`
}

// reactions are all that somebody has put on a message (XEP-0444).
type reactions struct {
	ID    string   `xml:"id,attr"`
	Emoji []string `xml:"reaction"`
}

// stanzaID is the id that a room or a server gives to a message (XEP-0359).
type stanzaID struct {
	ID string `xml:"id,attr"`
	By string `xml:"by,attr"`
}

// mention says where in a body somebody is addressed, in characters (XEP-0372).
type mention struct {
	Type  string `xml:"type,attr"`
	URI   string `xml:"uri,attr"`
	Begin int    `xml:"begin,attr"`
	End   int    `xml:"end,attr"`
}

// UnmarshalXML leaves positions out, which strangers may have written in any way.
func (m *mention) UnmarshalXML(d *xml.Decoder, start xml.StartElement) error {
	for _, a := range start.Attr {
		switch a.Name.Local {
		case "type":
			m.Type = a.Value
		case "uri":
			m.URI = a.Value
		}
	}
	return d.Skip()
}

// invitation asks somebody into a room, past the room (XEP-0249).
type invitation struct {
	Room     string `xml:"jid,attr"`
	Password string `xml:"password,attr,omitempty"`
	Reason   string `xml:"reason,attr,omitempty"`
}

// roomExt is what a room adds to messages and presence (XEP-0045).
type roomExt struct {
	Items    []roomItem   `xml:"item"`
	Statuses []roomStatus `xml:"status"`
	Invite   *invite      `xml:"invite"`
	Password string       `xml:"password,omitempty"`
	Destroy  *empty       `xml:"destroy"`
}

type roomItem struct {
	JID   string `xml:"jid,attr"`
	Nick  string `xml:"nick,attr"`
	Actor struct {
		JID  string `xml:"jid,attr"`
		Nick string `xml:"nick,attr"`
	} `xml:"actor"`
	Reason string `xml:"reason"`
}

type roomStatus struct {
	Code string `xml:"code,attr"`
}

type invite struct {
	From   string `xml:"from,attr,omitempty"`
	To     string `xml:"to,attr,omitempty"`
	Reason string `xml:"reason,omitempty"`
}

// has reports whether a room's status code is there.
func (x *roomExt) has(code string) bool {
	for _, s := range x.Statuses {
		if s.Code == code {
			return true
		}
	}
	return false
}

// item returns the only item; the zero one when there is none.
func (x *roomExt) item() roomItem {
	if len(x.Items) == 0 {
		return roomItem{}
	}
	return x.Items[0]
}

// presence is a <presence/>, in both directions.
type presence struct {
	XMLName xml.Name      `xml:"presence"`
	Type    string        `xml:"type,attr,omitempty"`
	ID      string        `xml:"id,attr,omitempty"`
	From    string        `xml:"from,attr,omitempty"`
	To      string        `xml:"to,attr,omitempty"`
	Show    string        `xml:"show,omitempty"`
	Status  string        `xml:"status,omitempty"`
	Error   *stanza.Error `xml:"error"`
	Enter   *enter        `xml:"http://jabber.org/protocol/muc x"`
	Room    *roomExt      `xml:"http://jabber.org/protocol/muc#user x"`
}

// enter asks to be let into a room.
type enter struct {
	Password string  `xml:"password,omitempty"`
	History  history `xml:"history"`
}

type history struct {
	Stanzas int `xml:"maxstanzas,attr"`
}

// iq is an <iq/>, in both directions: a question or its answer.
type iq struct {
	XMLName xml.Name      `xml:"iq"`
	Type    string        `xml:"type,attr"`
	ID      string        `xml:"id,attr"`
	From    string        `xml:"from,attr,omitempty"`
	To      string        `xml:"to,attr,omitempty"`
	Error   *stanza.Error `xml:"error"`

	Ping    *empty         `xml:"urn:xmpp:ping ping"`
	Version *version       `xml:"jabber:iq:version query"`
	Info    *discoInfo     `xml:"http://jabber.org/protocol/disco#info query"`
	Items   *discoItems    `xml:"http://jabber.org/protocol/disco#items query"`
	Upload  *uploadRequest `xml:"urn:xmpp:http:upload:0 request"`
	Slot    *uploadSlot    `xml:"urn:xmpp:http:upload:0 slot"`
	Owner   *roomOwner     `xml:"http://jabber.org/protocol/muc#owner query"`
}

type version struct {
	Name    string `xml:"name"`
	Version string `xml:"version"`
}

// discoInfo says what something is and what it can (XEP-0030).
type discoInfo struct {
	Node       string          `xml:"node,attr,omitempty"`
	Identities []discoIdentity `xml:"identity"`
	Features   []discoFeature  `xml:"feature"`
	Forms      []form          `xml:"jabber:x:data x"`
}

type discoIdentity struct {
	Category string `xml:"category,attr"`
	Type     string `xml:"type,attr"`
	Name     string `xml:"name,attr,omitempty"`
}

type discoFeature struct {
	Var string `xml:"var,attr"`
}

// discoItems are the services of a server.
type discoItems struct {
	Items []struct {
		JID string `xml:"jid,attr"`
	} `xml:"item"`
}

// form is a form (XEP-0004), filled in or to be submitted empty.
type form struct {
	XMLName xml.Name    `xml:"jabber:x:data x"`
	Type    string      `xml:"type,attr"`
	Fields  []formField `xml:"field"`
}

type formField struct {
	Var    string   `xml:"var,attr"`
	Values []string `xml:"value"`
}

// roomOwner takes the configuration of a new room as it is.
type roomOwner struct {
	Form form
}

// uploadRequest asks for a place for a file (XEP-0363).
type uploadRequest struct {
	Name string `xml:"filename,attr"`
	Size int    `xml:"size,attr"`
	Type string `xml:"content-type,attr,omitempty"`
}

type uploadSlot struct {
	Put struct {
		URL     string         `xml:"url,attr"`
		Headers []uploadHeader `xml:"header"`
	} `xml:"put"`
	Get struct {
		URL string `xml:"url,attr"`
	} `xml:"get"`
}

type uploadHeader struct {
	Name  string `xml:"name,attr"`
	Value string `xml:",chardata"`
}
