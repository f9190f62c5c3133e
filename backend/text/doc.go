// Package text is the chat network of one person at a terminal, or of a script behind a
// pipe.
//
// On a terminal it edits lines, keeps a history, completes commands and shows colours;
// the bot's messages appear above the line that is being edited. Otherwise every line of
// the input is one message, and the next one is read when everything that it started has
// ended, so that a script's output is in the order of its input.
//
// There is one person at a time, and one place where that person is: in private with the
// bot, or in a room. [Backend.AsUser], [Backend.InRoom] and their like change both, so
// that access rules can be tried out. The chat commands that call them are a plugin and
// do not live here.
package text
