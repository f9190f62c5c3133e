package session

import (
	"crypto/hkdf"
	"crypto/pbkdf2"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/go-errbot/errbot/bot/secret"
)

const (
	keySize       = 32
	minPassphrase = 12 // characters

	// passphraseRounds is what OWASP asks of PBKDF2 with SHA-256; a new number needs a
	// new version of the file.
	passphraseRounds = 600_000
)

// Key opens an [Encrypted] store. It prints as nothing but its name.
type Key struct {
	text       string // 32 bytes, or a passphrase
	passphrase bool
}

// ParseKey reads a key: 32 bytes in hexadecimal or base64 (either alphabet, padded or
// not), as "openssl rand -base64 32" makes them, or else a passphrase of at least 12
// characters, from which opening the store derives a key in some tenths of a second.
// White space around the text does not count.
func ParseKey(text secret.String) (Key, error) {
	t := strings.TrimSpace(text.Reveal())
	if raw := decodeKey(t); len(raw) == keySize {
		return Key{text: string(raw)}, nil
	}
	if utf8.RuneCountInString(t) < minPassphrase {
		return Key{}, fmt.Errorf("the key is too short: expected 32 bytes in base64, as \"openssl rand -base64 32\" makes them, or a passphrase of at least %d characters", minPassphrase)
	}
	return Key{text: t, passphrase: true}, nil
}

func decodeKey(text string) []byte {
	if raw, err := hex.DecodeString(text); err == nil {
		return raw
	}
	unpadded := strings.TrimRight(text, "=")
	for _, encoding := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		if raw, err := encoding.DecodeString(unpadded); err == nil {
			return raw
		}
	}
	return nil
}

// derive returns size bytes for use with a salt.
func (k Key) derive(salt []byte, size int) ([]byte, error) {
	if k.text == "" {
		return nil, errors.New("the key is not set")
	}
	master := []byte(k.text)
	if k.passphrase {
		var err error
		if master, err = pbkdf2.Key(sha256.New, k.text, salt, passphraseRounds, keySize); err != nil {
			return nil, fmt.Errorf("stretch the passphrase: %w", err)
		}
	}
	derived, err := hkdf.Key(sha256.New, master, salt, "errbot-go secrets 1", size)
	if err != nil {
		return nil, fmt.Errorf("derive the key: %w", err)
	}
	return derived, nil
}

// Format keeps every verb of fmt from printing the key.
func (k Key) Format(f fmt.State, _ rune) { fmt.Fprint(f, "key "+secret.Mask) }
