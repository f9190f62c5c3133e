package delivery

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"

	"github.com/go-errbot/errbot/backend"
	"github.com/go-errbot/errbot/st2/client"
	"github.com/go-errbot/errbot/st2/internal/ledger"
)

// Why an announcement cannot be delivered.
var (
	ErrNothing = errors.New("the announcement has no message")
	ErrNowhere = errors.New("the announcement names neither a channel nor a user")
)

// item is an announcement on its way to the chat.
type item struct {
	client.Announcement
	cost   int // of waiting, in bytes
	key    ledger.Key
	entry  *ledger.Entry // nil while in doubt, and for own
	doubt  *doubt        // it may have been delivered before; nil: it has not
	posted bool          // to the web server

	own     *command     // the bot tells the result of this one by itself
	answers *command     // whose result it is, where that is known and one of the bot's
	to      *backend.Ref // where that was asked

	expected *Expected         // whose end it brings nearer; nil: nobody's
	after    []<-chan struct{} // closed when it may be shown
}

func (c *Courier) newItem(a client.Announcement) (*item, error) {
	text := c.Chat.Text(a)
	it := &item{Announcement: a, cost: len(text) + len(a.Extra) + itemCost, key: contentKey(a)}
	switch {
	case text == "":
		return nil, ErrNothing
	case len(it.addresses()) == 0:
		return nil, ErrNowhere
	}
	return it, nil
}

// addresses returns where it may go, the first choice first. What is meant for one person goes
// nowhere else.
func (it *item) addresses() []string {
	choices := []string{it.Channel, it.User}
	if it.Whisper {
		choices = choices[1:]
	}
	var known []string
	for _, a := range choices {
		if a != "" {
			known = append(known, a)
		}
	}
	return known
}

// contentKey stands for what an announcement says, and to whom.
func contentKey(a client.Announcement) ledger.Key {
	return ledger.KeyOf(a.Channel, a.User, strconv.FormatBool(a.Whisper), a.Message, canonical(a.Extra), canonical(a.Context))
}

// canonical writes JSON in one way; what is empty is nothing.
func canonical(data json.RawMessage) string {
	var value any
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	if len(data) == 0 || decoder.Decode(&value) != nil {
		return string(data)
	}
	text, err := json.Marshal(value)
	if err != nil || string(text) == "{}" || string(text) == "null" {
		return ""
	}
	return string(text)
}
