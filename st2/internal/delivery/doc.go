// Package delivery brings StackStorm's announcements, and the results of commands that the bot
// has started, to the chat: each once, and none lost.
//
//	courier, err := delivery.Open(ctx, delivery.Config{...})
//	courier.Start()
//	courier.Prepare(ctx)                     // before the stream is opened
//	courier.Connected()                      // whenever a stream begins
//	courier.Event(ctx, announcement)         // for each that it brings
//
//	expected := courier.Expect(place, user, release)
//	defer expected.Acknowledged()
//	expected.Started(ctx, execution)
//
// # How
//
// StackStorm's stream repeats nothing and its events have no ids, but every announcement is
// also an execution that StackStorm lists, with the same content. A [Courier] delivers from
// the stream at once, and finds in the list what the stream did not bring. Package ledger
// keeps what was delivered, so that whatever mix of stream, list, web server and restart brings
// an announcement, it is delivered once. Files: admit (the ways in), lanes (what waits),
// bring (the way out), assign (whose result it is), doubt (words that were said before);
// recovery, pass, list and chain (the list); expected, commands, watch and format (results).
//
// Nothing is dropped when too much waits for the chat: the stream is read no further, the
// list is read again later, and who posts to the web server is refused.
//
// What it guarantees, and the limits of that, is in the documentation of package st2.
//
// # What does not live here
//
// How an announcement looks is the [Chat]'s matter, the stream and the wire are package
// client's, and what a command says by itself is the plugin's.
package delivery
