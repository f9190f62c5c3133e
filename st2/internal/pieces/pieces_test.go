package pieces_test

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/st2/internal/pieces"
)

func TestGather(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		printed, ended := make(chan string), make(chan error, 1)
		var shown []string
		p := pieces.New(func(text string) { shown = append(shown, text) })
		enough := errors.New("the end")
		go func() {
			printed <- "one\n"
			printed <- "two\n"
			<-time.After(2 * time.Second)
			printed <- strings.Repeat("x", 2000) + "\n" + strings.Repeat("y", 2000)
			printed <- "\n \n"
			ended <- enough
		}()
		require.Equal(t, enough, p.Gather(printed, ended, func() { t.Error("stopped") }))
		require.Equal(t, []string{"one\ntwo", strings.Repeat("x", 2000), strings.Repeat("y", 2000) + "\n "}, shown)
		require.False(t, p.Full())
	})
}

func TestGatherIsBounded(t *testing.T) {
	printed, ended := make(chan string), make(chan error, 1)
	all := 0
	p := pieces.New(func(text string) { all += len(text) })
	go func() { printed <- strings.Repeat("line\n", pieces.Most) }()
	require.NoError(t, p.Gather(printed, ended, func() {
		select {
		case ended <- nil:
		default:
		}
	}))
	require.True(t, p.Full())
	require.LessOrEqual(t, all, pieces.Most)
	require.Equal(t, pieces.Most, p.Shown())
}
