package doctor

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"syscall"
	"time"

	"github.com/go-errbot/errbot/st2/client"
)

// fault is why a server could not be reached, and what to do about it.
type fault struct{ what, advice string }

// explain says what an error of a connection means. key is the setting with the address.
// The fault is empty when err is not about a connection.
func explain(err error, key string) fault {
	var redirect *client.RedirectError
	if errors.As(err, &redirect) {
		return fault{redirect.Error(), "Correct " + key + "."}
	}
	if f := explainTLS(err, key); f != (fault{}) {
		return f
	}
	var name *net.DNSError
	var network net.Error
	switch {
	case errors.As(err, &name):
		return fault{fmt.Sprintf("the name %s cannot be looked up: %s", name.Name, name.Err), "Correct " + key + ", or this machine's name service: getent hosts " + name.Name + "."}
	case errors.Is(err, syscall.ECONNREFUSED):
		return fault{"nothing listens there: the connection is refused", "Look whether StackStorm runs (st2ctl status), and at the port in " + key + "."}
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return fault{"there is no way to that machine", "Look at the routes and firewalls between here and there."}
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &network) && network.Timeout():
		return fault{"no answer came in time", "Look at firewalls and proxies between here and there, and at the load of StackStorm."}
	case errors.Is(err, syscall.ECONNRESET):
		return fault{"the connection was cut", "Look at what stands before StackStorm, and at its log."}
	}
	return fault{}
}

// explainTLS says what an error of a TLS connection means.
func explainTLS(err error, key string) fault {
	var (
		authority x509.UnknownAuthorityError
		name      x509.HostnameError
		invalid   x509.CertificateInvalidError
		remote    *net.OpError
		record    tls.RecordHeaderError
	)
	switch {
	case errors.As(err, &authority):
		return fault{"the certificate is signed by an authority that is not known here", "Set ca_cert to the authority's certificate; StackStorm's own is /etc/ssl/st2/st2.crt on its machine."}
	case errors.As(err, &name):
		return fault{fmt.Sprintf("the certificate is not for %s, but for %s", name.Host, namesOf(name.Certificate)), "Put one of these names into " + key + ", or have a certificate made."}
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return fault{"the certificate is out of date: " + period(invalid.Cert), "Renew the certificate; look at this machine's clock, too."}
	case errors.As(err, &invalid):
		return fault{"the certificate is not valid: " + invalid.Error(), "Have a certificate made."}
	case errors.As(err, &remote) && remote.Op == "remote error": // so crypto/tls names an alert
		return fault{"the server ends the TLS connection: " + remote.Err.Error(), "If it asks for a client certificate, set client_cert and client_key."}
	case errors.Is(err, http.ErrSchemeMismatch), errors.As(err, &record):
		return fault{"the server does not speak TLS there", "Begin " + key + " with http://, or better give the port that speaks TLS."}
	}
	return fault{}
}

// cause returns why no connection stands, "" when that is not err's matter.
func cause(err error) string { return explain(err, "").what }

// unexpected is the failure that no check has words of its own for.
func (e *examination) unexpected(err error) Result {
	if f := explain(err, "its address"); f.what != "" {
		return fail(f.advice, "%s", f.what)
	}
	advice := "Look at StackStorm's log."
	var api *client.APIError
	if errors.As(err, &api) && api.RequestID != "" {
		advice = "Look for request " + api.RequestID + " in StackStorm's log."
	}
	return fail(advice, "%s", plain(err))
}

// plain says what an error is without the request that it came from.
func plain(err error) string {
	var api *client.APIError
	if errors.As(err, &api) {
		return fmt.Sprintf("StackStorm answers %d: %s", api.Status, api.FirstLine())
	}
	if what := cause(err); what != "" {
		return what
	}
	return lines(err.Error())
}

// forbidden is the finding that something cannot be looked at.
func forbidden(permission, what string) Result {
	return warn("Give the bot's user the permission "+permission+", or look yourself.", "the bot's user may not see %s", what)
}

func namesOf(c *x509.Certificate) string {
	if c == nil {
		return "another name"
	}
	names := c.DNSNames
	for _, ip := range c.IPAddresses {
		names = append(names, ip.String())
	}
	switch {
	case len(names) == 0:
		return "no name at all"
	case len(names) > 5:
		names = append(names[:5:5], "…")
	}
	return strings.Join(names, ", ")
}

func period(c *x509.Certificate) string {
	if c == nil {
		return "not now"
	}
	return "it is good from " + day(c.NotBefore) + " to " + day(c.NotAfter)
}

func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }

// minute is for times that somebody may have to be ready for.
func minute(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }

// took is the time since start, as precise as anybody wants to know.
func took(start time.Time) string {
	d := time.Since(start)
	if d < time.Second {
		return max(d.Round(time.Millisecond), time.Millisecond).String()
	}
	return d.Round(100 * time.Millisecond).String()
}

// lines makes one line of several.
func lines(text string) string {
	return strings.Join(strings.Split(strings.TrimSpace(text), "\n"), "; ")
}
