package doctor

import (
	"context"
	"crypto/x509"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/go-errbot/errbot/st2/client"
)

const (
	contactLimit = 6 * time.Second
	// expiryNotice is how long before its end a certificate is warned about.
	expiryNotice = 21 * 24 * time.Hour
	// skewNotice is the difference of clocks that is warned about.
	skewNotice = 30 * time.Second
)

// endpoint is a service's address as operators know it.
type endpoint struct {
	service   client.Service
	key, url  string
	path, sys string // what its address ends in behind nginx, and its process
}

func (e *examination) authEndpoint(ctx context.Context) Result {
	if e.Client.AuthURL == "" {
		return skip("auth_url is not set; only passwords need it")
	}
	r := e.endpoint(ctx, endpoint{client.AuthService, "auth_url", e.Client.AuthURL, "/auth/v1", "st2auth"})
	switch e.Client.Credential.(type) {
	case client.APIKey, client.Token:
		if r.Status == Failure {
			r.Status = Warning // nobody logs in there
		}
	}
	return r
}

func (e *examination) apiEndpoint(ctx context.Context) Result {
	return e.endpoint(ctx, endpoint{client.APIService, "api_url", e.Client.APIURL, "/api/v1", "st2api"})
}

func (e *examination) streamEndpoint(ctx context.Context) Result {
	return e.endpoint(ctx, endpoint{client.StreamService, "stream_url", e.Client.StreamURL, "/stream/v1", "st2stream"})
}

// endpoint looks whether a service is at its address: name, connection, certificate, and
// the refusal that StackStorm gives to a stranger.
func (e *examination) endpoint(ctx context.Context, at endpoint) Result {
	start := time.Now()
	met, err := e.client.Contact(ctx, at.service)
	if err != nil {
		f := explain(err, at.key)
		if f.what == "" {
			f = fault{lines(err.Error()), "Look at what is at " + at.key + "."}
		}
		return fail(f.advice, "%s: %s", at.url, f.what)
	}
	if !met.Time.IsZero() && at.service == client.APIService {
		// The header is cut to the second, and older by half of the way here and back.
		skew := met.Time.Add(500 * time.Millisecond).Sub(start.Add(time.Since(start) / 2))
		e.clockSkew = &skew
	}
	if r := at.judge(met); r.Status != OK {
		return r
	}
	return e.certificate(at, met.Certificate, ok("%s answers within %s", at.url, took(start)))
}

// judge says whether an answer is StackStorm's to a stranger.
func (at endpoint) judge(met client.Contact) Result {
	r := met.Refusal
	switch {
	case r == nil && at.service == client.StreamService && strings.HasPrefix(met.Begin, "retry:"):
		return at.down("nginx answers in place of " + at.sys)
	case r == nil && at.open(met.Begin):
		return warn("Switch authentication on: [auth] enable in st2.conf.", "%s asks for no credential: everybody who reaches it is an administrator", at.url)
	case r == nil:
		return at.stranger("")
	case r.Status == http.StatusUnauthorized && r.Fault != "":
		return ok("")
	case r.Status == http.StatusInternalServerError && r.Fault != "" && at.service == client.APIService:
		return ok("") // so does a StackStorm without authentication; the credentials show it
	case r.Status == http.StatusNotFound && r.Fault != "":
		return fail("Correct "+at.key+": behind StackStorm's nginx it ends in "+at.path+".", "%s: StackStorm is there, but not with this path", at.url)
	case r.Status >= 500:
		return at.down(fmt.Sprintf("%d: %s", r.Status, r.FirstLine()))
	}
	return at.stranger(fmt.Sprintf("%d: %s; ", r.Status, r.FirstLine()))
}

// open reports whether an answer begins as the service's does to those it trusts.
func (at endpoint) open(begin string) bool {
	if at.service == client.StreamService {
		return strings.HasPrefix(begin, "\n") || strings.HasPrefix(begin, "event:")
	}
	return strings.HasPrefix(begin, "{")
}

func (at endpoint) down(what string) Result {
	return fail("Start "+at.sys+" and look at its log: st2ctl status.", "%s: %s", at.url, what)
}

func (at endpoint) stranger(what string) Result {
	return fail("Correct "+at.key+": behind StackStorm's nginx it ends in "+at.path+". A login page in between must let the bot through.",
		"%s: %swhat answers is not StackStorm", at.url, what)
}

// certificate adds to a good result what there is to say about the server's certificate.
func (e *examination) certificate(at endpoint, c *x509.Certificate, r Result) Result {
	u, err := url.Parse(at.url)
	if c == nil || err != nil {
		return r
	}
	left := time.Until(c.NotAfter)
	switch {
	case left < 0:
		return warn("Renew the certificate.", "%s; its certificate, which is not checked, is out of date: %s", r.Summary, period(c))
	case left < expiryNotice:
		return warn("Renew the certificate.", "%s; its certificate ends on %s", r.Summary, day(c.NotAfter))
	case c.VerifyHostname(u.Hostname()) != nil:
		return warn("Have a certificate made for "+u.Hostname()+".", "%s; its certificate, which is not checked, is for %s", r.Summary, namesOf(c))
	}
	r.Summary += "; its certificate is good until " + day(c.NotAfter)
	if e.Client.SkipVerify {
		r.Summary += ", but not checked"
	}
	return r
}

func (e *examination) clock(context.Context) Result {
	if e.clockSkew == nil {
		return skip("the server does not tell its time")
	}
	skew := e.clockSkew.Round(time.Second)
	if skew.Abs() < skewNotice {
		return ok("the same here and there")
	}
	where := "ahead of"
	if skew < 0 {
		where = "behind"
	}
	return warn("Set both clocks by NTP: timedatectl.", "StackStorm's clock is %s %s this machine's", skew.Abs(), where)
}
