// Package bottest runs plugins in memory, for their tests, as net/http/httptest runs
// handlers: a real host from package bot on a chat network that is a Go value.
//
//	chat := bottest.New(t, hello.New())
//	chat.As("@alice").In("#ops").Say("!hello").Expect("hi @alice")
//
// [New] starts the bot and stops it when the test ends. A [Conversation] is one person in
// one place; Say returns when everything that the message started has ended, so what
// follows needs no waiting and no sleeping. Nothing leaves the process: the store is in
// memory and there is no web server, only [Chat.Get] and [Chat.Post].
package bottest
