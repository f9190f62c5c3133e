// Package login is the web side of logging in: the page on which people enter their
// StackStorm credentials, and the route that takes them. It knows nothing of chat or
// of StackStorm's API: whether credentials are good is for its user to find out, and
// who is who for package session.
//
// # Routes
//
//	GET  <the configured page>          the page
//	GET  /login/login.css, .js, .svg    what the page needs
//	GET  /login/authenticate/<link>     the link's state; changes nothing
//	POST /login/authenticate/<link>     uses the link up
//
// The id of the link is the fragment of the page's address, which browsers send to
// nobody. Everything secret is in the body of the POST, and nowhere else:
//
//	{"secret_word": "...", "username": "...", "password": "..."}
//	{"secret_word": "...", "token": "..."}
//	{"secret_word": "...", "api_key": "..."}
//
// The answer is {"return_code", "authenticated", "message", "link"}: see [Code], and
// [session.LinkState] for link. The HTTP status says the same in its own terms.
//
// # What guards it
//
// The page loads nothing from elsewhere, may not be framed, and is kept by no cache.
// A POST must be application/json and come from the page's own origin. Attempts are
// limited by package session, for each link and each address. Of what somebody
// entered nothing is logged, not even the user name: people paste passwords there.
package login
