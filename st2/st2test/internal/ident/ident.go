// Package ident makes ids and timestamps of the form that StackStorm gives them.
package ident

import (
	"crypto/rand"
	"encoding/hex"
	"time"
)

// Timestamp is a time as StackStorm writes it: in UTC, with microseconds.
func Timestamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000Z") }

// UUID returns a random UUID.
func UUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	h := hex.EncodeToString(b[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

// ObjectID returns an id of the form that MongoDB gives: 24 hexadecimal digits.
func ObjectID() string {
	var b [12]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}
