package backendtest

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

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
	} {
		t.Run(fault, func(t *testing.T) {
			require.Contains(t, failed(t, fault), by)
		})
		found = append(found, by)
	}
	for _, c := range checks() {
		require.Contains(t, found, c.name, "a check without a fault that it finds")
	}
}

// failed returns the names of the checks that fail on a network with fault.
func failed(t *testing.T, fault string) []string {
	var names []string
	for _, c := range checks() {
		r := &recorder{TB: t}
		r.perform(func(t testing.TB) {
			n := newMemory(t, fault)
			n.Patience = 50 * time.Millisecond
			c.perform(t, n)
		})
		if r.failure != "" {
			names = append(names, c.name)
		}
	}
	return names
}

func TestDeclaredFeaturesAreSkipped(t *testing.T) {
	var skipped []string
	for _, c := range checks() {
		r := &recorder{TB: t}
		r.perform(func(t testing.TB) {
			n := newMemory(t, "")
			n.Cannot = []Feature{Echoes, Delays, Reconnects, Gaps}
			c.perform(t, n)
		})
		require.Empty(t, r.failure)
		if r.skipped != "" {
			skipped = append(skipped, c.name)
			require.Contains(t, r.skipped, string(c.needs))
		}
	}
	slices.Sort(skipped)
	require.Equal(t, []string{"ConnectsAgainAfterACut", "DelayedMessagesAreMarked", "FillsGaps", "OwnMessagesAreIgnored", "SendWithoutConnectionCanBeTriedAgain"}, skipped)
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
