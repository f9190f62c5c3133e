//go:build !race

package st2_test

// numbered is how many announcements, and how many commands, each fault has to get through.
const numbered = 1000
