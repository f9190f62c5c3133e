// Package backend holds the chat model (people, rooms, messages, cards) and the
// contract that a chat network fulfils for the host in package bot.
//
// Each network lives in a folder of its own below this one; package backendtest
// states the contract as a test suite that all of them pass. Nothing here talks to
// a network, keeps state, or knows of commands, plugins and access rules.
package backend
