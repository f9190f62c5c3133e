// Package bot is the host: it takes messages from a chat network, finds the commands that
// they call, checks who may run them, runs them on bounded workers and brings the answers
// back, in order, in the parts that the network can carry.
//
// A program makes a [Bot] of a [Config], one [backend.Backend] and its plugins, and runs
// it:
//
//	b, err := bot.New(bot.DefaultConfig(), text.New(text.Options{}), bot.WithPlugins(hello.New()))
//	if err != nil { ... }
//	err = b.Run(ctx)
//
// # A plugin
//
// A [Plugin] has a name and declares what it has in Register: commands, filters, jobs,
// routes of the embedded web server. Whatever else it needs are optional interfaces:
// [Configurable], [Activator], [Deactivator]. Package bottest runs a plugin in memory, the
// way net/http/httptest runs a handler.
//
// # A message's way
//
// The network hands a message to the host, which takes the prefix off and queues it; taking
// in never waits for a command. A worker finds the command (the longest name, or every
// pattern that matches), runs the filters, asks the access rules last of all, records the
// history and runs the command's [Handler]. Answers to one room or person go out one after
// the other; one that the network does not take for a passing reason is tried again until
// [Config.DeliveryTimeout], and what cannot be delivered is logged and counted.
//
// # What it does not do
//
// The host knows no chat network: those are the packages below backend. It has no commands
// of its own: help, status and the like are plugins in package plugins.
package bot
