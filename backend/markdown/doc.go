// Package markdown turns one message body in Markdown into text for a network
// without markup, into text for a terminal, or into text and the ranges of it that are to
// look in some way.
//
// Its parser is set up for chat, where the output of commands travels through the same
// messages as prose: every line break and every indentation stays as typed, and what a
// document would read as a rule, as an underlined heading, as indented code or as HTML
// stays literally. What is left is emphasis, code, headings, lists, quotes, links,
// images, tables, backslash escapes, entities and attribute lists such as
// {:color='red'}.
//
// Networks with a markup of their own do not belong here: each backend renders its own.
package markdown
