// Package bolt keeps the catalogue in one bbolt file. It is a [catalog.Store], whose
// promises it keeps, and a [catalog.File]. Every change is one synced transaction, or part of
// one. A damaged file and one held by another process are errors with a sentence. No bbolt
// type leaves this package.
//
// # Buckets and keys
//
// Parts of a key are joined by a zero byte; numbers in keys are eight bytes,
// big-endian. Values are JSON of the stored types (stored.go), videos packed
// (pack.go of package catalog). Both are separate from the exported types: they may gain fields but
// never rename one.
//
//	meta       "schema" → number · "install" → id · "videos" → number of videos · "beside" → bytes of beside and its index · "songs" → version of the rules by which ReadSongs last read all videos · "import" → set while the rows of staged count
//	videos     video → packed video
//	finds      guild, video → storedFind: which videos a guild may be shown
//	votes      guild, post, member → storedVote; "video:"+video stands for the post of a vote without one
//	preferences  guild, member ("": the guild itself), batch, digest of the subject → storedPreference
//	duels      guild, video+"/"+video in order, member ("": the guild was asked) → storedDuel
//	posts      post → storedPost
//	byguild    guild, created (nanoseconds), post → nothing: the posts of a guild in order, without those that are held
//	bymessage  Discord message → post
//	outbox     row → storedOutbox
//	pending    guild, row → nothing: outbox rows with something left to do, or held until their minute
//	slots      slot key → storedSlot
//	jobs       job key → storedJob: since when a job has had its schedule
//	runs       run (sorts by start) → storedRun
//	guilds     guild → storedGuild
//	models     guild, version → storedModel
//	blobs      guild, version → SHA-256s and sizes of the model's parts; of an earlier program, the model's bytes
//	pieces     guild, SHA-256 of a part, number (two bytes) → at most 16 kB of the part, compressed (blob.go)
//	champions  guild → storedChampion: the version that serves, and the newest
//	counters   name → number
//	staged     number → storedImport: rows of an import that do not count yet, or are being brought in (import.go)
//	beside     row → eight texts, packed (pool.go): videos and channels that watch pages show beside others
//	besideindex part of a digest → the texts that have it
//	states     name → bytes of the caller; "forgotten/"+digest → when a member was forgotten
//
// # Other files
//
// FILE.id holds the same install id as the file's meta bucket. If it exists and
// the catalogue is missing or empty, the catalogue was lost, and Open refuses
// to create a new one. FILE.clean holds the checksum of the file after the last
// clean close; while it matches, Open skips the check.
package bolt
