package irc

import (
	"net"
	"syscall"
)

// acknowledge makes the system confirm what has been read at once. A server that collects
// small packets (Nagle's algorithm, as ngIRCd does) holds the next line back until it knows
// that the PONG before it has arrived, which is 40 ms later than need be.
func acknowledge(wire net.Conn) {
	c, ok := wire.(*net.TCPConn)
	if !ok {
		return
	}
	if raw, err := c.SyscallConn(); err == nil {
		_ = raw.Control(func(fd uintptr) {
			_ = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, syscall.TCP_QUICKACK, 1)
		})
	}
}
