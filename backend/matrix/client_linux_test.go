package matrix_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"
)

// object is a JSON object.
type object = map[string]any

// client is somebody's client: plain calls of the client-server API, and none of mautrix.
type client struct {
	testing.TB
	server string
	token  string
	user   string
	calls  int
	http   *http.Client
}

// register makes an account.
func register(t testing.TB, server, name string) *client {
	c := &client{TB: t, server: server, http: oneShot}
	var made struct {
		UserID      string `json:"user_id"`
		AccessToken string `json:"access_token"`
	}
	c.must("POST", "register", object{"username": name, "password": password, "auth": object{"type": "m.login.dummy"}}, &made)
	c.user, c.token = made.UserID, made.AccessToken
	return c
}

// do makes a call and returns the status of the answer.
func (c *client) do(ctx context.Context, method, path string, body, into any) (int, []byte, error) {
	var data []byte
	if body != nil {
		data, _ = json.Marshal(body)
	}
	if !strings.HasPrefix(path, "/") {
		path = "/_matrix/client/v3/" + path
	}
	return c.send(ctx, method, path, "application/json", data, into)
}

func (c *client) send(ctx context.Context, method, path, kind string, data []byte, into any) (int, []byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, c.server+path, bytes.NewReader(data))
	if err != nil {
		return 0, nil, err
	}
	req.Header.Set("Content-Type", kind)
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err == nil && into != nil && resp.StatusCode == http.StatusOK {
		err = json.Unmarshal(answer, into)
	}
	return resp.StatusCode, answer, err
}

// must is do for what has to succeed.
func (c *client) must(method, path string, body, into any) {
	c.Helper()
	status, answer, err := c.do(context.Background(), method, path, body, into)
	require.NoError(c, err)
	require.Equal(c, http.StatusOK, status, "%s %s: %s", method, path, answer)
}

func (c *client) createRoom(options object) string {
	c.Helper()
	var made struct {
		RoomID string `json:"room_id"`
	}
	c.must("POST", "createRoom", options, &made)
	return made.RoomID
}

func (c *client) join(room string) {
	c.Helper()
	c.must("POST", "rooms/"+url.PathEscape(room)+"/join", object{}, nil)
}

func (c *client) leave(room string) {
	c.Helper()
	c.must("POST", "rooms/"+url.PathEscape(room)+"/leave", object{}, nil)
}

func (c *client) invite(room, user string) {
	c.Helper()
	c.must("POST", "rooms/"+url.PathEscape(room)+"/invite", object{"user_id": user}, nil)
}

func (c *client) setAccountData(kind string, content object) {
	c.Helper()
	c.must("PUT", "user/"+url.PathEscape(c.user)+"/account_data/"+kind, content, nil)
}

// event sends an event and returns its ID.
func (c *client) event(room, kind string, content object) string {
	c.Helper()
	c.calls++
	var made struct {
		EventID string `json:"event_id"`
	}
	c.must("PUT", fmt.Sprintf("rooms/%s/send/%s/t%d", url.PathEscape(room), kind, c.calls), content, &made)
	return made.EventID
}

// say sends a text and returns its ID.
func (c *client) say(room, text string) string {
	c.Helper()
	return c.event(room, "m.room.message", object{"msgtype": "m.text", "body": text})
}

func (c *client) redact(room, event string) string {
	c.Helper()
	c.calls++
	var made struct {
		EventID string `json:"event_id"`
	}
	c.must("PUT", fmt.Sprintf("rooms/%s/redact/%s/t%d", url.PathEscape(room), url.PathEscape(event), c.calls), object{}, &made)
	return made.EventID
}

// upload puts a file onto the server and returns its address.
func (c *client) upload(name string, content []byte) string {
	c.Helper()
	var made struct {
		ContentURI string `json:"content_uri"`
	}
	status, answer, err := c.send(context.Background(), "POST", "/_matrix/media/v3/upload?filename="+url.QueryEscape(name), "application/octet-stream", content, &made)
	require.NoError(c, err)
	require.Equal(c, http.StatusOK, status, "%s", answer)
	return made.ContentURI
}

func (c *client) download(uri string) []byte {
	c.Helper()
	status, answer, err := c.do(context.Background(), "GET", "/_matrix/client/v1/media/download/"+strings.TrimPrefix(uri, "mxc://"), nil, nil)
	require.NoError(c, err)
	require.Equal(c, http.StatusOK, status, "%s", answer)
	return answer
}

// happening is an event as a client is told of it.
type happening struct {
	Type    string `json:"type"`
	ID      string `json:"event_id"`
	Sender  string `json:"sender"`
	Content struct {
		Body          string `json:"body"`
		Format        string `json:"format"`
		FormattedBody string `json:"formatted_body"`
		Kind          string `json:"msgtype"`
		FileName      string `json:"filename"`
		URL           string `json:"url"`
		Membership    string `json:"membership"`
		Presence      string `json:"presence"`
		New           *struct {
			Body string `json:"body"`
		} `json:"m.new_content"`
		Mentions *struct {
			Users []string `json:"user_ids"`
			Room  bool     `json:"room"`
		} `json:"m.mentions"`
		Relates struct {
			Type  string `json:"rel_type"`
			Event string `json:"event_id"`
			Key   string `json:"key"`
		} `json:"m.relates_to"`
	} `json:"content"`
	Redacts string `json:"redacts"`
}

// watcher is a client that takes in what the server tells, by kind and room.
type watcher struct {
	*client
	mu     sync.Mutex
	queues map[string]chan happening
	stop   func()
}

// watch begins to take in what happens from now on.
func watch(c *client) *watcher {
	w := &watcher{client: c, queues: map[string]chan happening{}}
	w.begin()
	c.Cleanup(func() { w.stop() })
	return w
}

type news struct {
	Next  string `json:"next_batch"`
	Rooms struct {
		Join map[string]struct {
			Timeline struct {
				Events []happening `json:"events"`
			} `json:"timeline"`
		} `json:"join"`
		Invite map[string]any `json:"invite"`
	} `json:"rooms"`
	Presence struct {
		Events []happening `json:"events"`
	} `json:"presence"`
}

// begin makes one connection and keeps it, so that no goroutine comes later.
func (w *watcher) begin() {
	var first news
	transport := &http.Transport{}
	stream := *w.client
	stream.http = &http.Client{Transport: transport}
	stream.must("GET", "sync?timeout=0", nil, &first)
	ctx, cancel := context.WithCancel(context.Background())
	var done sync.WaitGroup
	done.Go(func() { w.follow(ctx, &stream, first.Next) })
	w.stop = func() {
		cancel()
		done.Wait()
		transport.CloseIdleConnections()
	}
}

func (w *watcher) follow(ctx context.Context, stream *client, since string) {
	filter := url.QueryEscape(`{"room":{"timeline":{"limit":5000}}}`)
	for {
		var n news
		status, _, err := stream.do(ctx, "GET", "sync?timeout=30000&filter="+filter+"&since="+url.QueryEscape(since), nil, &n)
		if ctx.Err() != nil {
			return
		}
		if err != nil || status != http.StatusOK {
			select {
			case <-time.After(50 * time.Millisecond): // the server may be starting again
				continue
			case <-ctx.Done():
				return
			}
		}
		since = n.Next
		for room := range n.Rooms.Invite {
			w.put("invite", room, happening{ID: room})
		}
		for _, e := range n.Presence.Events {
			w.put("presence", e.Sender, e)
		}
		for room, joined := range n.Rooms.Join {
			for _, e := range joined.Timeline.Events {
				w.sort(room, e)
			}
		}
	}
}

// sort puts an event of somebody else's where those look who wait for it.
func (w *watcher) sort(room string, e happening) {
	if e.Sender == w.user {
		return
	}
	c := e.Content
	switch {
	case e.Type == "m.reaction":
		w.put("reaction", room, e)
	case e.Type == "m.room.redaction":
		w.put("redaction", room, e)
	case e.Type == "m.room.member":
		w.put("member", room, e)
	case e.Type != "m.room.message":
	case c.Relates.Type == "m.replace":
		w.put("change", room, e)
	case c.URL != "":
		w.put("file", room, e)
		if c.Body != c.FileName {
			w.put("message", room, e)
		}
	case c.Relates.Type == "m.thread":
		w.put("answer", c.Relates.Event, e)
	default:
		w.put("message", room, e)
	}
}

func (w *watcher) put(kind, where string, e happening) { w.queue(kind, where) <- e }

func (w *watcher) queue(kind, where string) chan happening {
	w.mu.Lock()
	defer w.mu.Unlock()
	key := kind + " " + where
	if w.queues[key] == nil {
		w.queues[key] = make(chan happening, 50_000)
	}
	return w.queues[key]
}

// seen returns the next of a kind that happens somewhere.
func (w *watcher) seen(ctx context.Context, kind, where string) (happening, error) {
	select {
	case e := <-w.queue(kind, where):
		return e, nil
	case <-ctx.Done():
		return happening{}, ctx.Err()
	}
}

// see is seen for a test that expects something.
func (w *watcher) see(kind, where string) happening {
	w.Helper()
	ctx, cancel := context.WithTimeout(w.Context(), patience)
	defer cancel()
	e, err := w.seen(ctx, kind, where)
	require.NoError(w, err, "no %s in %s", kind, where)
	return e
}

// shown returns a message as a client shows it: of HTML what is text.
func (e happening) shown() string {
	text := e.Content.Body
	if e.Content.Format == "org.matrix.custom.html" {
		text = textOf(e.Content.FormattedBody)
	}
	return strings.ReplaceAll(text, "\u200b", "")
}

func textOf(page string) string {
	var out strings.Builder
	tokens := html.NewTokenizer(strings.NewReader(page))
	for {
		switch tokens.Next() {
		case html.TextToken:
			out.Write(tokens.Text())
		case html.ErrorToken:
			return out.String()
		}
	}
}

// mentions reports whether a message calls somebody, or everybody: by what it says of that,
// or, where it says nothing, by its text.
func (e happening) mentions(user string) bool {
	m := e.Content.Mentions
	if m == nil {
		return strings.Contains(e.Content.Body, user) || strings.Contains(e.Content.Body, "@room")
	}
	for _, u := range m.Users {
		if u == user {
			return true
		}
	}
	return m.Room || strings.Contains(e.Content.FormattedBody, "https://matrix.to/")
}
