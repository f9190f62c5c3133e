package client

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
)

// shortestCredential is the length in bytes below which a credential is not looked for: it
// would be found everywhere.
const shortestCredential = 4

// withoutCredentials returns an answer that is told in errors without the credentials that its
// request was sent with: what stands before StackStorm may repeat a request in its error pages.
func withoutCredentials(body []byte, sent http.Header) []byte {
	for _, secret := range credentials(sent) {
		if len(secret) < shortestCredential {
			continue
		}
		for _, written := range []string{secret, inJSON(secret, false), inJSON(secret, true)} {
			body = bytes.ReplaceAll(body, []byte(written), []byte("***"))
		}
	}
	return body
}

// credentials returns what in the headers of a request is secret.
func credentials(sent http.Header) []string {
	secrets := []string{sent.Get(tokenHeader), sent.Get(apiKeyHeader)}
	if encoded, isBasic := strings.CutPrefix(sent.Get("Authorization"), "Basic "); isBasic {
		secrets = append(secrets, encoded)
		if plain, err := base64.StdEncoding.DecodeString(encoded); err == nil {
			_, password, _ := strings.Cut(string(plain), ":")
			secrets = append(secrets, password)
		}
	}
	return secrets
}

// inJSON returns text as it stands in a JSON string.
func inJSON(text string, escapeHTML bool) string {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(escapeHTML)
	_ = encoder.Encode(text) // text has a JSON
	return strings.TrimSuffix(strings.TrimPrefix(out.String(), `"`), "\"\n")
}
