package login

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/go-errbot/errbot/st2/session"
)

// Code is a return_code.
type Code int

// The codes.
const (
	OK               Code = iota // logged in; or the link waits
	BadLink                      // the link leads nowhere: "link" has the reason
	BadRequest                   // the request is not what the page sends
	WrongWord                    // the secret word is another
	WrongCredentials             // StackStorm does not take the credentials
	TooManyAttempts              // from this address; the header Retry-After has the seconds
	Busy                         // another attempt is under way
	NotChecked                   // StackStorm could not be asked
	Failed                       // something else is wrong; the log has it
)

// answer is what the page gets to know.
type answer struct {
	status     int
	code       Code
	message    string
	retryAfter time.Duration
	why        string // for the log
}

// reply sends an answer.
func reply(w http.ResponseWriter, a *answer, link session.LinkState) {
	w.Header().Set("Content-Type", "application/json")
	if a.retryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(a.retryAfter.Seconds()))))
	}
	w.WriteHeader(a.status)
	_ = json.NewEncoder(w).Encode(struct { // the browser may have gone
		Code          Code              `json:"return_code"`
		Authenticated bool              `json:"authenticated"`
		Message       string            `json:"message"`
		Link          session.LinkState `json:"link"`
	}{a.code, a.code == OK && link == session.LinkUsed, a.message, link})
}

func success(account string) *answer {
	return &answer{status: http.StatusOK, code: OK, message: fmt.Sprintf("You are logged in to StackStorm as %s. Go back to the chat: your commands run in your name now.", account)}
}

func badRequest(status int, why string) *answer {
	return &answer{status: status, code: BadRequest, message: "This cannot be used: " + why + ".", why: why}
}

// aboutLink says what a link's state means to whoever has it.
func aboutLink(state session.LinkState) *answer {
	a := &answer{status: http.StatusGone, code: BadLink, why: "the link is " + string(state)}
	switch state {
	case session.LinkWaiting:
		return &answer{status: http.StatusOK, code: OK, message: "Waiting for you to log in."}
	case session.LinkUsed:
		a.message = "This login link has been used. Each link works once: ask the bot for a new one if you have to log in again."
	case session.LinkExpired:
		a.message = "This login link has expired. Ask the bot for a new one."
	case session.LinkBlocked:
		a.message = "Too many attempts were made with this login link. Ask the bot for a new one."
	case session.LinkWithdrawn:
		a.message = "This login link was withdrawn, or a newer one took its place. Use the newest one, or ask the bot for another."
	default:
		a.status = http.StatusNotFound
		a.message = "This login link is not known. Look whether all of it was copied, or ask the bot for a new one."
	}
	return a
}

// refusal says why an attempt failed.
func (s *Site) refusal(err error, c Credentials) *answer {
	var limit *session.TooManyAttemptsError
	switch {
	case errors.As(err, &limit) && limit.After > 0:
		return &answer{
			status: http.StatusTooManyRequests, code: TooManyAttempts, retryAfter: limit.After, why: "too many attempts from the address",
			message: fmt.Sprintf("Too many attempts. Wait %s and try again.", inMinutes(limit.After)),
		}
	case errors.As(err, &limit):
		return aboutLink(session.LinkBlocked)
	case errors.Is(err, session.ErrUsed):
		return aboutLink(session.LinkUsed)
	case errors.Is(err, session.ErrExpired):
		return aboutLink(session.LinkExpired)
	case errors.Is(err, session.ErrWithdrawn):
		return aboutLink(session.LinkWithdrawn)
	case errors.Is(err, session.ErrUnknown):
		return aboutLink(session.LinkUnknown)
	case errors.Is(err, session.ErrWrongWord):
		return &answer{
			status: http.StatusForbidden, code: WrongWord, why: "wrong secret word",
			message: "That is not the secret word with which you started the session in the chat.",
		}
	case errors.Is(err, ErrRejected):
		return &answer{
			status: http.StatusForbidden, code: WrongCredentials, why: "StackStorm does not accept the " + c.name(),
			message: "StackStorm does not accept this " + c.name() + ".",
		}
	case errors.Is(err, session.ErrBusy):
		return &answer{
			status: http.StatusConflict, code: Busy, why: "another attempt is under way",
			message: "Another login with this link is under way. Try again in a moment.",
		}
	case errors.Is(err, session.ErrNotChecked):
		return &answer{
			status: http.StatusServiceUnavailable, code: NotChecked, why: "StackStorm could not be asked",
			message: "StackStorm cannot be reached just now. Try again in a while: your link stays good.",
		}
	}
	s.Log.Error("login to StackStorm failed", "error", err)
	return &answer{
		status: http.StatusInternalServerError, code: Failed, why: "an error",
		message: "The bot could not log you in. An administrator of the bot finds the reason in its log.",
	}
}

// name says in words what was entered.
func (c Credentials) name() string {
	switch {
	case c.Token != "":
		return "token"
	case c.APIKey != "":
		return "API key"
	}
	return "user name and password"
}

func inMinutes(d time.Duration) string {
	if n := int(math.Ceil(d.Minutes())); n > 1 {
		return fmt.Sprintf("%d minutes", n)
	}
	return "a minute"
}
