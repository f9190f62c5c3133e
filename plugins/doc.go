// Package plugins lists the plugins that every bot has. Each is a package of its own below
// this one, with a README:
//
//   - help: help, apropos and about
//   - utils: echo, whoami and history
//   - health: status, uptime, and stopping a command that runs
//   - textcmds: who talks, and where, for the text backend only; not part of [Core]
//
// The plugins know the host, package bot, and not each other. What connects a bot to
// StackStorm lives in package st2.
package plugins
