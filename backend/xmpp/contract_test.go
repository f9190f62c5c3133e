package xmpp_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/backend/backendtest"
	"github.com/go-errbot/errbot/backend/chattest"
	"github.com/go-errbot/errbot/backend/xmpp"
)

func TestContract(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		backendtest.Run(t, func(t testing.TB) backendtest.Network { return newScene(t, s).network() })
	})
}

// TestConversation has a person talk with a whole bot, and ends the server in the middle.
func TestConversation(t *testing.T) {
	for name, start := range starters {
		t.Run(name, func(t *testing.T) {
			s := start(t)
			t.Cleanup(func() {
				s.stop()
				_ = os.RemoveAll(s.dir)
			})
			c := newScene(t, s)
			c.bot.rooms = nil // the host joins them
			n := c.network()
			n.Restart = func() { c.restart() }
			chattest.Run(t, n)
		})
	}
}

// restart ends the server and starts it again. It returns when the person is back.
func (c *scene) restart() {
	c.s.quit(c.t)
	c.s.start(c.t)
	c.alice = login(c.t, c.s, c.alice.name, "phone")
	c.alice.join(c.room)
}

// scene is a server with a bot, a person, and a room with both.
type scene struct {
	t     testing.TB
	s     *server
	bot   *inRooms
	alice *witness
	room  string
	empty string
	wire  *relay
	own   string // the bot's account
}

func newScene(t testing.TB, s *server) *scene {
	c := &scene{t: t, s: s, room: fresh("ops") + "@" + s.rooms(), empty: fresh("empty") + "@" + s.rooms(), own: fresh("bot")}
	c.alice = dialWitness(t, s, fresh("alice"))
	c.alice.create(c.room)
	c.wire = newRelay(t, s.address())
	o := s.options(t, c.own)
	o.Server = fmt.Sprintf("127.0.0.1:%d", c.wire.port())
	c.bot = &inRooms{Backend: newBot(t, o), rooms: []string{c.room, c.empty}}
	return c
}

// inRooms is a bot that tells the host of a connection when it is in its rooms.
type inRooms struct {
	*xmpp.Backend
	rooms []string
}

func (b *inRooms) Run(ctx context.Context, events backend.Sink) error {
	var joining sync.WaitGroup
	defer joining.Wait()
	return b.Backend.Run(ctx, &afterJoin{Sink: events, join: func() {
		joining.Go(func() {
			for _, room := range b.rooms {
				if err := b.Join(ctx, room, "", ""); err != nil {
					return
				}
			}
			events.Connected()
		})
	}})
}

type afterJoin struct {
	backend.Sink
	join func()
}

func (a *afterJoin) Connected() { a.join() }

func (c *scene) network() backendtest.Network {
	refused := c.s.options(c.t, fresh("other"))
	refused.Password = "wrong"
	return backendtest.Network{
		Backend: c.bot,
		Person:  c.alice.bare(),
		Room:    c.room,
		Unknown: "nosuchroom@" + c.s.rooms(),
		Refused: newBot(c.t, refused),
		Say:     func(room, text string) { c.alice.say(c.to(room), text) },
		Heard: func(ctx context.Context, room string) (string, error) {
			e, err := c.alice.await(ctx, c.saidIn(room))
			return e.text("body"), err
		},
		Cut:        c.wire.cut,
		Echo:       c.echo,
		SayDelayed: c.sayDelayed,
		Change: func(text string) {
			first := c.alice.last
			c.alice.say(c.room, text, "<replace xmlns='urn:xmpp:message-correct:0' id='"+first+"'/>")
		},
		HeardChange: func(ctx context.Context) (string, error) {
			e, err := c.alice.await(ctx, func(e element) bool { _, ok := e.child("replace"); return ok })
			return e.text("body"), err
		},
		Answer: func(to backend.Ref, text string) { c.alice.say(c.room, text, "<thread>"+threadOf(to)+"</thread>") },
		HeardAnswer: func(ctx context.Context, to backend.Ref) (string, error) {
			e, err := c.alice.await(ctx, func(e element) bool { return e.text("thread") == threadOf(to) && c.saidIn(c.room)(e) })
			return e.text("body"), err
		},
		SayFile:       c.sayFile,
		HeardFile:     c.heardFile,
		React:         c.react,
		HeardReaction: c.heardReaction,
		Appear:        c.appear,
		SeenAs:        c.seenAs,
		Walk: func(in bool) {
			if in {
				c.alice.join(c.room)
				return
			}
			c.alice.raw("<presence type='unavailable' to='" + c.room + "/" + c.alice.name + "'/>")
		},
		Empty: c.empty,
		Invited: func(ctx context.Context) error {
			_, err := c.alice.await(ctx, func(e element) bool {
				x, _ := e.child("x")
				_, asked := x.child("invite")
				return asked && strings.HasPrefix(e.attr("from"), c.empty)
			})
			return err
		},
		Cannot: []backendtest.Feature{
			// Clients show somebody as addressed when the nick stands in the text; nothing
			// on the wire says so.
			backendtest.Mentions,
			// Servers slow a fast bot down by reading later, and refuse nothing.
			backendtest.RateLimits,
		},
	}
}

// to returns where the person speaks.
func (c *scene) to(room string) string {
	if room == "" {
		return c.own + "@" + c.s.domain
	}
	return room
}

// saidIn reports whether the bot says something in a room, or in private. Which nick it has
// in rooms is the host's choice.
func (c *scene) saidIn(room string) func(e element) bool {
	from := c.own + "@" + c.s.domain
	if room != "" {
		from = room
	}
	return func(e element) bool {
		return said(from+"/")(e) && e.attr("from") != room+"/"+c.alice.name
	}
}

func threadOf(to backend.Ref) string {
	if to.Thread != "" {
		return to.Thread
	}
	return to.ID
}

// echo makes another device of the bot's account speak.
func (c *scene) echo(text string) {
	w := login(c.t, c.s, c.own, "elsewhere")
	w.raw("<presence to='" + c.room + "/elsewhere'><x xmlns='http://jabber.org/protocol/muc'/></presence>")
	w.say(c.room, text)
	w.until(func(e element) bool { return e.text("body") == text })
}

// sayDelayed speaks while the bot is not in the room.
func (c *scene) sayDelayed(text string) {
	require.NoError(c.t, c.bot.Leave(c.t.Context(), c.room, ""))
	c.alice.say(c.room, text)
	c.alice.until(func(e element) bool { return e.text("body") == text })
	require.NoError(c.t, c.bot.Join(c.t.Context(), c.room, "", ""))
}

// sayFile gives a file to the server, as clients do, and says its address.
func (c *scene) sayFile(name string, content []byte) {
	to := "upload." + c.s.domain
	slot := c.alice.ask("get", to, fmt.Sprintf("<request xmlns='urn:xmpp:http:upload:0' filename='%s' size='%d'/>", name, len(content)))
	answer, _ := slot.child("slot")
	put, _ := answer.child("put")
	get, _ := answer.child("get")
	request, err := http.NewRequestWithContext(c.t.Context(), http.MethodPut, put.attr("url"), strings.NewReader(string(content)))
	require.NoError(c.t, err)
	for _, h := range put.Children {
		request.Header.Set(h.attr("name"), h.Text)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Do(request)
	require.NoError(c.t, err)
	require.NoError(c.t, response.Body.Close())
	require.Equal(c.t, http.StatusCreated, response.StatusCode)
	c.alice.say(c.room, get.attr("url"), "<x xmlns='jabber:x:oob'><url>"+get.attr("url")+"</url></x>")
}

// heardFile is called before the text beside the file is heard: that is put back.
func (c *scene) heardFile(ctx context.Context) (name string, content []byte, err error) {
	var before []element
	e, err := c.alice.await(ctx, func(e element) bool {
		_, ok := e.child("x")
		ok = ok && c.saidIn(c.room)(e)
		if !ok {
			before = append(before, e)
		}
		return ok
	})
	for _, e := range before {
		c.alice.stanzas <- e
	}
	if err != nil {
		return "", nil, err
	}
	url := e.text("body")
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return "", nil, err
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Do(request)
	if err != nil {
		return "", nil, err
	}
	defer response.Body.Close()
	content, err = io.ReadAll(response.Body)
	return url[strings.LastIndex(url, "/")+1:], content, err
}

// react says which reactions the person has on a message. In a room the room's own id names it.
func (c *scene) react(to backend.Ref, _ string, remove bool) {
	reaction := "<reaction>👍</reaction>"
	if remove {
		reaction = ""
	}
	c.alice.say(c.room, "", "<reactions xmlns='urn:xmpp:reactions:0' id='"+to.ID+"'>"+reaction+"</reactions><store xmlns='urn:xmpp:hints'/>")
}

func (c *scene) heardReaction(ctx context.Context) (string, bool, error) {
	for {
		e, err := c.alice.await(ctx, func(e element) bool { _, ok := e.child("reactions"); return ok })
		if err != nil {
			return "", false, err
		}
		set, _ := e.child("reactions")
		if len(set.Children) == 0 {
			return "thumbsup", true, nil
		}
		if set.text("reaction") == "👍" {
			return "thumbsup", false, nil
		}
	}
}

func (c *scene) appear(status string) {
	show := ""
	if status != "online" {
		show = "<show>" + status + "</show>"
	}
	c.alice.raw("<presence to='" + c.room + "/" + c.alice.name + "'>" + show + "</presence>")
}

func (c *scene) seenAs(ctx context.Context, status string) error {
	_, err := c.alice.await(ctx, func(e element) bool {
		show := e.text("show")
		return e.XMLName.Local == "presence" && strings.HasPrefix(e.attr("from"), c.room+"/") && e.text("status") == "a note" &&
			(show == status || show == "" && status == "online")
	})
	return err
}
