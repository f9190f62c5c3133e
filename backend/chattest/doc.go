// Package chattest has a person talk with a whole bot on a chat network: the host, the
// core plugins and StackStorm ChatOps, against a StackStorm in memory. What
// [backendtest] states of a backend on its own, it shows from what a user types to what a
// user sees.
//
// It is for the tests of backends, and the only package below backend that knows the host
// and plugins.
package chattest
