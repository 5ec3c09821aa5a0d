// Package bot is what members see and do in Discord: posts, votes, commands.
//
// [Bot] receives events from package discord and hands each to its part:
//
//   - guilds: the guilds come and go, and their settings change
//   - outbox: messages that wait in the catalogue are sent once
//   - voteWriter: reactions and buttons of all guilds become votes, in order
//   - comparison: votes are corrected to Discord's counts after an absence
//   - registration: Discord learns the commands
//   - interactions: each command and button finds its handler
//
// The handlers are methods of memberCommands, labelling, pickButtons, blocks,
// runCommands, settingsCommands and setup; commands.go names all of them. They run
// side by side, a limited number for each guild, so that no guild delays another.
// The stages behind the commands are the interfaces in stages.go.
package bot
