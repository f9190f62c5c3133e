package events_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/st2/st2test/internal/events"
	"github.com/go-errbot/errbot/st2/st2test/internal/pyjson"
	"github.com/go-errbot/errbot/st2/st2test/internal/query"
)

func subscriber(t *testing.T, text string) *events.Subscriber {
	t.Helper()
	values, err := url.ParseQuery(text)
	require.NoError(t, err)
	return events.NewSubscriber(query.Query{Values: values})
}

func event(name, action, execution string, final bool) events.Event {
	return events.Event{Name: name, ActionRef: action, ExecutionID: execution, Final: final, Data: func() *pyjson.Object { return pyjson.Of("n", 1) }}
}

func TestFilters(t *testing.T) {
	for text, want := range map[string]int{
		"":                                   2, // no aliases
		"events=st2.announcement__*":         1,
		"events=st2.*":                       3,
		"events=st2.*&action_refs=core.noop": 1,
		"events=st2.*&execution_ids=1,2":     1,
		"events=nosuch":                      0,
	} {
		var bus events.Bus
		sub := subscriber(t, text)
		bus.Subscribe(sub)
		bus.Publish(event("st2.announcement__errbot", "", "", false))
		bus.Publish(event("st2.execution__update", "core.noop", "1", false))
		bus.Publish(event("st2.actionalias__create", "", "", false))
		queue, end := sub.Take()
		require.Len(t, queue, want, text)
		require.False(t, end)
		select {
		case <-sub.Wake():
		default:
			t.Fatal("an event that is not wanted resets the heartbeat too")
		}
	}
}

func TestEndOfAStream(t *testing.T) {
	var bus events.Bus
	sub := subscriber(t, "events=st2.execution__update&end_event=st2.execution__update&end_execution_id=1")
	bus.Subscribe(sub)
	bus.Publish(event("st2.execution__update", "a", "1", false))
	bus.Publish(event("st2.execution__update", "a", "2", true))
	_, end := sub.Take()
	require.False(t, end)
	bus.Publish(event("st2.execution__update", "a", "1", true))
	bus.Publish(event("st2.execution__update", "a", "1", true))
	queue, end := sub.Take()
	require.True(t, end)
	require.Len(t, queue, 1, "nothing comes after the end")
	bus.Unsubscribe(sub)
	require.Empty(t, bus.Open())
}

// One that does not read is cut, and no queue grows without a bound.
func TestSlowReader(t *testing.T) {
	var bus events.Bus
	sub := subscriber(t, "")
	bus.Subscribe(sub)
	for range 100_001 {
		bus.Publish(event("st2.announcement__errbot", "", "", false))
	}
	select {
	case <-sub.Dropped():
	default:
		t.Fatal("was not cut")
	}
	queue, _ := sub.Take()
	require.Len(t, queue, 100_000)
	sub.Drop()
}

func TestFrames(t *testing.T) {
	e := event("st2.announcement__a", "", "", false)
	require.Equal(t, "event: st2.announcement__a\ndata: {\"n\":1}\n\n", string(events.Frame(e)))
	broken := string(events.Broken(e))
	require.Equal(t, "event: st2.announcement__a\ndata: {\"n\n\n", broken)
	require.True(t, strings.HasPrefix(string(events.Frame(e)), strings.TrimSuffix(broken, "\n\n")))
}
