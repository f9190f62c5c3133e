package conf_test

import (
	"errors"
	"testing"
	"time"

	"github.com/go-errbot/errbot/bot/conf"
	"github.com/go-errbot/errbot/bot/secret"
	"github.com/stretchr/testify/require"
)

func TestEncodeMasksSecrets(t *testing.T) {
	token := secret.String("hunter2")
	config := struct {
		Login   login                    `yaml:"login"`
		Nobody  *login                   `yaml:"nobody"`
		Named   map[string]secret.String `yaml:"named"`
		Listed  []secret.String          `yaml:"listed"`
		Omitted secret.String            `yaml:"omitted,omitempty"`
		Wait    conf.Seconds             `yaml:"wait"`
		Section *conf.Document           `yaml:"section"`
		Value   conf.Document            `yaml:"value"`
		None    *conf.Document           `yaml:"none"`
	}{
		Login:  login{User: "bot", Token: &token},
		Named:  map[string]secret.String{"a": "hunter2", "b": ""},
		Listed: []secret.String{"hunter2"},
		Wait:   conf.Seconds(time.Minute),
		Section: parse(t, `
base: &base {password: hunter2, retries: 3}
copy: {<<: *base, empty: null}
list: [hunter2, *base]
`),
	}
	config.Value = *parse(t, "key: hunter2")
	out, err := conf.Encode(config)
	require.NoError(t, err)
	require.NotContains(t, string(out), "hunter2")
	require.Equal(t, `login:
  user: bot
  password: ""
  token: '***'
nobody: null
named:
  a: '***'
  b: ""
listed:
  - '***'
wait: 60
section:
  base: {password: '***', retries: '***'}
  copy: {empty: null, password: '***', retries: '***'}
  list: ['***', {password: '***', retries: '***'}]
value:
  key: '***'
none: null
`, string(out))
}

type unprintable struct{}

func (unprintable) MarshalYAML() (any, error) { return nil, errors.New("no form") }

func TestEncodeReportsWhatCannotBePrinted(t *testing.T) {
	_, err := conf.Encode(unprintable{})
	require.EqualError(t, err, "print configuration: no form")
}
