// Package fault holds the errors that StackStorm answers with a status and a fault string.
package fault

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/go-errbot/errbot/st2/st2test/internal/pyjson"
)

// Error is an error with the status and the fault string it is answered with.
type Error struct {
	Status int
	Text   string
	Extra  []any // further keys of the body with their values, before the fault string
	Nginx  bool  // answered by nginx in front of the service, as a page
}

// Error implements error.
func (e *Error) Error() string { return e.Text }

// Body is the JSON that tells the error.
func (e *Error) Body() *pyjson.Object {
	body := pyjson.Of(e.Extra...)
	body.Set("faultstring", e.Text)
	return body
}

// Page is nginx's page about the error.
func (e *Error) Page() string {
	title := fmt.Sprintf("%d %s", e.Status, e.Text)
	return "<html>\r\n<head><title>" + title + "</title></head>\r\n<body>\r\n<center><h1>" + title +
		"</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
}

// BadRequest is a 400.
func BadRequest(format string, args ...any) error {
	return &Error{Status: http.StatusBadRequest, Text: fmt.Sprintf(format, args...)}
}

// Unauthorized is a 401.
func Unauthorized(text string) error {
	return &Error{Status: http.StatusUnauthorized, Text: text}
}

// Forbidden is a 403.
func Forbidden(format string, args ...any) error {
	return &Error{Status: http.StatusForbidden, Text: fmt.Sprintf(format, args...)}
}

// NotFound is a 404.
func NotFound(format string, args ...any) error {
	return &Error{Status: http.StatusNotFound, Text: fmt.Sprintf(format, args...)}
}

// NoSuchPath is the 404 of a path or method that no route has.
func NoSuchPath() error { return NotFound("The resource could not be found.") }

// Of returns the fault that an error is. Every other error is the 500 that an uncaught
// exception gives there.
func Of(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return &Error{Status: http.StatusInternalServerError, Text: "Internal Server Error"}
}
