package xmpp

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/go-errbot/errbot/backend/internal/quickack"
)

// maxStanza bounds what the server may send as one element, in bytes as they are on the
// wire. Servers themselves let people send a quarter of a megabyte.
const maxStanza = 4 << 20

var errTooLarge = fmt.Errorf("the server sent more than %d bytes as one element", maxStanza)

// wire is the connection below TLS. It bounds what is read for one element.
type wire struct {
	net.Conn
	left atomic.Int64 // bytes that may be read until allow is called again
}

func newWire(c net.Conn) *wire {
	w := &wire{Conn: c}
	w.allow()
	return w
}

// allow lets another element be read.
func (w *wire) allow() { w.left.Store(maxStanza) }

// Read implements [net.Conn].
func (w *wire) Read(p []byte) (int, error) {
	n, err := w.Conn.Read(p)
	if err != nil {
		return n, err
	}
	quickack.Acknowledge(w.Conn)
	if w.left.Add(-int64(n)) < 0 {
		return 0, errTooLarge
	}
	return n, nil
}

// dial connects to the first of the account's servers that answers.
func (o *Options) dial(ctx context.Context) (*wire, error) {
	var errs []error
	for _, address := range o.addresses(ctx) {
		c, err := o.Dial(ctx, o.Network, address)
		if err == nil {
			return newWire(c), nil
		}
		errs = append(errs, fmt.Errorf("connect to %s: %w", address, err))
	}
	return nil, errors.Join(errs...)
}

// maxServers bounds how many servers are tried for one connection.
const maxServers = 10

// addresses returns where the account's servers may be: as configured, or as DNS says (RFC
// 6120, 3.2), or at the domain itself.
func (o *Options) addresses(ctx context.Context) []string {
	service, port := "xmpp-client", "5222"
	if o.Encryption == DirectTLS {
		service, port = "xmpps-client", "5223"
	}
	if o.Server != "" {
		if _, _, err := net.SplitHostPort(o.Server); err == nil {
			return []string{o.Server}
		}
		return []string{net.JoinHostPort(strings.Trim(o.Server, "[]"), port)}
	}
	var found []string
	_, records, err := net.DefaultResolver.LookupSRV(ctx, service, "tcp", o.account.Domainpart())
	for _, r := range records {
		if len(found) < maxServers && r.Target != "." {
			found = append(found, net.JoinHostPort(strings.TrimSuffix(r.Target, "."), strconv.Itoa(int(r.Port))))
		}
	}
	if err != nil || len(found) == 0 {
		return []string{net.JoinHostPort(o.account.Domainpart(), port)}
	}
	return found
}
