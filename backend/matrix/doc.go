// Package matrix is a Matrix homeserver as a chat network.
//
// It speaks the client-server API with the types and calls of mautrix, and reads the
// server's stream of events (/sync) in a loop of its own: the library's own loop goes on for
// ever, where the host wants to know of a lost connection. The server remembers for each
// token of that stream what came before it, so that a lost connection loses no message.
//
// Encrypted rooms cannot be read: there is no end-to-end encryption here. Neither chat
// commands nor configuration files are known here.
package matrix
