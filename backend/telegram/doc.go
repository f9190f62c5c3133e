// Package telegram is the backend for Telegram: a bot account, over the Bot API with long
// polling.
//
// Requests and the types of the wire are go-telegram/bot's. Polling is our own: the library
// confirms updates before anybody has dealt with them, and retries by itself.
//
// Webhooks, inline queries, buttons and payments do not belong here.
package telegram
