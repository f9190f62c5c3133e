package session

import (
	"net/netip"
	"time"
)

// ipv6Network is the part of an IPv6 address that counts: whoever has one address has
// all that share it.
const ipv6Network = 64

// addressLimit counts the failed attempts of each address in windows of time.
type addressLimit struct {
	attempts int
	window   time.Duration
	seen     *table[netip.Prefix, *addressWindow]
}

type addressWindow struct {
	ends   time.Time
	failed int
}

// take counts an attempt as failed. It returns 0, or how long the address must wait.
func (a *addressLimit) take(from netip.Addr, now time.Time) time.Duration {
	network := networkOf(from)
	w := a.seen.get(network)
	if w == nil || !now.Before(w.ends) {
		w = &addressWindow{ends: now.Add(a.window)}
		a.seen.set(network, w)
	}
	if w.failed >= a.attempts {
		return w.ends.Sub(now)
	}
	w.failed++
	return 0
}

// giveBack takes back an attempt that did not fail.
func (a *addressLimit) giveBack(from netip.Addr) {
	if w := a.seen.get(networkOf(from)); w != nil && w.failed > 0 {
		w.failed--
	}
}

// networkOf returns whom an address stands for; addresses that are not valid are one.
func networkOf(from netip.Addr) netip.Prefix {
	from = from.Unmap()
	bits := from.BitLen()
	if from.Is6() {
		bits = ipv6Network
	}
	network, err := from.Prefix(bits)
	if err != nil {
		return netip.Prefix{}
	}
	return network
}
