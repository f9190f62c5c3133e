//go:build !linux

package irc

import "net"

// acknowledge does nothing: there is no such option here.
func acknowledge(net.Conn) {}
