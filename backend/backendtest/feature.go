package backendtest

// Feature is something that not every network has, or lets a bot have. What
// [Network.Cannot] does not list is checked, and needs the functions named here.
type Feature string

// What networks may lack.
const (
	// Credentials: an account can be refused. Needs [Network.Refused].
	Credentials Feature = "credentials"
	// Reconnects: a connection can be lost, and another one be made by the same backend;
	// without a connection, Send fails with a *backend.RetryableError. Needs
	// [Network.Cut].
	Reconnects Feature = "reconnects"
	// Gaps can be filled: what was said while a connection was lost can be asked for
	// afterwards. Needs [Network.Cut].
	Gaps Feature = "history to fill gaps with"
	// RateLimits: the network tells a bot to be slower. Needs [Network.Throttle].
	RateLimits Feature = "rate limits"
	// Floods: the network takes 1,000 messages of one person's at once. A server that
	// slows people down does not.
	Floods Feature = "floods"
	// Echoes: messages of the bot's own account come back. Needs [Network.Echo].
	Echoes Feature = "echoes"
	// Delays: messages wait for the bot while it is away, and are recognisable. Needs
	// [Network.SayDelayed].
	Delays Feature = "delays"
	// Edits: people can change what they said. Needs [Network.Change].
	Edits Feature = "edits"
	// Threads: a message can be answered in a thread of its own. Needs [Network.Answer]
	// and [Network.HeardAnswer].
	Threads Feature = "threads"
	// Mentions are more than text. Needs [Network.Call] and [Network.HeardCall].
	Mentions Feature = "mentions"
	// FilesIn: people can send files. Needs [Network.SayFile].
	FilesIn Feature = "files"
	// Reactions of people reach the bot. Needs [Network.React].
	Reactions Feature = "reactions"
	// Presence of people reaches the bot. Needs [Network.Appear].
	Presence Feature = "presence"
	// RoomChanges: the bot sees who comes and goes. Needs [Network.Walk].
	RoomChanges Feature = "comings and goings"
	// Invitations: the bot can ask people into rooms. Needs [Network.Empty] and
	// [Network.Invited].
	Invitations Feature = "invitations"
)
