// Package slack is the backend for a Slack workspace: an app with a bot user, connected
// through Socket Mode.
//
// Calls of the Web API and most of its types are github.com/slack-go/slack's. The websocket
// is read here and not by that module's socketmode.Client, which connects again by itself
// (the host does that here), does not say when it cannot, and hands events on before it has
// acknowledged them.
//
// What people type reaches the host as they see it: names in the place of IDs, and no
// escapes. What the host sends goes out as rich text, in which nothing but what the package
// puts there on purpose can be a mention or a link.
package slack
