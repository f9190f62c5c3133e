// Package approval holds commands back until what their aliases ask for is there: a second
// factor of who asks, or the approval of others.
//
// [ReadRule] reads what an alias asks for. A [Desk] knows the commands that wait, decides
// when nothing is missing any more, and ends what nobody has seen to in time. An [Audit] is
// the record of it all.
//
// What waits survives a restart. A command is taken out of the store before it is handed
// over to be run, so that it runs at most once, also when the bot is killed meanwhile; and
// nothing counts that could not be recorded. A second factor that is announced while the
// bot is away is not heard: the command waits on, until it expires.
//
// Nothing is run or said here, and who may run a command is not known: that is the business
// of package st2.
package approval
