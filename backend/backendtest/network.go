package backendtest

import (
	"context"
	"testing"
	"time"

	"github.com/go-errbot/errbot/backend"
)

// Network is a chat network as one test sees it: the backend, and a person on the other
// side. Its functions may be called from the test's goroutine only; what they start must
// have ended when the test's clean-up functions have run.
type Network struct {
	// Backend is fresh: it has not been run.
	Backend backend.Backend

	// Person and Room are the addresses of the person on the other side, and of a room
	// with that person and the bot in it. Unknown is one that names nobody.
	Person, Room, Unknown string

	// Say makes the person say text, a single line: in room, an address, or in private
	// when room is empty. It need not wait until the backend has it.
	Say func(room, text string)

	// Heard waits for the next message of the bot's that the person sees in room, or in
	// private when room is empty, in the order in which the network shows them. It
	// returns ctx's error when none comes.
	Heard func(ctx context.Context, room string) (string, error)

	// Echo brings the backend a message of its own account in Room, as networks do that
	// show senders what they sent. See [Echoes].
	Echo func(text string)

	// SayDelayed brings the backend a message that the person said in Room while the bot
	// was away. See [Delays].
	SayDelayed func(text string)

	// Cut ends the connection from the network's side. See [Reconnects].
	Cut func()

	// Cannot lists what the network does not have; the tests for it are skipped by name.
	Cannot []Feature

	// Patience is how long to wait for something to arrive before that is a failure; the
	// default is 10 s.
	Patience time.Duration
}

// Feature is something that not every network has.
type Feature string

// What networks may lack.
const (
	// Echoes: messages of the bot's own account come back. Needs [Network.Echo].
	Echoes Feature = "echoes"
	// Delays: messages wait for the bot while it is away, and are recognisable. Needs
	// [Network.SayDelayed].
	Delays Feature = "delays"
	// Reconnects: a connection can be lost, and another one be made by the same backend;
	// without a connection, Send fails with a *backend.RetryableError. Needs
	// [Network.Cut].
	Reconnects Feature = "reconnects"
)

func (n Network) cannot(f Feature) bool {
	for _, missing := range n.Cannot {
		if missing == f {
			return true
		}
	}
	return false
}

func (n Network) patience() time.Duration {
	if n.Patience > 0 {
		return n.Patience
	}
	return 10 * time.Second
}

// Run runs the suite; connect is called once for each test and returns a network of its
// own.
func Run(t *testing.T, connect func(t testing.TB) Network) {
	for _, c := range checks() {
		t.Run(c.name, func(t *testing.T) { c.perform(t, connect(t)) })
	}
}

// check is one test of the suite.
type check struct {
	name  string
	needs Feature // empty: every network has it
	run   func(s *session)
}

func (c check) perform(t testing.TB, n Network) {
	if c.needs != "" && n.cannot(c.needs) {
		t.Skipf("%s: the network has no %s", n.Backend.Name(), c.needs)
	}
	c.run(newSession(t, n))
}

func checks() []check {
	return append(roomChecks(), []check{
		{name: "NamesItself", run: namesItself},
		{name: "ConnectsOnceAndStopsCleanly", run: stopsCleanly},
		{name: "ConnectsAgainAfterACut", needs: Reconnects, run: connectsAgain},
		{name: "SendWithoutConnectionCanBeTriedAgain", needs: Reconnects, run: sendUnconnected},
		{name: "AddressesResolveToThemselves", run: resolves},
		{name: "UnknownAddress", run: unknownAddress},
		{name: "PrivateMessages", run: privateMessages},
		{name: "RoomMessages", run: roomMessages},
		{name: "PlacesSurviveJSON", run: placesSurviveJSON},
		{name: "OwnMessagesAreIgnored", needs: Echoes, run: ignoresEchoes},
		{name: "DelayedMessagesAreMarked", needs: Delays, run: marksDelayed},
		{name: "KeepsTheOrderOfWhatIsSaid", run: keepsOrderIn},
		{name: "KeepsTheOrderOfWhatIsSent", run: keepsOrderOut},
		{name: "TextSurvives", run: textSurvives},
		{name: "MarkdownIsReadable", run: markdownIsReadable},
		{name: "SendSaysWhere", run: sendSaysWhere},
		{name: "SendHonoursItsContext", run: sendHonoursContext},
		{name: "ConcurrentSends", run: concurrentSends},
		{name: "FillsGaps", needs: Gaps, run: fillsGaps},
	}...)
}
