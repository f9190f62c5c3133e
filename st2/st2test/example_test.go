package st2test_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/go-errbot/errbot/st2/st2test"
)

// A server for a test: an action is a Go function, and what it was asked can be checked.
func ExampleNew() {
	testGreet := func(t *testing.T) {
		srv := st2test.New(t)
		srv.AddAction(st2test.Action{
			Ref:        "demo.greet",
			Parameters: map[string]any{"name": map[string]any{"type": "string", "required": true}},
			Run: func(_ context.Context, call *st2test.Call) (any, error) {
				return fmt.Sprint("hello ", call.Parameters["name"]), nil
			},
		})
		srv.AddAlias(st2test.Alias{
			Pack: "demo", Name: "greet", ActionRef: "demo.greet", Description: "Greet somebody",
			Formats: []st2test.Format{{Text: "greet {{name}}"}},
		})
		// Point the code under test at srv.AuthURL(), srv.APIURL() and srv.StreamURL().
	}
	_ = testGreet // the test runner calls it
}

// A server that runs by itself, for trying things.
func ExampleStart() {
	srv, err := st2test.Start()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Close()

	request, err := http.NewRequest(http.MethodPost, srv.AuthURL()+"/tokens", strings.NewReader("{}"))
	if err != nil {
		fmt.Println(err)
		return
	}
	request.SetBasicAuth("st2admin", "st2admin")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer answer.Body.Close()
	fmt.Println(answer.Status)
	// Output: 201 Created
}

// Roles: who has none may only ask who he is.
func ExampleWithRBAC() {
	srv, err := st2test.Start(st2test.WithRBAC(st2test.Role{Name: "readers", Grants: []st2test.PermissionGrant{
		{Permissions: []string{"action_alias_list"}},
	}}))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Close()
	srv.Grant("alice", "readers")
	for _, user := range []string{"alice", "bob"} {
		request, err := http.NewRequest(http.MethodGet, srv.APIURL()+"/actionalias", nil)
		if err != nil {
			fmt.Println(err)
			return
		}
		request.Header.Set("X-Auth-Token", srv.Token(user, 0))
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			fmt.Println(err)
			return
		}
		answer.Body.Close()
		fmt.Println(user, answer.Status)
	}
	// Output:
	// alice 200 OK
	// bob 403 Forbidden
}
