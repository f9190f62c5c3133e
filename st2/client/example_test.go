package client_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/go-errbot/errbot/st2/client"
)

// stackstorm answers a little like the real one.
func stackstorm() *httptest.Server {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/v1/user", answers(200, `{"username":"chatops","authentication":{"method":"API key"},"rbac":{"is_admin":true}}`))
	mux.HandleFunc("POST "+execPath, answers(400, `{"faultstring":"Command 'make tea' matched no patterns"}`))
	mux.HandleFunc("GET "+streamPath, saysAndStays("\n"+announce("deployed")))
	return httptest.NewServer(mux)
}

func Example() {
	srv := stackstorm()
	defer srv.Close()

	c, err := client.New(client.Config{
		AuthURL:    srv.URL + "/auth/v1",
		APIURL:     srv.URL + "/api/v1",
		StreamURL:  srv.URL + "/stream/v1",
		Credential: client.APIKey{Key: "the-key"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close()

	ctx := context.Background()
	user, err := c.Validate(ctx)
	fmt.Println(user.Username, err)

	_, err = c.MatchAndExecute(ctx, client.MatchRequest{Command: "make tea", User: "alice", SourceChannel: "#ops"})
	switch {
	case errors.Is(err, client.ErrNoMatch):
		fmt.Println("there is no such command")
	case errors.Is(err, client.ErrMaybeStarted):
		fmt.Println("it may run: look before you try again")
	}
	// Output:
	// chatops <nil>
	// there is no such command
}

func ExampleNew() {
	_, err := client.New(client.Config{APIURL: "st2.example.com", Credential: client.Token{}})
	fmt.Println(err)
	// Output:
	// StackStorm client: APIURL: "st2.example.com" must begin with https:// (or http:// on a loopback address)
	// StreamURL: not set; it looks like https://st2.example.com/stream/v1
	// Token.Token: not set
}

func ExampleClient_Stream() {
	srv := stackstorm()
	defer srv.Close()
	c, err := client.New(client.Config{
		APIURL: srv.URL + "/api/v1", StreamURL: srv.URL + "/stream/v1",
		Credential: client.APIKey{Key: "the-key"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close()

	ctx, cancel := context.WithCancel(context.Background())
	err = c.Stream(ctx, client.StreamOptions{
		Events:  []string{client.AnnouncementPrefix + "errbot"},
		OnState: func(s client.State) { fmt.Println(s.Phase) },
	}, func(e client.Event) error {
		a, err := client.DecodeAnnouncement(e)
		fmt.Println(a.Message)
		cancel() // a bot would go on
		return err
	})
	fmt.Println(err)
	// Output:
	// connecting
	// connected
	// deployed
	// context canceled
}
