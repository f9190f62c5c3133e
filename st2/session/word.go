package session

import (
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/go-errbot/errbot/bot/secret"
)

// The length of a secret word without the white space around it.
const (
	MinWord = 6   // characters
	MaxWord = 256 // bytes
)

// wordRounds is small because the hash never leaves memory and lives as long as a
// link, which takes a handful of guesses; and because anybody can make us compute it.
const wordRounds = 20_000

// wordHash is what is kept of a secret word. No word fits the zero one, and finding
// that out takes as long as with any other.
type wordHash struct {
	salt [16]byte
	sum  [sha256.Size]byte
}

// hashWord returns the hash of a word, with a new salt.
func hashWord(word secret.String) (wordHash, error) {
	if err := checkWord(trimWord(word)); err != nil {
		return wordHash{}, err
	}
	var h wordHash
	rand.Read(h.salt[:]) // never fails
	sum, err := h.of(word)
	h.sum = sum
	return h, err
}

// fits reports whether the hash is that of word.
func (h wordHash) fits(word secret.String) (bool, error) {
	sum, err := h.of(word)
	return subtle.ConstantTimeCompare(sum[:], h.sum[:]) == 1, err
}

func (h wordHash) of(word secret.String) ([sha256.Size]byte, error) {
	sum, err := pbkdf2.Key(sha256.New, trimWord(word), h.salt[:], wordRounds, sha256.Size)
	if err != nil {
		return [sha256.Size]byte{}, fmt.Errorf("hash the secret word: %w", err)
	}
	return [sha256.Size]byte(sum), nil
}

// trimWord drops what slips in when a word is pasted.
func trimWord(word secret.String) string { return strings.TrimSpace(word.Reveal()) }

func checkWord(word string) error {
	switch {
	case word == "":
		return fmt.Errorf("%w: it is missing", ErrBadWord)
	case len(word) > MaxWord:
		return fmt.Errorf("%w: it has more than %d bytes", ErrBadWord, MaxWord)
	case !utf8.ValidString(word) || strings.ContainsFunc(word, unicode.IsControl):
		return fmt.Errorf("%w: it has characters that cannot be typed", ErrBadWord)
	case utf8.RuneCountInString(word) < MinWord:
		return fmt.Errorf("%w: it has less than %d characters", ErrBadWord, MinWord)
	}
	return nil
}
