// Package st2test is StackStorm in memory, over real HTTP: for tests, for trying
// things, and for the demo. What it answers agrees with recordings of a real
// StackStorm 3.10dev, down to the fault strings, the order of keys and the bytes of
// the event stream; see the replay test and its list of what is left out.
//
//	srv := st2test.New(t)
//	srv.AddAction(st2test.Action{Ref: "demo.greet", Run: greet})
//	srv.AddAlias(st2test.Alias{Pack: "demo", Name: "greet", ActionRef: "demo.greet",
//		Formats: []st2test.Format{{Text: "greet {{name}}"}}})
//
// Auth, API and stream answer under /auth, /api and /stream of one address, as they
// do behind StackStorm's nginx. There is one account, st2admin with the password
// st2admin, and what a fresh StackStorm ships: the four aliases of the pack "packs",
// the actions core.local (which only pretends to run commands), core.noop,
// core.announcement and those of the chatops pack, and the notify rules for the
// routes hubot and errbot.
//
// A command takes the way it takes in StackStorm: alias, execution, notification
// route, rule, chatops.post_result, chatops.post_message, event on the stream; every
// step is an execution that can be listed. Actions are Go functions ([Action.Run]);
// nothing is ever run on the machine. [Server.SetFaults], [Server.DropStreams],
// [Server.Stop], [Server.Hold] and [Server.RevokeTokens] make it fail the ways the real one fails.
//
// Who may do what is StackStorm's: passwords, tokens, API keys and service accounts always,
// a proxy in front or no authentication at all with [WithAuth], roles with [WithRBAC] and
// [Server.Grant], and [WithPermissionIsolation]:
//
//	srv := st2test.New(t, st2test.WithRBAC(st2test.Role{Name: "greeters", Grants: []st2test.PermissionGrant{
//		{Resource: "action:demo:greet", Permissions: []string{"action_execute"}},
//	}}))
//	srv.AddUser("alice", "wonderland")
//	srv.Grant("alice", "greeters")
//
// Everything is bounded: executions, requests remembered, bodies, stream queues,
// executions running at once. All methods of [Server] are safe for concurrent use.
// Time is the plain time package, so that a server works inside testing/synctest, through
// [Server.ServeHTTP] or listening in memory ([InMemory]). Only formats with a
// hand-written regular expression must not be matched there: that needs a timeout, whose
// clock cannot live in a bubble.
//
// Workflows are Go functions as well: actions of the runner orquesta, whose tasks
// are [Call.Task] and whose inquiries are [Call.Ask]. Their own languages are not here.
package st2test
