package client

import "context"

// OnError returns a Client that is c in everything, its token included, except that
// the error of a request that failed passes through translate, which returns it as it is, or
// wraps it in one that says more. translate gets the context of the call, and may be
// called by several goroutines at once.
func (c *Client) OnError(translate func(ctx context.Context, err error) error) *Client {
	translated := *c
	translated.translate = translate
	return &translated
}
