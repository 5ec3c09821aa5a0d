package discord

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/bwmarrin/discordgo"
)

// FatalError ends the bot for good: trying again would fail again, and each
// try costs one of the few identifies a day.
type FatalError struct {
	Code   int    // the gateway's close code, or 401
	Reason string // a sentence that says what to do
}

// Error is a sentence.
func (e *FatalError) Error() string { return e.Reason }

// fatalReasons is what each close code that ends the bot means.
var fatalReasons = map[int]string{
	4004: "Discord refused the bot's token; copy the current one from the developer portal into discord.token",
	4010: "Discord refused the shard number; this is a mistake in the program",
	4011: "the bot is in more guilds than the 2,500 that Discord allows one connection, and this program opens one; take it out of some, or run a second bot with a token and a data folder of its own",
	4012: "Discord no longer speaks this version of its gateway; install a newer cratedigger",
	4013: "Discord refused the intents; this is a mistake in the program",
	4014: "Discord refused the intents for this bot; open its page in the developer portal and look at Privileged Gateway Intents",
}

// fatal is the FatalError of a close code, or nil.
func fatal(code int) *FatalError {
	if reason, ok := fatalReasons[code]; ok {
		return &FatalError{Code: code, Reason: fmt.Sprintf("%s (close code %d)", reason, code)}
	}
	return nil
}

// TokenRefused is the error of a call that was answered with 401.
func TokenRefused() *FatalError {
	return &FatalError{Code: http.StatusUnauthorized, Reason: fatalReasons[4004] + " (401)"}
}

// rateLimitError is an answer 429: how long to wait, and for whom it counts.
type rateLimitError struct {
	after  time.Duration
	global bool
	shared bool
}

// Error is a sentence.
func (e *rateLimitError) Error() string {
	return fmt.Sprintf("Discord asked to wait %s", e.after.Round(time.Millisecond))
}

// serverError is an answer 5xx, or one that is no answer of Discord's.
type serverError struct{ status int }

// Error is a sentence.
func (e *serverError) Error() string {
	return fmt.Sprintf("Discord had a problem of its own (%d %s)", e.status, http.StatusText(e.status))
}

// errBreaker is returned instead of a call when too many calls were refused.
var errBreaker = errors.New("too many calls were refused in the last ten minutes; waiting so that Discord does not ban this address")

// Discord's error codes that mean something to the bot.
const (
	codeUnknownChannel     = 10003
	codeUnknownGuild       = 10004
	codeUnknownMember      = 10007
	CodeUnknownMessage     = 10008
	codeUnknownUser        = 10013
	codeUnknownInteraction = 10062
	codeMissingAccess      = 50001
	codeMissingPermissions = 50013
	codeTooManyReactions   = 30010
	codeUnknownToken       = 50027 // the token of an interaction that has expired
	codeReactionBlocked    = 90001
)

// Answered reports whether a call that failed got an answer, and its status. Status
// 200 means that the answer did not come from Discord or was not what it should be.
func Answered(err error) (status int, ok bool) {
	if rest, ok := errors.AsType[*discordgo.RESTError](err); ok && rest.Response != nil {
		return rest.Response.StatusCode, true
	}
	if server, ok := errors.AsType[*serverError](err); ok {
		return server.status, true
	}
	if _, ok := errors.AsType[*rateLimitError](err); ok {
		return http.StatusTooManyRequests, true
	}
	return http.StatusOK, errors.Is(err, errForeign)
}

// errForeign is an answer of status 200 that does not hold what it should.
var errForeign = errors.New("Discord's answer is not what it should be")

// Verdict is what an error of a call means for its caller.
type Verdict int

const (
	Retry    Verdict = iota // it may work later
	Final                   // this call never will
	Lost                    // nothing will in this channel: it is gone or forbidden
	Refused                 // the token is refused
	Stopping                // we are stopping
)

// Classify says what an error of a call means for its caller.
func Classify(err error) Verdict {
	if errors.Is(err, context.Canceled) {
		return Stopping
	}
	rest, ok := errors.AsType[*discordgo.RESTError](err)
	if !ok || rest.Response == nil {
		return Retry // network, time-out, 429, 5xx, breaker
	}
	switch code := ErrorCode(rest); {
	case code == codeUnknownToken:
		return Final // a 401 that is not about the bot's token
	case rest.Response.StatusCode == http.StatusUnauthorized:
		return Refused
	case rest.Response.StatusCode == http.StatusForbidden && rest.Message == nil:
		return Retry // from a machine before Discord's own
	case code == codeUnknownChannel, code == codeUnknownGuild, code == codeMissingAccess, code == codeMissingPermissions:
		return Lost
	case code == 0 && rest.Response.StatusCode == http.StatusForbidden:
		return Lost
	}
	return Final
}

// messageFaults are the error codes caused by a message's content. All others are
// caused by the channel, the bot's rights or the request, so another message would
// be refused too.
var messageFaults = map[int]string{
	20009:  "its content is explicit",
	40005:  "it is too large",
	50006:  "it is empty",
	50035:  "a field of it is not as Discord wants it",
	200000: "AutoMod of the guild blocks it",
	200001: "AutoMod of the guild blocks its title",
	240000: "its link is on Discord's list of harmful ones",
}

// MessageAtFault reports whether a message was refused for what it says.
func MessageAtFault(err error) bool { return messageFaults[ErrorCode(err)] != "" }

// ErrorCode is Discord's code in an error, 0 without one.
func ErrorCode(err error) int {
	if rest, ok := errors.AsType[*discordgo.RESTError](err); ok && rest.Message != nil {
		return rest.Message.Code
	}
	return 0
}

// mostForeign is how many characters of what somebody else wrote an error shows.
const mostForeign = 200

// brief is an error without the address that net/http puts around it, which
// holds an interaction's token, and on one line of at most mostForeign
// characters: it may quote a whole answer.
func brief(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err
	}
	if text := err.Error(); text != Plain(text, mostForeign) {
		return &briefError{err}
	}
	return err
}

// briefError is an error that shows less of itself.
type briefError struct{ err error }

// Error is the beginning.
func (e *briefError) Error() string { return Plain(e.err.Error(), mostForeign) }

// Unwrap is the whole.
func (e *briefError) Unwrap() error { return e.err }
