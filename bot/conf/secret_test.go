package conf_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-errbot/errbot/bot/conf"
	"github.com/go-errbot/errbot/bot/secret"
	"github.com/stretchr/testify/require"
)

type login struct {
	User     string         `yaml:"user"`
	Password secret.String  `yaml:"password"`
	Token    *secret.String `yaml:"token"`
}

// decodeLogin writes files and decodes a bot.yaml that lies beside them.
func decodeLogin(t *testing.T, dir string, files map[string]string, text string) (login, error) {
	t.Helper()
	for name, content := range files {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600))
	}
	text = "login:\n" + strings.ReplaceAll(text, "DIR", filepath.ToSlash(dir))
	doc, err := conf.Parse(filepath.Join(dir, "bot.yaml"), []byte(text), nil)
	require.NoError(t, err)
	var got login
	err = doc.Section("login").Decode(&got)
	return got, err
}

func TestSecretFromFile(t *testing.T) {
	for name, c := range map[string]struct{ content, want string }{
		"with a newline":     {"hunter2\n", "hunter2"},
		"without":            {"hunter2", "hunter2"},
		"from Windows":       {"hunter2\r\n", "hunter2"},
		"only one newline":   {"hunter2\n\n", "hunter2\n"},
		"spaces stay":        {" hunter2 \n", " hunter2 "},
		"several lines":      {"a\nb\n", "a\nb"},
		"not a variable":     {"${HOME}\n", "${HOME}"},
		"as large as may be": {strings.Repeat("x", 64<<10), strings.Repeat("x", 64<<10)},
	} {
		t.Run(name, func(t *testing.T) {
			for _, path := range []string{"pw", "./pw", "DIR/pw"} {
				got, err := decodeLogin(t, t.TempDir(), map[string]string{"pw": c.content}, "  password_file: "+path)
				require.NoError(t, err)
				require.Equal(t, c.want, got.Password.Reveal())
			}
		})
	}
}

func TestSecretFileForAPointer(t *testing.T) {
	got, err := decodeLogin(t, t.TempDir(), map[string]string{"t": "abc\n"}, "  token_file: t\n  password: null\n  password_file: t\n  user: u\n")
	require.NoError(t, err)
	require.Equal(t, "abc", got.Token.Reveal())
	require.Equal(t, "abc", got.Password.Reveal(), "a null password is not set, so its file counts")
}

func TestSecretFileFaults(t *testing.T) {
	files := map[string]string{"pw": "hunter2", "empty": "\n", "large": strings.Repeat("x", 64<<10+1)}
	for text, want := range map[string]string{
		"password: a\n  password_file: pw":  `line 3, column 3: give either "password" or "password_file", not both`,
		"password: ''\n  password_file: pw": `line 3, column 3: give either "password" or "password_file", not both`,
		"password_file: none":               "line 2, column 18: login.password_file: read the secret: open DIR/none: no such file or directory",
		"password_file: .":                  "line 2, column 18: login.password_file: read the secret: read DIR: is a directory",
		"password_file: empty":              "line 2, column 18: login.password_file: read the secret: DIR/empty is empty",
		"password_file: large":              "line 2, column 18: login.password_file: read the secret: DIR/large is larger than 65536 bytes",
		"password_file: ''":                 "line 2, column 18: login.password_file: expected the path of a file, not empty text",
		"password_file: [pw]":               "line 2, column 18: login.password_file: expected the path of a file, not a list",
		"user_file: pw":                     `line 2, column 3: unknown key "user_file"; did you mean "password_file"?`,
		"pasword_file: pw":                  `line 2, column 3: unknown key "pasword_file"; did you mean "password_file"?`,
		"password: [hunter2]":               "line 2, column 13: login.password: expected text, not a list",
	} {
		t.Run(text, func(t *testing.T) {
			dir := t.TempDir()
			_, err := decodeLogin(t, dir, files, "  "+text)
			require.Error(t, err)
			require.Equal(t, "DIR/bot.yaml: "+want, strings.ReplaceAll(err.Error(), dir, "DIR"))
		})
	}
}

func TestCauseOfAnUnreadableSecret(t *testing.T) {
	_, err := decodeLogin(t, t.TempDir(), nil, "  password_file: none")
	require.ErrorIs(t, err, fs.ErrNotExist)
}

func TestAStructMayHaveTheFileKeyItself(t *testing.T) {
	var got struct {
		Key  secret.String `yaml:"key"`
		File string        `yaml:"key_file"`
	}
	require.NoError(t, parse(t, "key_file: some.pem").Decode(&got))
	require.Equal(t, "some.pem", got.File)
	require.Empty(t, got.Key.Reveal())
}
