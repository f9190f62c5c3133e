// Package ledger remembers which announcements have been delivered, so that each is delivered
// once, whichever of StackStorm's stream, its list of executions and the bot's own web server
// brings it first, and how often. What has been delivered is recorded in a store.
//
// An event of the stream has no id; the execution that made it has. Both have the same
// content. The first event with a content is delivered at once, and its execution, when it is
// listed, is matched with it. An event whose content is known may be a repetition of the
// message or of the event: that is a Doubt, which only the list settles. So as many
// messages with one content are delivered as there are executions with it.
//
// What the announcements are, how executions are listed and how messages reach the chat
// is not known here.
package ledger
