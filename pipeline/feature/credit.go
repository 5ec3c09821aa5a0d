package feature

import "regexp"

// credit matches the makers of the video, in brackets: "(Dir. by NAME)",
// "(Official Video - Shot & Edited by NAME)". Like "Official Video" they say
// nothing of the music. Makers of the music stay: producers, "(prod. NAME)",
// and conductors, "dir." without "by". Outside of brackets the words may be the
// song's name. A match is replaced by its two groups.
var credit = regexp.MustCompile(`(?i)([(\[{<【「『]` + // the text before it: nothing, packaging, or a separate part
	`(?:[^` + inBrackets + `]*?(?:video|vídeo|clipe?|film|visuals?|visuali[sz]er|mv|hd|4k|oficial|[-–—|/•]))??[^` + inBrackets + `\pL]*)` +
	`(?:` + makers + `[^` + inBrackets + `]*?(?:\s[-–—|/•]\s*)?)+` +
	`([)\]}>】」』]|\s[-–—|/•]\s)`)

const (
	inBrackets = `()\[\]{}<>【】「」『』\n` // none of these stands within a pair
	makers     = `(?:(?:directed|dir|shot|filmed|edited|dirigid[oa]|filmad[oa]|editad[oa])[\s.,/&+]*(?:(?:and|e)\s+)?)+(?:by|por)\b`
)
