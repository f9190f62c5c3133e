// Package xmpp is the backend for XMPP (Jabber): one account on one server, over TLS, with
// SCRAM, and rooms of XEP-0045.
//
// Addresses, TLS, SASL and errors on the wire are those of mellium.im/xmpp. Its session
// serves no longer than until somebody is logged in: it knows no stream management, and
// without that a bot cannot tell whether the server has taken a message, nor get what was
// said while a connection was lost. Of the two libraries it is the better one all the same:
// the other, github.com/xmppo/go-xmpp, has no contexts, no ids for what is sent, no bound
// for what arrives, and mixes reading, answering and logging in.
//
// What a message costs here is one write: the message and a request to acknowledge it
// (XEP-0198). In a room its reflection tells that it was taken. A connection that is lost
// is resumed by the next one: both sides then say what they have, and send the rest. Where a
// server has no stream management, a ping (XEP-0199) behind each message takes the place of
// the request, and there is nothing to resume.
//
// Access rules, commands and the splitting of long texts do not live here.
package xmpp
