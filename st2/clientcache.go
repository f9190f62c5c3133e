package st2

import (
	"sync"
	"time"

	"github.com/go-errbot/errbot/st2/client"
)

// maxClients bounds the clients that are kept for the people who used the bot last.
const maxClients = 1000

// clientCache keeps one client for each identity, so that a token or a list of aliases is
// asked for once. The zero value is ready and safe for concurrent use.
type clientCache struct {
	mu    sync.Mutex
	byKey map[string]*cachedClient
}

type cachedClient struct {
	client *client.Client
	used   time.Time
}

// get returns the client of an identity, which is made when there is none. create must not
// block.
func (c *clientCache) get(key string, create func() *client.Client) *client.Client {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.byKey[key]
	if e == nil {
		c.makeRoom()
		e = &cachedClient{client: create()}
		c.byKey[key] = e
	}
	e.used = time.Now()
	return e.client
}

// makeRoom drops the client that was used longest ago, when there are too many.
func (c *clientCache) makeRoom() {
	if c.byKey == nil {
		c.byKey = map[string]*cachedClient{}
	}
	if len(c.byKey) < maxClients {
		return
	}
	oldest := ""
	for key, e := range c.byKey {
		if oldest == "" || e.used.Before(c.byKey[oldest].used) {
			oldest = key
		}
	}
	delete(c.byKey, oldest)
}

// drop forgets the client of an identity.
func (c *clientCache) drop(key string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.byKey, key)
}
