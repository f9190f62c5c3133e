package backendtest

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/go-errbot/errbot/backend"
)

// Network is a chat network as one test sees it: the backend, and a person on the other
// side. Its functions may be called from the test's goroutine only; what they start must
// have ended when the test's clean-up functions have run.
//
// The fields of the first part are for every network, the functions of the second for what
// a [Feature] or an optional interface of package backend stands for: each check says which
// one it needs.
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
	// returns ctx's error when none comes. It passes over what has no text.
	Heard func(ctx context.Context, room string) (string, error)

	// Emoji is the name of a reaction, as the network has it; the default is "thumbsup".
	Emoji string

	// Cannot lists what the network does not have; the tests for it are skipped by name.
	Cannot []Feature

	// Patience is how long to wait for something to arrive before that is a failure; the
	// default is 10 s.
	Patience time.Duration

	// Refused is a backend like Backend whose credentials are wrong. See [Credentials].
	Refused backend.Backend

	// Cut ends the connection from the network's side, also one that is being made. It
	// does nothing when there is none. See [Reconnects].
	Cut func()

	// Throttle makes the network refuse the next message of the bot's for now, by its
	// rate limit. See [RateLimits].
	Throttle func()

	// Echo brings the backend a message of its own account in Room, as networks do that
	// show senders what they sent. See [Echoes].
	Echo func(text string)

	// SayDelayed brings the backend a message that the person said in Room while the bot
	// was away. See [Delays].
	SayDelayed func(text string)

	// Change makes the person change what was said last in Room. See [Edits].
	Change func(text string)

	// HeardChange waits until the person sees that a message of the bot's in Room has
	// become another, and returns its new text. See [backend.Editor].
	HeardChange func(ctx context.Context) (string, error)

	// Answer makes the person say text in Room, in the thread that the message to began
	// or is in. See [Threads].
	Answer func(to backend.Ref, text string)

	// HeardAnswer waits for the next message of the bot's that the person sees in that
	// thread. See [Threads].
	HeardAnswer func(ctx context.Context, to backend.Ref) (string, error)

	// Call makes the person say in Room text that mentions the bot, as the network's
	// people do it. See [Mentions].
	Call func(text string)

	// HeardCall is Heard in Room, and reports whether the message mentions the person,
	// or everybody. See [Mentions].
	HeardCall func(ctx context.Context) (text string, mentioned bool, err error)

	// SayFile makes the person send a file to Room. See [FilesIn].
	SayFile func(name string, content []byte)

	// HeardFile waits for the next file of the bot's that the person sees in Room. See
	// [backend.FileSender].
	HeardFile func(ctx context.Context) (name string, content []byte, err error)

	// React makes the person put a reaction on a message, or take it away. See
	// [Reactions].
	React func(to backend.Ref, name string, remove bool)

	// HeardReaction waits until the person sees that the bot put a reaction on a message
	// in Room, or took it away. See [backend.Reactor].
	HeardReaction func(ctx context.Context) (name string, removed bool, err error)

	// Appear makes the person's presence status: "online" or "away". See [Presence].
	Appear func(status string)

	// SeenAs waits until the person sees the bot's presence change to status. See
	// [backend.PresenceSetter].
	SeenAs func(ctx context.Context, status string) error

	// Walk makes the person leave Room, or come back. See [RoomChanges].
	Walk func(in bool)

	// Empty is the address of a room with the bot in it and the person not; Invited waits
	// until the person has been asked into it, or put there. See [Invitations].
	Empty   string
	Invited func(ctx context.Context) error

	// HeardCard waits for the next card of the bot's that the person sees in Room. What
	// the network does not show stays empty. See [backend.CardSender].
	HeardCard func(ctx context.Context) (backend.Card, error)

	// Restart ends the network's server and starts it again with all it knows. It returns
	// when the person is back. The suite does not call it; see st2/chattest.
	Restart func()
}

func (n Network) cannot(f Feature) bool {
	return slices.Contains(n.Cannot, f)
}

func (n Network) emoji() string {
	if n.Emoji != "" {
		return n.Emoji
	}
	return "thumbsup"
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
	return slices.Concat(
		connectionChecks(),
		addressChecks(),
		messageChecks(),
		threadChecks(),
		mentionChecks(),
		gestureChecks(),
		fileChecks(),
		roomChecks(),
	)
}

func connectionChecks() []check {
	return []check{
		{name: "NamesItself", run: namesItself},
		{name: "ConnectsOnceAndStopsCleanly", run: stopsCleanly},
		{name: "RefusedCredentialsAreFinal", needs: Credentials, run: refusesCredentials},
		{name: "ConnectsAgainAfterACut", needs: Reconnects, run: connectsAgain},
		{name: "SurvivesACutAtAnyMoment", needs: Reconnects, run: survivesCuts},
		{name: "SendWithoutConnectionCanBeTriedAgain", needs: Reconnects, run: sendUnconnected},
		{name: "FillsGaps", needs: Gaps, run: fillsGaps},
	}
}

func addressChecks() []check {
	return []check{
		{name: "AddressesResolveToThemselves", run: resolves},
		{name: "UnknownAddress", run: unknownAddress},
		{name: "PrivateMessages", run: privateMessages},
		{name: "RoomMessages", run: roomMessages},
		{name: "PlacesSurviveJSON", run: placesSurviveJSON},
	}
}

func messageChecks() []check {
	return []check{
		{name: "OwnMessagesAreIgnored", needs: Echoes, run: ignoresEchoes},
		{name: "DelayedMessagesAreMarked", needs: Delays, run: marksDelayed},
		{name: "KeepsTheOrderOfWhatIsSaid", run: keepsOrderIn},
		{name: "TakesAThousandMessagesAtOnce", needs: Floods, run: takesAThousand},
		{name: "KeepsTheOrderOfWhatIsSent", run: keepsOrderOut},
		{name: "TextSurvives", run: textSurvives},
		{name: "MarkdownIsReadable", run: markdownIsReadable},
		{name: "TakesWhatItsLimitAllows", run: takesItsLimit},
		{name: "WaitsWhenToldTo", needs: RateLimits, run: waitsWhenTold},
		{name: "SendSaysWhere", run: sendSaysWhere},
		{name: "SendHonoursItsContext", run: sendHonoursContext},
		{name: "ConcurrentSends", run: concurrentSends},
		{name: "ChangedMessagesAreMarked", needs: Edits, run: marksChanges},
		{name: "ChangesWhatItSaid", run: optional("changes nothing", changesWhatItSaid)},
		{name: "CardsAreWhole", run: optional("has no cards of its own", cardsAreWhole)},
	}
}

// optional returns a test of an optional interface of package backend, which says of a
// backend without it what it does not do.
func optional[T any](without string, test func(s *session, b T)) func(s *session) {
	return func(s *session) {
		b, ok := s.Backend.(T)
		if !ok {
			s.Skipf("%s: the backend %s", s.Backend.Name(), without)
			return
		}
		test(s, b)
	}
}
