//go:build tools

// Package server is where the tests of the Matrix backend get their homeserver from: a
// module of its own, so that nothing of it is in the module that people import.
package server

import _ "github.com/matrix-org/dendrite/cmd/dendrite"
