// Package orquesta writes what StackStorm's workflow engine logs while it runs a workflow
// whose tasks run one after the other: that log is the output of the workflow's execution.
package orquesta

import "fmt"

// Task is one task of a workflow.
type Task struct {
	Name      string
	ID        string // of the task execution
	Execution string // id of the execution of its action
}

// Log is the log of one workflow execution. It is not safe for concurrent use.
type Log struct {
	id   string
	say  func(text string)
	last string // the task that has ended; empty before the first
}

// NewLog begins the log of a workflow execution. say gets it piece by piece.
func NewLog(id string, say func(text string)) *Log { return &Log{id: id, say: say} }

func (l *Log) line(format string, args ...any) { l.say(fmt.Sprintf(format, args...) + "\n") }

func (l *Log) gap() { l.say("\n\n") }

// Requested tells that a task was begun.
func (l *Log) Requested(t Task) {
	const next = "Identified the following set of tasks to execute next: %s (route 0)"
	if l.last == "" {
		l.line("Workflow execution \"%s\" is created.", l.id)
		l.line("Processing request for workflow execution.")
		l.line("Requesting conductor to start running workflow execution.")
		l.line("Identifying next set (iter 0) of tasks for workflow execution in status \"running\".")
		l.line(next, t.Name)
		l.line("Updating workflow execution from status \"requested\" to \"running\".")
	} else {
		l.afterLast()
		l.line(next, t.Name)
	}
	l.line("Requesting execution for task \"%s\", route \"0\".", t.Name)
	l.line("Task execution \"%s\" created for task \"%s\", route \"0\".", t.ID, t.Name)
	l.line("Action execution \"%s\" requested for task \"%s\", route \"0\".", t.Execution, t.Name)
	l.line("Identifying next set (iter 1) of tasks for workflow execution in status \"running\".")
	l.none()
}

func (l *Log) afterLast() {
	l.line("Identifying next set (iter 0) of tasks after completion of task \"%s\", route \"0\".", l.last)
}

func (l *Log) none() {
	l.line("No tasks identified to execute next.")
	l.gap()
}

// Reached tells the states that a task's execution has come to, in their order.
func (l *Log) Reached(t Task, states ...string) {
	for _, state := range states {
		l.line("Action execution \"%s\" for task \"%s\" is updated and in \"%s\" state.", t.Execution, t.Name, state)
	}
}

// Completed tells that a task has ended.
func (l *Log) Completed(t Task, state string) {
	l.line("Handling completion of action execution \"%s\" in status \"%s\" for task \"%s\", route \"0\".", t.Execution, state, t.Name)
	l.line("Updating task execution \"%s\" for task \"%s\" from status \"running\" to \"%s\".", t.ID, t.Name, state)
	l.last = t.Name
}

// Ended tells that the workflow has ended.
func (l *Log) Ended(state string) {
	l.line("Updating workflow execution from status \"running\" to \"%s\".", state)
	l.line("Workflow action execution is completed and invoking post run.")
	l.afterLast()
	l.none()
	l.line("The workflow execution is completed with status \"%s\".", state)
	l.gap()
}
