// Package discord is the backend for Discord: a bot account, over the gateway (a websocket)
// and the REST interface, version 9 of both.
//
// The types of the wire and the requests are discordgo's. The gateway's connection is our
// own, because discordgo's reconnects by itself, does not tell with which code Discord
// closed it, and leaves goroutines behind.
//
// Slash commands, buttons and voice do not belong here.
package discord
