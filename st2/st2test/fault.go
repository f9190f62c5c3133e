package st2test

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/go-errbot/errbot/st2/st2test/internal/pyjson"
)

// apiError is an error with the status and the fault string it is answered with.
type apiError struct {
	status int
	text   string
	extra  []any // further keys of the body, before the fault string
}

func (e *apiError) Error() string { return e.text }

func (e *apiError) body() *pyjson.Object {
	body := pyjson.Of(e.extra...)
	body.Set("faultstring", e.text)
	return body
}

func badRequest(format string, args ...any) error {
	return &apiError{status: http.StatusBadRequest, text: fmt.Sprintf(format, args...)}
}

func unauthorized(text string) error {
	return &apiError{status: http.StatusUnauthorized, text: text}
}

func forbidden(format string, args ...any) error {
	return &apiError{status: http.StatusForbidden, text: fmt.Sprintf(format, args...)}
}

func notFound(format string, args ...any) error {
	return &apiError{status: http.StatusNotFound, text: fmt.Sprintf(format, args...)}
}

// noSuchPath is the answer to a path or method that no route has.
func noSuchPath() error { return notFound("The resource could not be found.") }

// asAPIError makes every other error the 500 that an uncaught exception gives there.
func asAPIError(err error) *apiError {
	var e *apiError
	if errors.As(err, &e) {
		return e
	}
	return &apiError{status: http.StatusInternalServerError, text: "Internal Server Error"}
}
