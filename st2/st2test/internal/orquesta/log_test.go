package orquesta_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-errbot/errbot/st2/st2test/internal/orquesta"
)

func TestLog(t *testing.T) {
	var pieces []string
	log := orquesta.NewLog("w", func(text string) { pieces = append(pieces, text) })
	for _, task := range []orquesta.Task{{Name: "one", ID: "t1", Execution: "e1"}, {Name: "two", ID: "t2", Execution: "e2"}} {
		log.Requested(task)
		log.Reached(task, "scheduled", "running", "succeeded")
		log.Completed(task, "succeeded")
	}
	log.Ended("succeeded")
	all := strings.Join(pieces, "")
	require.True(t, strings.HasPrefix(all, "Workflow execution \"w\" is created.\n"))
	require.Contains(t, all, "next: one (route 0)\nUpdating workflow execution from status \"requested\" to \"running\".\nRequesting execution for task \"one\"")
	require.Contains(t, all, "after completion of task \"one\", route \"0\".\nIdentified the following set of tasks to execute next: two (route 0)\nRequesting")
	require.Equal(t, 1, strings.Count(all, "is created."))
	require.Equal(t, 6, strings.Count(all, "is updated and in"))
	require.True(t, strings.HasSuffix(all, "execute next.\n\n\nThe workflow execution is completed with status \"succeeded\".\n\n\n"))
}
