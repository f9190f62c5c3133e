package xmpp

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"strings"
	"time"

	"mellium.im/xmpp/stanza"

	"github.com/go-errbot/errbot/backend"
)

// askTimeout is how long an answer may take.
const askTimeout = 30 * time.Second

// ask asks a question, by which q's kind and content are given, and returns the answer. A
// *[backend.RetryableError] says that the connection ended.
func (c *conn) ask(ctx context.Context, q *iq) (*iq, error) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	q.ID = newID()
	data, err := xml.Marshal(q)
	if err != nil {
		return nil, err
	}
	answer := make(chan *iq, 1)
	id := q.ID + " " + q.To
	c.await(id, answer)
	defer c.await(id, nil)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := c.say(newOutgoing("", "", data)); err != nil {
		return nil, err
	}
	select {
	case a := <-answer:
		if a.Type == "error" {
			if err := plainError(a.Error); err != nil {
				return nil, err
			}
			return nil, errors.New("refused without a reason")
		}
		return a, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("no answer: %w", ctx.Err())
	case <-c.closed:
		return nil, notTaken()
	}
}

// await makes the answer called id go to a channel; to none when that is nil.
func (c *conn) await(id string, answer chan *iq) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if answer == nil {
		delete(c.pending, id)
		return
	}
	c.pending[id] = answer
}

// iq handles a question, or an answer. Only the reader calls it.
func (c *conn) iq(q *iq) {
	switch q.Type {
	case "get", "set":
		c.tell(c.reply(q))
	default:
		if number, ok := strings.CutPrefix(q.ID, confirmID); ok && c.isServer(q.From) {
			if err := c.confirmed(number); err != nil {
				c.options.Log.Warn("xmpp: an answer nobody asked for", "error", err)
			}
			return
		}
		c.mu.Lock()
		answer := c.pending[q.ID+" "+q.From]
		delete(c.pending, q.ID+" "+q.From)
		c.mu.Unlock()
		if answer != nil {
			answer <- q
		}
	}
}

// isServer reports whether an address is the account's server, which also answers in the
// account's name.
func (c *conn) isServer(address string) bool {
	return address == "" || address == c.options.account.Domainpart() || c.isSelf(address)
}

// reply answers a question.
func (c *conn) reply(q *iq) *iq {
	a := &iq{Type: "result", ID: q.ID, To: q.From}
	switch {
	case q.Ping != nil:
	case q.Version != nil && c.options.Version != "":
		name, number, _ := strings.Cut(c.options.Version, " ")
		a.Version = &version{Name: name, Version: number}
	case q.Info != nil && q.Info.Node == "":
		a.Info = &discoInfo{Identities: []discoIdentity{{Category: "client", Type: "bot", Name: c.options.Nick}}}
		for _, feature := range features() {
			a.Info.Features = append(a.Info.Features, discoFeature{feature})
		}
	default:
		a.Type = "error"
		a.Error = &stanza.Error{Type: stanza.Cancel, Condition: stanza.ServiceUnavailable}
	}
	return a
}

// features is what the bot understands, as others are told.
func features() []string {
	return []string{nsDisco, nsPing, nsVersion, nsMUC, nsCorrect, nsReactions, nsChatStates, "urn:xmpp:delay", "jabber:x:oob", "jabber:x:conference"}
}

// services are what domains and rooms have told of themselves.
type services struct {
	rooms  *cache[bool]   // by domain: whether it has rooms
	upload *cache[upload] // by domain: where files go
}

func newServices() *services {
	return &services{rooms: newCache[bool](), upload: newCache[upload]()}
}

// info asks what something is.
func (c *conn) info(ctx context.Context, address string) (*discoInfo, error) {
	a, err := c.ask(ctx, &iq{Type: "get", To: address, Info: &discoInfo{}})
	if err != nil {
		return nil, err
	}
	if a.Info == nil {
		return nil, errors.New("an answer without content")
	}
	return a.Info, nil
}

// hasRooms reports whether a domain has rooms.
func (c *conn) hasRooms(ctx context.Context, domain string) (bool, error) {
	if has, known := c.services.rooms.get(domain); known {
		return has, nil
	}
	info, err := c.info(ctx, domain)
	var refused *refusal
	switch {
	case errors.Is(err, backend.ErrUnknown):
		return false, err
	case errors.As(err, &refused): // it is there, and tells nothing
		return false, nil
	case err != nil:
		return false, err
	}
	has := false
	for _, identity := range info.Identities {
		has = has || identity.Category == "conference"
	}
	has = has && info.has(nsMUC)
	c.services.rooms.put(domain, has)
	return has, nil
}

func (i *discoInfo) has(feature string) bool {
	for _, f := range i.Features {
		if f.Var == feature {
			return true
		}
	}
	return false
}
