// Package catalog keeps what Cratedigger knows in one bbolt file: videos with
// what was seen of them, votes, posts, the outbox, runs, models and the
// guilds' settings.
//
// # Promises
//
// A call that returned without an error is on the disk: every change is one
// synced transaction, or part of one. Reads see a finished state and hold no
// transaction while the caller works. A damaged file, a full disk and a file
// held by another process are errors with a sentence, never a panic. Nothing
// outside this package sees a bbolt type.
//
// # Buckets and keys
//
// Parts of a key are joined by a zero byte; numbers in keys are eight bytes,
// big-endian. Values are JSON of the stored types (stored.go), videos packed
// (pack.go). Neither is an exported type: both may gain fields and never rename
// one.
//
//	meta       "schema" → number · "install" → id · "videos" → how many there are · "beside" → bytes of beside and its index · "import" → set while the rows of staged count
//	videos     video → packed video; the bucket's sequence is Generation
//	finds      guild, video → storedFind: which videos a guild may be shown
//	votes      guild, post, member → storedVote; "video:"+video stands for the post of a vote without one
//	posts      post → storedPost
//	byguild    guild, created (nanoseconds), post → nothing: the posts of a guild in order
//	bymessage  Discord message → post
//	outbox     row → storedOutbox
//	pending    guild, row → nothing: rows with something left to do
//	slots      slot key → storedSlot
//	jobs       job key → storedJob: since when a schedule line stands
//	runs       run (sorts by start) → storedRun
//	guilds     guild → storedGuild
//	models     guild, version → storedModel
//	blobs      guild, version → the model's bytes
//	champions  guild → storedChampion: which version serves, which was the last
//	counters   name → number
//	staged     number → storedImport: rows of an import that do not count yet, or are being brought in (import.go)
//	beside     row → eight texts, packed (pool.go): videos and channels that watch pages show beside others
//	besideindex part of a digest → which texts have it
//	states     name → bytes that belong to the caller; "forgotten/"+digest → when a member was forgotten
//
// # Beside the file
//
// The file FILE.id holds the install id that the file's meta bucket holds too.
// An id without a catalogue, or with an empty one, means that the catalogue
// was lost, and Open refuses to begin a new one in its place. The file
// FILE.clean holds the checksum of the bytes that the last clean close left;
// while they are the same, Open need not check them.
package catalog
