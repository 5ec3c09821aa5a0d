// Package fakediscord is a Discord small enough to run inside a test or the
// demo: real client libraries connect to it over HTTP and websocket on a
// loopback port.
//
// It speaks what a bot of our kind uses. REST under /api/v9: gateway, users,
// applications, messages, reactions, interaction callbacks, webhooks of
// interactions, application commands. Gateway: HELLO, IDENTIFY, RESUME,
// heartbeats both ways, READY, GUILD_CREATE, shards, messages, reactions and
// interactions with sequence numbers, invalid sessions, reconnect requests and
// close codes. It enforces permissions, nonces, message limits and, when asked
// to (Options.Strict), rate limits, logins and the guilds of a shard, and answers
// errors with Discord's codes. Thousands of guilds are cheap: one that stands has no
// goroutine, and an event is encoded once, if a session is to hear it.
//
// In-process, a test acts as members do (React, Command, Press), looks at what
// a member would see (Messages, Answer), breaks things (Fault, Gateway
// faults), and waits without sleeping: Settle returns when every event has
// been acknowledged and no REST call is open, Until when a condition holds.
//
// Ids are snowflakes made of the clock and a counter, so that one seed and one
// clock give the same ids again.
package fakediscord
