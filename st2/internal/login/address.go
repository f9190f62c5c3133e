package login

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// sender returns the address that a request comes from. Behind a proxy that is believed it
// is the last address in X-Forwarded-For that is no such proxy itself: what stands
// before that, anybody can have written.
func (s *Site) sender(r *http.Request) netip.Addr {
	addr := parseAddr(r.RemoteAddr)
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(hops) {
		if !s.isProxy(addr) {
			return addr
		}
		before := parseAddr(strings.TrimSpace(hop))
		if !before.IsValid() {
			return addr
		}
		addr = before
	}
	return addr
}

func (s *Site) isProxy(addr netip.Addr) bool {
	return addr.IsLoopback() || slices.ContainsFunc(s.Proxies, func(p netip.Prefix) bool { return p.Contains(addr) })
}

// parseAddr reads an address with or without a port; the zero Addr when it is none.
func parseAddr(text string) netip.Addr {
	if both, err := netip.ParseAddrPort(text); err == nil {
		return both.Addr().Unmap().WithZone("")
	}
	addr, _ := netip.ParseAddr(text)
	return addr.Unmap().WithZone("")
}
