package backendtest

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestSuitePassesWhereNothingIsWrong(t *testing.T) {
	Run(t, func(t testing.TB) Network { return newMemory(t, "") })
}

func TestSuiteFindsFaults(t *testing.T) {
	var found []string
	for fault, by := range map[string]string{
		"unconfigurable name":         "NamesItself",
		"no self":                     "NamesItself",
		"connects twice":              "ConnectsOnceAndStopsCleanly",
		"an error on cancel":          "ConnectsOnceAndStopsCleanly",
		"goroutine left":              "ConnectsOnceAndStopsCleanly",
		"a cut is the end":            "ConnectsAgainAfterACut",
		"final without a connection":  "SendWithoutConnectionCanBeTriedAgain",
		"addresses of no use":         "AddressesResolveToThemselves",
		"anybody is known":            "UnknownAddress",
		"no sender":                   "PrivateMessages",
		"private answers in the room": "PrivateMessages",
		"another name in rooms":       "RoomMessages",
		"rooms are private":           "RoomMessages",
		"places by identity":          "PlacesSurviveJSON",
		"echoes pass":                 "OwnMessagesAreIgnored",
		"delay unmarked":              "DelayedMessagesAreMarked",
		"order of what is said":       "KeepsTheOrderOfWhatIsSaid",
		"order of what is sent":       "KeepsTheOrderOfWhatIsSent",
		"plain is markup":             "TextSurvives",
		"ASCII only":                  "TextSurvives",
		"first line only":             "MarkdownIsReadable",
		"nowhere":                     "SendSaysWhere",
		"message changed":             "SendSaysWhere",
		"context ignored":             "SendHonoursItsContext",
		"lost when busy":              "ConcurrentSends",
		"leaves no room":              "RoomsJoinAndLeave",
		"the bot is not there":        "RoomsTellWhoIsThere",
		"topics stay":                 "RoomsHaveATopic",
		"every name is a room":        "RoomsThatAreNone",
		"gaps stay":                   "FillsGaps",
		"refusal is a fault":          "RefusedCredentialsAreFinal",
		"connected, then refused":     "RefusedCredentialsAreFinal",
		"an early cut is a refusal":   "SurvivesACutAtAnyMoment",
		"overrun":                     "TakesAThousandMessagesAtOnce",
		"longer is cut":               "TakesWhatItsLimitAllows",
		"hammers":                     "WaitsWhenToldTo",
		"changes are new":             "ChangedMessagesAreMarked",
		"edits are dropped":           "ChangesWhatItSaid",
		"cards have no fields":        "CardsAreWhole",
		"threads are forgotten":       "AnswersInTheThread",
		"threads are nothing":         "BeginsAThread",
		"mentions are text":           "KnowsWhoIsMentioned",
		"mentions nobody":             "MentionsPeople",
		"typed text mentions":         "TypedTextMentionsNobody",
		"reactions pass":              "SeesReactions",
		"a reaction too many":         "ReactsToMessages",
		"nobody appears":              "SeesPresence",
		"always online":               "ShowsItsPresence",
		"nobody leaves":               "TellsWhoComesAndGoes",
		"invitations are lost":        "InvitesPeople",
		"files are text":              "BringsFiles",
		"files are dropped":           "SendsFiles",
	} {
		t.Run(fault, func(t *testing.T) {
			require.True(t, finds(t, by, fault))
		})
		found = append(found, by)
	}
	for _, c := range checks() {
		require.Contains(t, found, c.name, "a check without a fault that it finds")
	}
}

// finds reports whether a check fails on a network with fault.
func finds(t *testing.T, name, fault string) bool {
	checks := checks()
	c := checks[slices.IndexFunc(checks, func(c check) bool { return c.name == name })]
	r := &recorder{TB: t}
	r.perform(func(t testing.TB) {
		n := newMemory(t, fault)
		n.Patience = patience
		c.perform(t, n)
	})
	return r.failure != ""
}

func TestDeclaredFeaturesAreSkipped(t *testing.T) {
	var skipped []string
	for _, c := range checks() {
		r := &recorder{TB: t}
		r.perform(func(t testing.TB) {
			n := newMemory(t, "")
			n.Cannot = []Feature{
				Credentials, Reconnects, Gaps, RateLimits, Floods, Echoes, Delays, Edits, Threads, Mentions, FilesIn,
				Reactions, Presence, RoomChanges, Invitations,
			}
			c.perform(t, n)
		})
		require.Empty(t, r.failure)
		if r.skipped != "" {
			skipped = append(skipped, c.name)
			require.Contains(t, r.skipped, string(c.needs))
		}
	}
	var want []string
	for _, c := range checks() {
		if c.needs != "" {
			want = append(want, c.name)
		}
	}
	require.Equal(t, want, skipped)
}

// recorder is a test whose failure is a result and not a failure.
type recorder struct {
	testing.TB
	mu               sync.Mutex
	failure, skipped string
	cleanups         []func()
}

// perform runs test as the testing package does, clean-up functions included.
func (r *recorder) perform(test func(t testing.TB)) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() {
			for _, f := range slices.Backward(r.cleanups) {
				f()
			}
		}()
		test(r)
	}()
	<-done
}

func (r *recorder) Cleanup(f func()) { r.cleanups = append(r.cleanups, f) }
func (r *recorder) FailNow()         { r.record("failed"); runtime.Goexit() }
func (r *recorder) Errorf(format string, args ...any) {
	r.record(strings.TrimSpace(fmt.Sprintf(format, args...)))
}

func (r *recorder) Skipf(format string, args ...any) {
	r.skipped = fmt.Sprintf(format, args...)
	runtime.Goexit()
}

func (r *recorder) record(text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.failure += text + "\n"
}
