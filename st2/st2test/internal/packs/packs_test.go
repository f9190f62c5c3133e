package packs_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/st2/st2test/internal/packs"
	"github.com/go-errbot/errbot/st2/st2test/internal/pyjson"
)

func TestShop(t *testing.T) {
	core, github := pyjson.Of("name", "core"), pyjson.Of("name", "github", "description", "Work with GitHub")
	shop := packs.Shop{Installed: []*pyjson.Object{core}, Known: []*pyjson.Object{core, github}}
	for want, got := range map[string]any{
		`{"pack":{"name":"core"},"git_status":null}`:                           shop.Get("core"),
		`{"pack":null,"git_status":null}`:                                      shop.Get("github"),
		`{"pack":{"name":"github","description":"Work with GitHub"}}`:          shop.Show("github"),
		`[{"name":"github","description":"Work with GitHub"}]`:                 shop.Search("WORK"),
		`[{"name":"core"},{"name":"github","description":"Work with GitHub"}]`: shop.Search(""),
		`[]`: shop.Search("zzz"),
	} {
		require.Equal(t, want, string(pyjson.Encode(got)))
	}
}
