package xmpp

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"mellium.im/xmpp/stanza"

	"github.com/go-errbot/errbot/backend"
)

const (
	uploadTimeout = 2 * time.Minute
	// maxItems bounds how many services of a server are asked whether they take files.
	maxItems = 50
)

// upload is where files go.
type upload struct {
	address string // empty when the server takes no files
	largest int64  // bytes; 0 when it does not say
}

// uploader returns a client that trusts the same authorities as the connection does.
func uploader(trust *tls.Config) *http.Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig = &tls.Config{RootCAs: trust.RootCAs, InsecureSkipVerify: trust.InsecureSkipVerify}
	transport.DisableKeepAlives = true // files are rare; nothing stays open
	return &http.Client{Transport: transport, Timeout: uploadTimeout}
}

// SendFile implements [backend.FileSender] with a file that the server keeps (XEP-0363).
// Where it keeps none, the error wraps [errors.ErrUnsupported]. The text goes before the file
// as a message of its own, since clients show a file only when its address is all that a
// message says.
func (b *Backend) SendFile(ctx context.Context, f *backend.Upload, m *backend.Message) (backend.Ref, error) {
	c, err := b.current()
	if err != nil {
		return backend.Ref{}, fmt.Errorf("xmpp: send the file %s: %w", f.Name, err)
	}
	url, err := c.put(ctx, f)
	if err != nil {
		return backend.Ref{}, fmt.Errorf("xmpp: send the file %s: %w", f.Name, err)
	}
	if strings.TrimSpace(m.Body) != "" {
		if _, err := b.Send(ctx, m); err != nil {
			return backend.Ref{}, err
		}
	}
	return b.send(ctx, "send the file "+f.Name, m.Ref, &message{
		Body:   []string{url},
		Thread: m.Thread,
		Files:  []oob{{URL: url}},
	})
}

// put gives a file to the server and returns the address from which people get it.
func (c *conn) put(ctx context.Context, f *backend.Upload) (string, error) {
	to, err := c.uploadService(ctx)
	switch {
	case err != nil:
		return "", err
	case to.address == "":
		return "", fmt.Errorf("the server takes no files: %w", errors.ErrUnsupported)
	case to.largest > 0 && int64(len(f.Content)) > to.largest:
		return "", fmt.Errorf("%w: the server takes %d bytes", backend.ErrFileTooLarge, to.largest)
	}
	a, err := c.ask(ctx, &iq{Type: "get", To: to.address, Upload: &uploadRequest{Name: f.Name, Size: len(f.Content), Type: f.Type}})
	var refused *refusal
	if errors.As(err, &refused) && refused.stanza.Condition == stanza.NotAcceptable {
		return "", fmt.Errorf("%w: %w", backend.ErrFileTooLarge, err)
	}
	if err != nil {
		return "", err
	}
	if a.Slot == nil || a.Slot.Get.URL == "" {
		return "", errors.New("the server names no place for the file")
	}
	return a.Slot.Get.URL, c.transfer(ctx, a.Slot, f)
}

// transfer brings a file to where the server wants it.
func (c *conn) transfer(ctx context.Context, to *uploadSlot, f *backend.Upload) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPut, to.Put.URL, bytes.NewReader(f.Content))
	if err != nil {
		return err
	}
	if f.Type != "" {
		request.Header.Set("Content-Type", f.Type)
	}
	for _, h := range to.Put.Headers {
		switch http.CanonicalHeaderKey(h.Name) {
		case "Authorization", "Cookie", "Expires": // others are to be ignored, says the protocol
			request.Header.Set(h.Name, strings.NewReplacer("\r", "", "\n", "").Replace(h.Value))
		}
	}
	response, err := c.http.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	switch response.StatusCode {
	case http.StatusOK, http.StatusCreated, http.StatusNoContent:
		return nil
	case http.StatusRequestEntityTooLarge:
		return fmt.Errorf("%w: %s", backend.ErrFileTooLarge, response.Status)
	}
	return fmt.Errorf("the server did not take it: %s", response.Status)
}

// uploadService returns where the account's server takes files.
func (c *conn) uploadService(ctx context.Context) (upload, error) {
	own := c.options.account.Domainpart()
	if known, ok := c.services.upload.get(own); ok {
		return known, nil
	}
	a, err := c.ask(ctx, &iq{Type: "get", To: own, Items: &discoItems{}})
	if err != nil {
		return upload{}, err
	}
	candidates := []string{own}
	if a.Items != nil {
		for _, item := range a.Items.Items[:min(len(a.Items.Items), maxItems)] {
			candidates = append(candidates, item.JID)
		}
	}
	var found upload
	for _, address := range candidates {
		info, err := c.info(ctx, address)
		if err == nil && info.has(nsUpload) {
			found = upload{address: address, largest: info.largestFile()}
			break
		}
	}
	if ctx.Err() == nil && c.alive() {
		c.services.upload.put(own, found)
	}
	return found, nil
}

// largestFile returns how large a file may be; 0 when that is not said.
func (i *discoInfo) largestFile() int64 {
	for _, f := range i.Forms {
		for _, field := range f.Fields {
			if field.Var == "max-file-size" && len(field.Values) > 0 {
				n, _ := strconv.ParseInt(strings.TrimSpace(field.Values[0]), 10, 64)
				return n
			}
		}
	}
	return 0
}
