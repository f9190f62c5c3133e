// Package secret holds the type of values that must never be printed:
// passwords, tokens, keys and secret words. It knows nothing of where they come
// from or how they are kept.
package secret

import (
	"crypto/subtle"
	"fmt"
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

// Format prints the mask for every verb of package fmt, also for those that make no sense.
// Package fmt does not ask for it where a secret is in an unexported field: such a struct
// needs a String method of its own.
func (s String) Format(f fmt.State, verb rune) {
	format := "%s"
	switch {
	case verb == 'q':
		format = "%q"
	case verb == 'v' && f.Flag('#'):
		format = "secret.String(%q)"
	}
	_, _ = fmt.Fprintf(f, format, s.String()) // fmt collects in memory
}

// LogValue implements [slog.LogValuer].
func (s String) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText masks the secret in JSON and in every other encoding that asks.
func (s String) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// MarshalYAML masks the secret in YAML.
func (s String) MarshalYAML() (any, error) { return s.String(), nil }
