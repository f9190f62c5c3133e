package session_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"time"

	"github.com/go-errbot/errbot/st2/session"
)

func Example() {
	ctx := context.Background()
	manager, err := session.New(session.Options{Secrets: session.NewCleartext()})
	if err != nil {
		fmt.Println(err)
		return
	}

	// In the chat: st2session_start open sesame
	user := session.User{Key: "U024BE7LH", Name: "@alice"}
	link, err := manager.Start(user, "open sesame")
	if err != nil {
		fmt.Println(err)
		return
	}

	// On the login page, opened with link.ID:
	_, err = manager.Redeem(ctx, session.Attempt{
		Link: link.ID, Word: "open sesame", From: netip.MustParseAddr("192.0.2.1"),
	}, func(context.Context) (session.Credential, error) {
		// Ask StackStorm whether the credential is good, and whose it is.
		return session.Credential{Kind: session.KindAPIKey, Secret: "ZzVk3DEBZ4Fi", Account: "alice"}, nil
	})
	if err != nil {
		fmt.Println(err)
		return
	}

	// With each of the user's commands:
	credential, _, err := manager.Lookup(ctx, user.Key)
	fmt.Println(credential.Account, credential.Kind, credential.Secret, err)

	// Output: alice apikey *** <nil>
}

func ExampleManager_Lookup() {
	manager, err := session.New(session.Options{Secrets: session.NewCleartext()})
	if err != nil {
		fmt.Println(err)
		return
	}
	_, _, err = manager.Lookup(context.Background(), "U024BE7LH")
	var ended *session.EndedError
	switch {
	case errors.As(err, &ended):
		fmt.Println("log in again:", ended.Reason)
	case errors.Is(err, session.ErrNoSession):
		fmt.Println("log in first")
	}
	// Output: log in first
}

func ExampleManager_Sweep() {
	manager, err := session.New(session.Options{Secrets: session.NewCleartext(), TTL: 8 * time.Hour})
	if err != nil {
		fmt.Println(err)
		return
	}
	over, err := manager.Sweep(context.Background())
	for _, ended := range over {
		fmt.Println(ended.Session.User.Name, ended.Reason)
	}
	fmt.Println(len(over), err)
	// Output: 0 <nil>
}

func ExampleOpenEncrypted() {
	folder, err := os.MkdirTemp("", "example")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(folder)

	source := session.KeySource{Command: []string{"echo", "4ERBWzXb0bRtcpxyGEjHLy2sNXYDOTE2kTdnGJXPbHk="}}
	key, err := source.Key(context.Background())
	if err != nil {
		fmt.Println(err)
		return
	}
	store, err := session.OpenEncrypted(filepath.Join(folder, "secrets"), key)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer store.Close()
	manager, err := session.New(session.Options{Secrets: store})
	fmt.Println(manager != nil, err)
	// Output: true <nil>
}

func ExampleRotate() {
	folder, err := os.MkdirTemp("", "example")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(folder)
	oldKey, err := session.ParseKey("correct horse battery staple")
	if err != nil {
		fmt.Println(err)
		return
	}
	err = session.Rotate(filepath.Join(folder, "secrets"), oldKey, oldKey)
	fmt.Println(errors.Is(err, os.ErrNotExist))
	// Output: true
}
