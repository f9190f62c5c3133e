package telegram

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// numbersLast is for how long the numbers of updates go on from the last one: after a week
// without any, Telegram begins with another number. What was confirmed is not told again.
const numbersLast = 6 * 24 * time.Hour

// offset knows which updates have been dealt with.
type offset struct {
	file   string // empty when nothing is kept
	next   int64  // number of the next update; 0 when that is not known
	at     time.Time
	loaded bool
}

// load reads what an earlier process has noted.
func (o *offset) load() error {
	if o.file == "" || o.loaded {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(o.file), 0o700); err != nil {
		return fmt.Errorf("telegram: note which updates have been dealt with: %w", err)
	}
	text, err := os.ReadFile(o.file)
	if errors.Is(err, fs.ErrNotExist) {
		o.loaded = true
		return nil
	}
	if err != nil {
		return fmt.Errorf("telegram: read which updates have been dealt with: %w", err)
	}
	number, when, _ := strings.Cut(strings.TrimSpace(string(text)), " ")
	next, err := strconv.ParseInt(number, 10, 64)
	at, timeErr := time.Parse(time.RFC3339, when)
	if err := errors.Join(err, timeErr); err != nil {
		return fmt.Errorf("telegram: %s does not say which updates have been dealt with: %w", o.file, err)
	}
	o.next, o.at, o.loaded = next, at, true
	return nil
}

// get returns the number of the next update, or 0 for whatever Telegram has.
func (o *offset) get() int64 {
	if time.Since(o.at) > numbersLast {
		o.next = 0
	}
	return o.next
}

// isNew reports whether an update has not been dealt with.
func (o *offset) isNew(id int64) bool { return id >= o.next }

// reached notes that an update is being dealt with.
func (o *offset) reached(id int64) error {
	o.next, o.at = id+1, time.Now()
	if o.file == "" {
		return nil
	}
	text := fmt.Sprintf("%d %s\n", o.next, o.at.UTC().Format(time.RFC3339))
	if err := os.WriteFile(o.file+".new", []byte(text), 0o600); err != nil {
		return fmt.Errorf("telegram: note which updates have been dealt with: %w", err)
	}
	if err := os.Rename(o.file+".new", o.file); err != nil {
		return fmt.Errorf("telegram: note which updates have been dealt with: %w", err)
	}
	return nil
}
