//go:build !linux

package quickack

import "net"

// Acknowledge does nothing: there is no such option here.
func Acknowledge(net.Conn) {}
