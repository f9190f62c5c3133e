package doctor_test

import (
	"context"
	"fmt"

	"github.com/go-errbot/errbot/st2/client"
	"github.com/go-errbot/errbot/st2/doctor"
	"github.com/go-errbot/errbot/st2/st2test"
)

func ExampleRun() {
	srv, err := st2test.Start() // a StackStorm in memory
	if err != nil {
		panic(err)
	}
	defer srv.Close()
	srv.RemoveRule("chatops.notify-errbot")

	results := doctor.Run(context.Background(), doctor.Options{
		Client: client.Config{
			AuthURL: srv.AuthURL(), APIURL: srv.APIURL(), StreamURL: srv.StreamURL(),
			Credential: client.Password{User: "st2admin", Password: "st2admin"},
		},
		Route: "errbot",
	})
	for _, r := range results {
		if r.Status == doctor.Failure {
			fmt.Printf("%s: %s\n%s\n", r.Check, r.Summary, r.Advice)
		}
	}
	// Output:
	// notify rule: no rule answers to the route "errbot": results are never announced
	// Make one: st2bot rule --route errbot > notify_errbot.yaml, then st2 rule create notify_errbot.yaml.
}
