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
// # The guarantee
//
// Each announcement of the route is delivered once.
//
//   - The first event with a content is delivered at once. Another one with that content waits,
//     with what follows it in its place, for the list: it is delivered if it has an execution of
//     its own, so that a repeated message arrives and a repeated event does not.
//   - What the stream did not bring is looked for after every connection, before anything that
//     the new stream brings (which waits 5 s at most), every [Config].Every, and after an
//     event that could not be read. Only StackStorm's own times are compared; lists begin ten
//     minutes before what is known, for machines whose clocks differ by up to five.
//   - A message is recorded when the network has taken it, before the next one goes to the
//     same place. A bot that is killed in between says that one message again, in each place
//     at most; it loses none. A long text that is sent in parts begins again.
//   - A command's execution, and where it was asked, are recorded when StackStorm has answered.
//     When the execution has ended and nothing is announced for 20 s, the bot tells the
//     result from the execution; the announcement, if it comes within an hour, is not
//     delivered. A result with "{{" or "{%" in it, which StackStorm evaluates on its way, is
//     always told from the execution.
//   - Each place has its announcements in order, except those that the stream lost while it
//     stood, and results told from the execution: they come when they are found.
//
// # The limits
//
// What was announced before the first start of all is not delivered. What was posted to the
// web server is one with an announcement of the same content within ten minutes. An announcing
// execution that has not ended after an hour is not waited for by a bot that was away. Of more
// than 100,000 announcements within half an hour, or 5,000 commands under way, the oldest
// are forgotten: such an announcement may be said again, and such a result is not told from
// its execution. A command whose answer from StackStorm did not reach the bot's store, since the
// bot was killed, is like one of somebody else: its result goes to its channel when it is
// announced. What nobody here is addressed by, or the network refuses for good, is logged and
// told to the administrators, not kept.
//
// Where the bot's account may not list executions, or does not see those of others, only the
// stream and the web server deliver: what is announced while no stream stands is lost, a
// repeated event is said twice, and results that StackStorm loses stay lost; the administrators
// are told so once.
//
// # What does not live here
//
// How an announcement looks is the [Chat]'s matter, the stream and the wire are package
// client's, and what a command says by itself is the plugin's.
package delivery
