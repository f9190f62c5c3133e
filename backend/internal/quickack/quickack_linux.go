package quickack

import (
	"net"
	"syscall"
)

// Acknowledge makes the system confirm what has been read at once. A server that collects
// small packets (Nagle's algorithm, as ngIRCd does) holds the next packet back until it knows
// that the one before it has arrived, which is 40 ms later than need be. On other systems
// than Linux it does nothing.
func Acknowledge(wire net.Conn) {
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
