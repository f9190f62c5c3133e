// Package client speaks StackStorm's API and event stream: the wire types, the
// REST calls a chat bot needs, the tokens that authorise them, and the stream of
// announcements. It knows nothing of chat, of sessions or of how answers are shown.
//
// A [Client] is one StackStorm seen as one identity. It keeps connections alive,
// follows no redirect (Go would hand StackStorm's credential headers to whatever
// host it is sent to), keeps no cookies (StackStorm answers every token request
// with a cookie, which would become somebody else's identity), bounds every answer
// in size and time, and renews its token before it expires and once when it is
// refused. [Client.WithCredential] gives a Client that shares all that and speaks
// as somebody else.
//
// A request that starts something is sent a second time for one reason only: the
// first was refused with 401, which means that nothing was started. Where such a call
// fails in any way that leaves it open whether the execution runs, its error is
// [ErrMaybeStarted].
//
// StackStorm's stream has no ids and no replay: what is published while no
// connection stands is not delivered. [Client.Stream] says when it is connected, so
// that its user knows when to ask the API for what was missed.
//
// Statements about the wire were checked against st2 3.10dev.
package client
