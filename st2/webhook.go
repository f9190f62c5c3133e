package st2

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"time"

	"github.com/go-errbot/errbot/bot"
	"github.com/go-errbot/errbot/st2/client"
	"github.com/go-errbot/errbot/st2/internal/delivery"
)

const (
	maxWebhookBody = 4 << 20          // bytes
	webhookTimeout = 10 * time.Second // for how long a caller waits while too much is queued
)

// webhook returns the route on which announcements are posted to the bot.
func (p *Plugin) webhook() bot.Route {
	return bot.Route{
		Path:    "/chatops/message",
		Methods: []string{http.MethodPost},
		MaxBody: maxWebhookBody,
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			status, err := p.post(r)
			answer := map[string]string{"status": "accepted"}
			if err != nil {
				answer = map[string]string{"status": "error", "error": err.Error()}
			}
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(status)
			_ = json.NewEncoder(w).Encode(answer) // the caller may have gone
		}),
	}
}

// post takes an announcement and returns the status to answer with.
func (p *Plugin) post(r *http.Request) (status int, err error) {
	l := p.life.Load()
	if l == nil {
		return http.StatusServiceUnavailable, errors.New("the plugin is being stopped")
	}
	payload, err := readPayload(r)
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return http.StatusRequestEntityTooLarge, errors.New("the body is larger than 4 MiB")
	case err != nil:
		return http.StatusBadRequest, err
	}
	announcement, err := decodePosted(l.cfg.RouteKey, payload)
	if err != nil {
		return http.StatusBadRequest, err
	}
	ctx, cancel := context.WithTimeout(r.Context(), webhookTimeout)
	defer cancel()
	switch err := l.take(ctx, announcement, l.courier.Posted); {
	case errors.Is(err, delivery.ErrNothing), errors.Is(err, delivery.ErrNowhere):
		return http.StatusBadRequest, err
	case err != nil:
		return http.StatusServiceUnavailable, errors.New("too many messages wait for the chat; try again later")
	}
	return http.StatusOK, nil
}

// readPayload returns the body, or the field "payload" of a form, as Errbot's webhooks have it.
func readPayload(r *http.Request) ([]byte, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if kind != "application/x-www-form-urlencoded" {
		return body, nil
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, errors.New("the body is not a form")
	}
	if !form.Has("payload") {
		return nil, errors.New(`the form has no field "payload"`)
	}
	return []byte(form.Get("payload")), nil
}

// decodePosted reads a payload the way StackStorm's own announcements are read.
func decodePosted(route string, payload []byte) (client.Announcement, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(payload, &fields); err != nil || fields == nil {
		return client.Announcement{}, errors.New("expected a JSON object with channel, message, user, whisper and extra")
	}
	data, err := json.Marshal(map[string]json.RawMessage{"payload": payload})
	if err != nil {
		return client.Announcement{}, err
	}
	return client.DecodeAnnouncement(client.Event{Name: client.AnnouncementPrefix + route, Data: data})
}
