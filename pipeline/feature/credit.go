package feature

import "regexp"

// credit is who made the video, in brackets: "(Dir. by NAME)", "(Official Video
// - Shot & Edited by NAME)". It says as little of the music as "Official Video"
// does. Who made the music stays: a producer, "(prod. NAME)", says as much as a
// guest, and a "dir." without "by" is a conductor. Outside of brackets the words
// may be the song's name. The two groups are what a match is replaced by.
var credit = regexp.MustCompile(`(?i)([(\[{<【「『]` + // what stands before it: nothing, packaging, or a part of its own
	`(?:[^` + inBrackets + `]*?(?:video|vídeo|clipe?|film|visuals?|visuali[sz]er|mv|hd|4k|oficial|[-–—|/•]))??[^` + inBrackets + `\pL]*)` +
	`(?:` + makers + `[^` + inBrackets + `]*?(?:\s[-–—|/•]\s*)?)+` +
	`([)\]}>】」』]|\s[-–—|/•]\s)`)

const (
	inBrackets = `()\[\]{}<>【】「」『』\n` // none of these stands within a pair
	makers     = `(?:(?:directed|dir|shot|filmed|edited|dirigid[oa]|filmad[oa]|editad[oa])[\s.,/&+]*(?:(?:and|e)\s+)?)+(?:by|por)\b`
)
