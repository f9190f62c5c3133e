// Package irc is the backend for Internet Relay Chat: one account on one network, over
// TLS, with SASL, a server password or NickServ.
//
// The wire format (lines, numerics, SASL mechanisms, CTCP) is that of
// github.com/lrstanley/girc. Its Client is not used: it cannot tell whether the server has
// taken a message, asks about every person who joins (which gets a bot thrown out when a
// netsplit heals), has no contexts and reads lines of any length.
//
// What a message costs here is a line and a PING. A server handles the lines of one
// connection one after the other, so what it answers before the PONG belongs to the line,
// and the PONG says that the line was taken. Everything that asks the server something
// works in this way; see exchange.go.
//
// Access rules, commands and the splitting of long texts into messages do not live here;
// cutting one message into lines does.
package irc
