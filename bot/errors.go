package bot

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"net/http"
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
	4011: "the bot is in too many guilds for one connection; limit it with discord.guilds",
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
	codeUnknownMessage     = 10008
	codeUnknownInteraction = 10062
	codeMissingAccess      = 50001
	codeMissingPermissions = 50013
	codeTooManyReactions   = 30010
	codeUnknownToken       = 50027 // of an interaction that is over
	codeReactionBlocked    = 90001
)

// verdict is what an error of a call means for whoever made it.
type verdict int

const (
	verdictRetry    verdict = iota // it may work later
	verdictFinal                   // this call never will
	verdictLost                    // nothing will in this channel: it is gone or forbidden
	verdictRefused                 // the token is refused
	verdictStopping                // we are stopping
)

// judge says what an error of a call means.
func judge(err error) verdict {
	if errors.Is(err, context.Canceled) {
		return verdictStopping
	}
	rest, ok := errors.AsType[*discordgo.RESTError](err)
	if !ok || rest.Response == nil {
		return verdictRetry // network, time-out, 429, 5xx, breaker
	}
	switch code := errorCode(rest); {
	case code == codeUnknownToken:
		return verdictFinal // a 401 that is not about the bot's token
	case rest.Response.StatusCode == http.StatusUnauthorized:
		return verdictRefused
	case rest.Response.StatusCode == http.StatusForbidden && rest.Message == nil:
		return verdictRetry // from a machine before Discord's own
	case code == codeUnknownChannel, code == codeUnknownGuild, code == codeMissingAccess, code == codeMissingPermissions:
		return verdictLost
	case code == 0 && rest.Response.StatusCode == http.StatusForbidden:
		return verdictLost
	}
	return verdictFinal
}

// errorCode is Discord's code in an error, 0 without one.
func errorCode(err error) int {
	if rest, ok := errors.AsType[*discordgo.RESTError](err); ok && rest.Message != nil {
		return rest.Message.Code
	}
	return 0
}

// shortCode names an error for a member to quote and an operator to find: the
// same error at the same place has the same code.
func shortCode(where string, err error) string {
	h := fnv.New32a()
	h.Write([]byte(where))
	h.Write([]byte{0})
	h.Write([]byte(err.Error()))
	const letters = "abcdefghjkmnpqrstuvwxyz23456789"
	sum, out := h.Sum32(), make([]byte, 4)
	for i := range out {
		out[i] = letters[sum%uint32(len(letters))]
		sum /= uint32(len(letters))
	}
	return string(out)
}
