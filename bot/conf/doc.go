// Package conf reads configuration from YAML, strictly: whatever the program does
// not know or cannot use is an error that says where it stands and what was
// expected, and all such errors are found in one pass.
//
// A file is read in two steps. [Parse] makes a [Document]: YAML, with environment
// variables put in. [Document.Decode] fills a struct from it. The host decodes its
// own keys and keeps each plugin's section as a Document of its own, which the
// plugin decodes later, with the same strictness and the same positions.
//
// The package holds no configuration keys and no defaults; those live with whom
// they configure. It is used at start-up, never while a message is handled.
package conf
