package irc

import (
	"fmt"
	"strings"

	"github.com/lrstanley/girc"

	"github.com/go-errbot/errbot/backend"
)

// rplHostHidden tells the bot its host as others see it from now on: "396 bot host :text".
const rplHostHidden = "396"

// handle takes one line of the server's. Only the reader calls it.
func (c *conn) handle(e *girc.Event) {
	if !c.welcome.over {
		c.registering(e)
	}
	switch e.Command {
	case girc.PING:
		c.tell(girc.PONG, e.Last())
	case girc.PONG:
		c.pong(e.Last())
	case girc.ERROR:
		c.close(fmt.Errorf("the server closed the connection: %s", clean(e.Last())))
	case girc.PRIVMSG, girc.NOTICE:
		c.message(e)
	case "BATCH":
		c.batch(e)
	case girc.RPL_ISUPPORT:
		c.setSupport(e)
	case girc.RPL_NAMREPLY:
		c.names(e)
	case rplHostHidden:
		c.setHost(param(e, 1))
	default:
		if isNumeric(e.Command) {
			c.reply(e)
			return
		}
		if e.Source != nil {
			c.happened(e)
		}
	}
}

// happened handles what somebody did, other than speak.
func (c *conn) happened(e *girc.Event) {
	switch e.Command {
	case girc.JOIN:
		c.entered(param(e, 0), *e.Source)
		c.pass(backend.RoomChange{Kind: backend.Joined, Room: c.room(param(e, 0)), Person: c.person(e.Source)})
	case girc.PART:
		c.left(param(e, 0), e.Source.Name)
		c.pass(backend.RoomChange{Kind: backend.Left, Room: c.room(param(e, 0)), Person: c.person(e.Source)})
	case girc.KICK:
		c.kicked(e)
	case girc.QUIT:
		c.quitted(e)
	case girc.NICK:
		c.renamed(e.Source.Name, param(e, 0))
		c.freed(e.Source.Name)
	case girc.TOPIC:
		c.pass(backend.RoomChange{
			Kind:  backend.TopicChanged,
			Room:  c.room(param(e, 0)),
			By:    c.person(e.Source),
			Topic: clean(girc.StripRaw(param(e, 1))),
		})
	case girc.AWAY:
		c.passPresence(e)
	case girc.CAP_CHGHOST:
		c.moved(e.Source.Name, param(e, 0), param(e, 1))
	}
}

// passPresence passes on that somebody went away or came back: ":nick!user@host AWAY [:note]".
func (c *conn) passPresence(e *girc.Event) {
	p := backend.Presence{Person: c.person(e.Source), Status: "online"}
	if note := clean(e.Last()); note != "" {
		p.Status, p.Note = "away", note
	}
	c.pass(p)
}

// quitted handles that somebody left the network.
func (c *conn) quitted(e *girc.Event) {
	who := c.person(e.Source)
	for _, room := range c.gone(e.Source.Name, e.Last()) {
		c.pass(backend.RoomChange{Kind: backend.Left, Room: c.room(room), Person: who})
	}
	c.pass(backend.Presence{Person: who, Status: "offline", Note: clean(e.Last())})
	c.freed(e.Source.Name)
}

// kicked handles ":by KICK #room nick :reason".
func (c *conn) kicked(e *girc.Event) {
	room, nick := param(e, 0), param(e, 1)
	victim := girc.Source{Name: nick}
	if known := c.membersAmong(room, []string{nick}); len(known) > 0 {
		victim = known[0]
	}
	isSelf := c.isSelf(nick)
	if isSelf && c.options.RejoinDelay < 0 {
		c.forget(room)
	}
	c.left(room, nick)
	c.pass(backend.RoomChange{Kind: backend.Left, Room: c.room(room), Person: c.person(&victim), By: c.person(e.Source)})
	if isSelf && c.options.RejoinDelay > 0 {
		c.options.Log.Warn("irc: kicked out of a room", "room", room, "by", e.Source.Name, "reason", clean(param(e, 2)))
		c.tasks.Go(func() { c.rejoin(room) })
	}
}

// names handles "353 bot = #room :@alice +bob carol".
func (c *conn) names(e *girc.Event) {
	var people []girc.Source
	for name := range strings.FieldsSeq(e.Last()) {
		// Marks such as "@" stand before the nick, which begins with none.
		if nick := strings.TrimLeft(name, "~&@%+!*"); nick != "" {
			people = append(people, *girc.ParseSource(nick))
		}
	}
	c.listed(param(e, 2), people...)
}

// batch handles the beginning "+id type ..." and the end "-id" of a batch. Only what was said
// earlier matters.
func (c *conn) batch(e *girc.Event) {
	id := param(e, 0)
	switch {
	case len(id) < 2:
	case id[0] == '-':
		delete(c.replays, id[1:])
	case len(c.replays) < maxReplays && (param(e, 1) == "chathistory" || param(e, 1) == "znc.in/playback"):
		c.replays[id[1:]] = true
	}
}

func isNumeric(command string) bool {
	return len(command) == 3 && command[0] >= '0' && command[0] <= '9'
}
