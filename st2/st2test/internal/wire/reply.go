package wire

import (
	"fmt"
	"net/http"

	"github.com/go-errbot/errbot/st2/st2test/internal/fault"
	"github.com/go-errbot/errbot/st2/st2test/internal/pyjson"
)

// Reply is an answer. Without a content type its body is a document, sent as JSON.
type Reply struct {
	Status      int
	Header      http.Header
	Body        any
	ContentType string
}

// Fault is the answer that tells an error.
func Fault(err error) *Reply {
	f := fault.Of(err)
	if f.Nginx {
		return &Reply{Status: f.Status, Body: f.Page(), ContentType: "text/html"}
	}
	return &Reply{Status: f.Status, Body: f.Body()}
}

// WriteError answers with a fault.
func WriteError(w http.ResponseWriter, err error) { Write(w, Fault(err)) }

// Write answers.
func Write(w http.ResponseWriter, a *Reply) {
	for name, values := range a.Header {
		w.Header()[name] = values
	}
	var text []byte
	switch {
	case a.Status == http.StatusNoContent:
	case a.ContentType != "":
		w.Header().Set("Content-Type", a.ContentType)
		text = []byte(fmt.Sprint(a.Body))
	default:
		w.Header().Set("Content-Type", "application/json")
		text = pyjson.Encode(a.Body)
	}
	w.WriteHeader(a.Status)
	_, _ = w.Write(text) // a client that went away needs no answer
}
