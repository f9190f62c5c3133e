// Package st2 is StackStorm ChatOps as one plugin of the host in package bot: commands that
// run action aliases, and the announcements that StackStorm sends back to the chat.
//
//	b, err := bot.New(cfg, network, bot.WithPlugins(st2.New()))
//
// The plugin reads the section "stackstorm" of the configuration; the folder's README
// lists its keys. Each concern has a file: config, auth (as whom commands run), health
// (trouble, told once), alias (running a command), pairs (what StackStorm will match),
// help, suggest, clientside, serverside and sessioncommands (who is who), fault (errors
// in plain words), startedanyway (commands that run in spite of an error), inquiries, inquiryanswer,
// conversation (asking question by question), inquirywatch (announcing them), executions,
// executionoutput, rerun, started (what was asked where), announce (the stream, and the chat
// as what is delivered sees it), webhook, present, text, aliases and aliasviews (the
// list of aliases and its changes, for the bot and for others), security, approve and
// audit (second factor and approval), options (keys of the configuration for these).
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
// what waits is bounded. The guarantee in full, and its limits: package st2/internal/delivery.
//
// # What does not live here
//
// The wire is package st2/client's, which knows nothing of chat. Who is logged in knows
// package st2/session, and the login page is package st2/internal/login. What may be
// answered to an inquiry is package st2/internal/form's. Package st2/st2test is a
// StackStorm in memory for tests.
package st2
