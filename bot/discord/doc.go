// Package discord is Discord as the bot needs it: discordgo, repaired.
//
// A Client makes calls, a Gateway receives events, an Inspector asks what the
// bot may do. Nothing else of the program imports discordgo. These of its
// faults stay in here:
//
//   - its limiter sleeps without a context and forgets no route: calls wait
//     under ours, and stop before Discord would ban the address;
//   - a message mentions whom it likes: none leaves without allowed_mentions;
//   - an interaction with one odd field is lost whole: ours are decoded as far
//     as they go;
//   - its log may tell the token: it is silent;
//   - its gateway connection can be brought down by one event: the type Gateway
//     has one of its own, and says why.
//
// Text from outside passes Plain, Escape or Title before it stands in a message.
package discord
