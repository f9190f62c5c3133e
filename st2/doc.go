// Package st2 is StackStorm ChatOps as one plugin of the host in package bot: commands that
// run action aliases, and the announcements that StackStorm sends back to the chat.
//
//	b, err := bot.New(cfg, network, bot.WithPlugins(st2.New()))
//
// The plugin reads the section "stackstorm" of the configuration; the folder's README
// lists its keys. Each concern has a file: config, auth (as whom commands run), health
// (trouble, told once), alias (running a command), pairs (what StackStorm will match),
// help, suggest, clientside, serverside and sessioncommands (who is who), fault (errors
// in plain words), startedanyway (commands that run in spite of an error), inquiries and
// inquiryanswer, executions, executionoutput, rerun and rerunresult, started (what was asked
// where), announce (the stream, and the chat as what is delivered sees it), webhook, present,
// text, aliases (the events about them), security, approve and audit (second factor and
// approval), options (keys of the configuration for these).
//
// # A command's way
//
// The host's access control sees the command as it was typed. StackStorm takes key=value
// pairs away before it matches, so what is left without them is put to access control as
// well. Then one request, match_and_execute, starts it; no request that starts something
// is ever repeated. The answer to that request is the acknowledgement. The result
// arrives later, as an announcement.
//
// # An announcement's way
//
// Announcements come from StackStorm's stream and from POST /chatops/message. Each is delivered
// once, in the thread where its command was given, whatever mix of stream, list of executions,
// web server and restart brings it; a result that StackStorm does not announce is told from
// its execution. Those for one place are delivered one after the other, each place on its own;
// what waits is bounded: when there is too much of it the stream is read no further, so that
// StackStorm keeps the rest.
//
// # Delivered once
//
// Each announcement of the route is delivered once, which is package st2/internal/delivery's
// work. It rests on every announcement being an execution that StackStorm lists, with the
// same content as its event, which has no id itself.
//
//   - The first event with a content is delivered at once. Another one with that content waits,
//     with what follows it in its place, for the list: it is delivered if it has an execution of
//     its own, so that a repeated message arrives and a repeated event does not.
//   - What the stream did not bring is looked for after every connection, before anything that
//     the new stream brings (which waits 15 s at most), every timer_update, and after an
//     event that could not be read. Only StackStorm's own times are compared; lists begin ten
//     minutes before what is known, for machines whose clocks differ by up to five.
//   - A message is recorded when the network has taken it, before the next one goes to the
//     same place. A bot that is killed in between says that one message again, in each place
//     at most; it loses none. A long text that is sent in parts begins again.
//   - A command's execution, and where it was asked, are recorded when StackStorm has answered.
//     When the execution has ended and nothing is announced for 20 s, the bot tells the
//     result from the execution; the announcement, if it comes within an hour, is not
//     delivered. A result with "{{" or "{%" in it, which StackStorm evaluates on its way, is
//     told from the execution, unless that cannot be read for 30 s.
//   - Each place has its announcements in order, except those that the stream lost while it
//     stood, and results told from the execution: they come when they are found.
//
// The limits:
//
// What was announced before the first start of all is not delivered. What was posted to the
// web server is one with an announcement of the same content within ten minutes. An announcing
// execution that has not ended after an hour is not waited for by a bot that was away. Of more
// than 100,000 announcements within half an hour, or 5,000 commands under way, the oldest
// are forgotten: such an announcement may be said again, and such a result is not told from
// its execution. An announcement of more than 8 MiB is logged and not delivered. A command whose answer from StackStorm did not reach the bot's store, since the
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
// The wire is package st2/client's, which knows nothing of chat. Who is logged in knows
// package st2/session, and the login page is package st2/internal/login. Which commands wait
// for approval, and the audit, is package st2/internal/approval's; what workflows ask is
// package st2/internal/inquiry's, and what may be answered package st2/internal/form's. Which
// commands there are knows package st2/internal/aliases. Package st2/st2test is a
// StackStorm in memory for tests.
package st2
