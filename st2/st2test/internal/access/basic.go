package access

import (
	"encoding/base64"
	"strings"

	"github.com/go-errbot/errbot/st2/st2test/internal/fault"
)

// Refused is the fault of one whom the auth service does not know.
func Refused() error { return fault.Unauthorized("Invalid or missing credentials") }

// ParseBasic reads an Authorization header. What Python fails to unpack is a 400 there.
func ParseBasic(header string) (name, password string, err error) {
	if header == "" {
		return "", "", Refused()
	}
	parts := strings.Split(header, " ")
	switch {
	case len(parts) < 2:
		return "", "", fault.BadRequest("not enough values to unpack (expected 2, got 1)")
	case len(parts) > 2:
		return "", "", fault.BadRequest("too many values to unpack (expected 2)")
	case !strings.EqualFold(parts[0], "basic"):
		return "", "", Refused()
	}
	decoded, err := base64.StdEncoding.DecodeString(parts[1])
	if err != nil {
		return "", "", Refused()
	}
	name, password, found := strings.Cut(string(decoded), ":")
	if !found {
		return "", "", Refused()
	}
	return name, password, nil
}
