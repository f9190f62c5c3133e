// Package session links a chat user to StackStorm credentials. It holds who is who:
// the sessions, the one-time links with which people log in, and the stores in which
// their credentials are kept. It knows nothing of chat, of HTTP or of StackStorm's
// API: a user is a key, an address is a value to count by, and whether a credential
// is good is for the caller to find out. It logs nothing and starts no goroutine.
//
// # A session's way
//
// [Manager.Start] makes a session that waits, with a link and a secret word that the
// user chose in the chat. [Manager.Redeem] turns it into an authenticated session:
// it wants the link, the word, and a credential that the caller found to be good.
// [Manager.Lookup] then finds the credential by the user's key, until the session is
// ended ([Manager.End]), cancelled ([Manager.Cancel]), lost because StackStorm no
// longer takes the credential ([Manager.Lost]), or over: after the TTL, counted from
// the login, or when its token expires, whichever is first.
//
// A user has at most one session that waits and one that is authenticated. Starting
// again replaces the one that waits. The authenticated one stays as it is, whatever
// happens to links, until another login succeeds: that one takes its place.
//
// Sessions that wait live in memory. An authenticated session is one entry of the
// [SecretStore], metadata and credential together, under the user's key, and nowhere
// else. So with a persistent store it survives a restart; links never do.
//
// # A link's states
//
//	state      entered by                         Redeem answers
//	waiting    Start                              success, or the reason why not
//	used       a Redeem that succeeded            ErrUsed
//	expired    the end of LinkTTL                 ErrExpired
//	blocked    its last attempt having failed     *TooManyAttemptsError, After 0
//	withdrawn  Start again, End, Cancel           ErrWithdrawn
//	unknown    not ours, forgotten, or a restart  ErrUnknown
//
// Only waiting links lead anywhere, and no state is ever left for waiting. Looking
// at a link ([Manager.Link]) changes nothing. An attempt at a waiting link ends thus:
//
//	what is wrong                 Redeem answers    the link   counts as an attempt
//	nothing                       the session       used       no
//	the word                      ErrWrongWord      waiting    yes
//	the credential                validate's error  waiting    yes
//	it could not be checked       ErrNotChecked     waiting    no
//	another attempt is under way  ErrBusy           waiting    no
//	the store cannot keep it      the store's       waiting    yes
//	it was withdrawn meanwhile    ErrWithdrawn      withdrawn  yes
//
// Attempts are counted before the word is looked at, for the link and for the
// address; so attempts in parallel cannot outrun the limits. For an address also the
// attempts at links that are not waiting count. One attempt at a time passes from
// the right word to the credential; so a link is used once, also under concurrency.
//
// # What is kept of secrets
//
// Passwords never reach this package. Of a secret word a salted hash is kept, in
// memory, while its link waits. Credentials are in the secret store alone. Errors
// and the String methods contain none of them.
package session
