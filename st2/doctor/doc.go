// Package doctor examines whether a bot can do its work with StackStorm: from the name of
// the server up to an announcement that comes back on the stream. [Run] does it, one check
// after the other, each with what to do when it is not well. A check that needs what
// another one found broken is skipped, so that the first failure is the one to mend.
//
// Everything is bounded in time, and nothing is changed in StackStorm but for one
// announcement, the probe. It is marked ([IsProbe]), and addressed to nobody, so that no
// bot posts it.
//
// The package knows StackStorm through package client, and a chat network only as a
// [backend.Backend] that it connects once. What the plugin does is not its business; it
// imports neither the plugin nor the host, and prints nothing.
package doctor
