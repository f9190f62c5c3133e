package secret_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"testing"

	"github.com/go-errbot/errbot/bot/secret"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"
)

// Every way in which Go code commonly turns a value into text.
func TestNeverPrinted(t *testing.T) {
	type config struct {
		Password secret.String `json:"password" yaml:"password"`
	}
	c := config{Password: "hunter2"}

	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		fmt.Fprintf(&out, verb+"\n", c)
		fmt.Fprintf(&out, verb+"\n", &c)
		fmt.Fprintf(&out, verb+"\n", c.Password)
	}
	for _, verb := range []string{"%q", "%x", "%X", "%d", "%t", "%08.3f", "%c", "%U", "%y"} {
		fmt.Fprintf(&out, verb+"\n", c.Password)
	}
	require.NoError(t, json.NewEncoder(&out).Encode(c))
	require.NoError(t, yaml.NewEncoder(&out).Encode(c))
	slog.New(slog.NewTextHandler(&out, nil)).Info("text", "config", c, "password", c.Password)
	slog.New(slog.NewJSONHandler(&out, nil)).Info("json", "config", c, "password", c.Password)

	require.NotContains(t, out.String(), "hunter2")
	require.NotContains(t, out.String(), fmt.Sprintf("%x", "hunter2"))
	require.NotContains(t, out.String(), fmt.Sprintf("%X", "hunter2"))
	require.Contains(t, out.String(), secret.Mask)
}

func TestUnsetIsVisible(t *testing.T) {
	require.Empty(t, secret.String("").String())
	require.Equal(t, secret.Mask, secret.String("x").String())
}

func TestEqual(t *testing.T) {
	s := secret.String("hunter2")
	require.True(t, s.Equal("hunter2"))
	require.False(t, s.Equal("hunter3"))
	require.False(t, s.Equal(""))
	require.Equal(t, "hunter2", s.Reveal())
}

func ExampleString() {
	password := secret.String("hunter2")
	fmt.Println("login with", password)
	// Output: login with ***
}
