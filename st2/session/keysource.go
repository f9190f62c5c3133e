package session

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"

	"github.com/go-errbot/errbot/bot/secret"
)

const (
	maxKeyText     = 4 << 10 // bytes
	keyCommandTime = 30 * time.Second
)

// KeySource says where the key's text is. One field must be set.
type KeySource struct {
	File    string   // a file that holds it
	Env     string   // an environment variable that holds it
	Command []string // a program, with its arguments, that prints it within 30 seconds; no shell
}

// Key reads the key, which must be fit for [ParseKey]. Errors do not contain it, nor
// the command's arguments or output.
func (s KeySource) Key(ctx context.Context) (Key, error) {
	text, err := s.text(ctx)
	if err != nil {
		return Key{}, fmt.Errorf("read the key of the secret store: %w", err)
	}
	key, err := ParseKey(text)
	if err != nil {
		return Key{}, fmt.Errorf("read the key of the secret store from %s: %w", s.name(), err)
	}
	return key, nil
}

func (s KeySource) text(ctx context.Context) (secret.String, error) {
	switch {
	case (s.File != "") == (s.Env != "") && len(s.Command) == 0,
		(s.File != "" || s.Env != "") && len(s.Command) > 0:
		return "", errors.New("expected one of a file, an environment variable or a command")
	case s.File != "":
		return keyFromFile(s.File)
	case s.Env != "":
		return keyFromEnv(s.Env)
	}
	return keyFromCommand(ctx, s.Command)
}

func (s KeySource) name() string {
	switch {
	case s.File != "":
		return s.File
	case s.Env != "":
		return "$" + s.Env
	}
	return "the output of " + s.Command[0]
}

func keyFromFile(path string) (secret.String, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	var text keyText
	if _, err := io.Copy(&text, f); err != nil {
		return "", fmt.Errorf("%s: %w", path, err)
	}
	return text.secret(), nil
}

func keyFromEnv(name string) (secret.String, error) {
	text, ok := os.LookupEnv(name)
	if !ok {
		return "", fmt.Errorf("the environment variable %s is not set", name)
	}
	return secret.String(text), nil
}

func keyFromCommand(ctx context.Context, command []string) (secret.String, error) {
	ctx, cancel := context.WithTimeout(ctx, keyCommandTime)
	defer cancel()
	var text keyText
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Stdout = &text
	cmd.WaitDelay = time.Second // for children of the command that hold its output open
	err := cmd.Run()
	// A command that is cut short fails, but not for a reason of its own.
	if cause := cmp.Or(ctx.Err(), text.err); cause != nil {
		err = cause
	}
	if err != nil {
		return "", fmt.Errorf("run %s (run it yourself to see what it says): %w", command[0], err)
	}
	return text.secret(), nil
}

// keyText collects a key's text and refuses what is too long to be one.
type keyText struct {
	buffer bytes.Buffer
	err    error
}

func (t *keyText) Write(p []byte) (int, error) {
	if t.buffer.Len()+len(p) > maxKeyText {
		t.err = fmt.Errorf("more than %d bytes: this is not a key", maxKeyText)
		return 0, t.err
	}
	return t.buffer.Write(p)
}

func (t *keyText) secret() secret.String { return secret.String(t.buffer.String()) }
