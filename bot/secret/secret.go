// Package secret holds the type of values that must never be printed:
// passwords, tokens, keys and secret words. It knows nothing of where they come
// from or how they are kept.
package secret

import (
	"crypto/subtle"
	"log/slog"
)

// Mask is what a secret prints as.
const Mask = "***"

// String is a secret. It prints, logs and marshals as [Mask]; only [String.Reveal]
// gives the text, so that every place that uses a secret can be found by that name.
// The empty String prints as nothing: it tells a reader that the secret is not set.
type String string

// Reveal returns the secret's text, for the one call that must send or compare it.
func (s String) Reveal() string { return string(s) }

// Equal reports whether s and text are the same, in a time that depends on
// their lengths alone.
func (s String) Equal(text string) bool {
	return subtle.ConstantTimeCompare([]byte(s), []byte(text)) == 1
}

// String returns [Mask], or nothing when the secret is not set.
func (s String) String() string {
	if s == "" {
		return ""
	}
	return Mask
}

// GoString keeps %#v from printing the text.
func (s String) GoString() string { return `secret.String("` + s.String() + `")` }

// LogValue implements [slog.LogValuer].
func (s String) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText masks the secret in JSON and in every other encoding that asks.
func (s String) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// MarshalYAML masks the secret in YAML.
func (s String) MarshalYAML() (any, error) { return s.String(), nil }
