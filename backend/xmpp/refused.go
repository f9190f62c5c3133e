package xmpp

import (
	"encoding/xml"
	"errors"

	"mellium.im/sasl"
)

// isRefusal reports whether an error of the authentication says that the account is not let
// in, and not that the connection has been lost or that the server cannot tell now. The
// library's type for the server's word cannot be named; it can be read, though.
func isRefusal(err error) bool {
	if errors.Is(err, sasl.ErrAuthn) || errors.Is(err, sasl.ErrInvalidChallenge) {
		return true // the server does not know the password
	}
	var word interface{ TokenReader() xml.TokenReader }
	if !errors.As(err, &word) {
		return false
	}
	failure := false
	for tokens := word.TokenReader(); ; {
		token, err := tokens.Token()
		if start, ok := token.(xml.StartElement); ok {
			switch start.Name.Local {
			case "failure":
				failure = true
			case "temporary-auth-failure":
				return false
			}
		}
		if err != nil || token == nil {
			return failure
		}
	}
}
