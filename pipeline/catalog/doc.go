// Package catalog holds what Cratedigger keeps and what its stores promise: the types of
// videos and their observations, votes, preferences, duels, posts, the outbox, runs, models
// and the guilds' settings; [Store]; and the rules that every store applies, such as how
// votes merge, what a video's readings make of it and how much is kept. A store has a
// package of its own: bolt keeps all in one file.
//
// # Promises
//
// When a call returns without an error its change is on the disk. A call is one
// transaction, all or nothing, unless its comment says that it works in pieces: then an
// error leaves whole pieces, and the next call goes on. Each method takes a context: one that
// has ended keeps a transaction from beginning, and one that ends later lets it come to its
// end, so nothing is half written. What has happened already is written in a context of its
// own ([Accepted]).
//
// Reads see committed data and hold no transaction while the caller works. Lists have the
// order that their method's comment says, and are nil where there is nothing. Who asks for
// one row that is missing is told found false and a zero row; who changes one, an error
// that is [ErrNotFound]. Changes that name the state they lead to (MarkSent, FinishRun, FinishSlot) may be
// made again. Times are UTC and keep their nanoseconds, those of observations their seconds.
// Ids sort by their bytes. They have 1 to 200 bytes, none of them zero ([CheckIDs]).
//
// A full disk, a store that others hold and one that is damaged are errors with a sentence,
// never a panic. No type of a store's engine leaves its package. A store in one file is a
// [File] too. Package conform tests all this of any store.
package catalog
