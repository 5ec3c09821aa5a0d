// Package bot is what members see and do in Discord: posts, votes, commands.
//
// It reaches Discord through the package discord alone, and receives only
// guilds, reactions and interactions. Reactions of all guilds wait in one queue
// and become votes in the order in which they came; interactions are answered
// side by side, a limited number for each guild, so that one guild never delays
// another. What is posted comes from the catalogue's outbox and is marked
// there; what is voted goes to the catalogue's vote table, through reactions,
// buttons, or the comparison with Discord's own counts after an absence.
//
// Nothing here knows trees: the stages behind the commands are the interfaces
// in stages.go.
package bot
