//go:build tools

// Package server is where the tests of the Mattermost backend get their server from: a
// module of its own, so that nothing of it is in the module that people import.
package server

import _ "github.com/mattermost/mattermost-server/v6/cmd/mattermost"
