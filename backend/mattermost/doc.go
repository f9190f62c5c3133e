// Package mattermost is a Mattermost server as a chat network.
//
// It speaks the server's REST interface with the types of the server's own Go module, and
// reads its websocket itself: the client of that module cannot be cancelled, reads frames
// of any size and deadlocks when one of its channels is not read. What was said between
// two connections is asked for after the second one is made (gap.go), so that a lost
// connection loses no message.
//
// Neither chat commands nor configuration files are known here.
package mattermost
