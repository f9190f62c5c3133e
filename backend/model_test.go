package backend_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/go-errbot/errbot/backend"
	"github.com/stretchr/testify/require"
)

var (
	alice = backend.Person{ID: "1", Nick: "alice", ACL: "@alice", Address: "@alice"}
	ops   = backend.Room{ID: "2", Name: "ops", ACL: "#ops", Address: "#ops"}
)

// An answer finds its place after a restart.
func TestRefSurvivesJSON(t *testing.T) {
	for _, ref := range []backend.Ref{
		backend.ToPerson(alice),
		{Room: &ops, Thread: "t", ID: "m"},
		{},
	} {
		text, err := json.Marshal(ref)
		require.NoError(t, err)
		var again backend.Ref
		require.NoError(t, json.Unmarshal(text, &again))
		require.Equal(t, ref, again)
		require.Equal(t, ref.Place(), again.Place())
	}
}

func TestRef(t *testing.T) {
	private, room := backend.ToPerson(alice), backend.ToRoom(ops)
	require.True(t, private.IsPrivate())
	require.False(t, private.IsRoom())
	require.True(t, room.IsRoom())
	require.False(t, room.IsPrivate())
	require.True(t, backend.Ref{}.IsZero())
	require.Equal(t, []string{"@alice", "#ops", "nowhere"}, []string{private.String(), room.String(), backend.Ref{}.String()})
	require.Equal(t, "@alice", alice.String())
	require.Equal(t, "#ops", ops.String())

	thread := room
	thread.Thread = "t"
	require.Equal(t, room.Place(), thread.Place(), "a thread is in its room's order")
	twin := backend.ToPerson(backend.Person{ID: ops.ID})
	require.NotEqual(t, room.Place(), twin.Place(), "a person and a room with one ID are two places")
}

func TestRetryableError(t *testing.T) {
	cause := errors.New("slow down")
	err := fmt.Errorf("send: %w", &backend.RetryableError{Err: cause, After: 3 * time.Second})
	require.ErrorIs(t, err, cause)
	require.EqualError(t, err, "send: slow down (try again after 3s)")
	require.EqualError(t, &backend.RetryableError{Err: cause}, "slow down")
}

func ExampleCard_Markdown() {
	card := backend.Card{
		Title:  "Upgrade",
		Link:   "https://example.com/1",
		Body:   "Three of four hosts are done.",
		Fields: []backend.Field{{Name: "role", Value: "web"}, {Name: "left", Value: "web4"}},
	}
	fmt.Println(card.Markdown())
	fmt.Println(backend.Card{Summary: "In short", Link: "https://example.com"}.Markdown())
	// Output:
	// ## [Upgrade](https://example.com/1)
	//
	// Three of four hosts are done.
	//
	// - **role**: web
	// - **left**: web4
	// **In short**
	//
	// https://example.com
}
