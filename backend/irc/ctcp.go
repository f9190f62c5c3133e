package irc

import (
	"time"

	"github.com/lrstanley/girc"
	"golang.org/x/time/rate"
)

// ctcpLimit bounds answers to CTCP requests: many of them make a bot flood itself off the
// network.
type ctcpLimit = *rate.Limiter

func newCTCPLimit() ctcpLimit { return rate.NewLimiter(rate.Every(2*time.Second), 3) }

// answer replies to a CTCP request: VERSION, PING and CLIENTINFO. Everything else, and
// answers to requests, get silence, as the protocol wants it.
func (c *conn) answer(request *girc.CTCPEvent) {
	if request == nil || request.Reply {
		return
	}
	var text string
	switch request.Command {
	case girc.CTCP_VERSION:
		text = c.options.Version
	case girc.CTCP_PING:
		text = request.Text
	case "CLIENTINFO":
		text = "ACTION CLIENTINFO PING VERSION"
	}
	if text != "" && c.ctcp.Allow() {
		c.tell(girc.NOTICE, request.Source.Name, girc.EncodeCTCPRaw(request.Command, text))
	}
}
