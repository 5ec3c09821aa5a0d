package pipeline

import (
	"context"
	"maps"
	"slices"
	"time"

	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/song"
)

// activeFor is how long after their last vote a member may still be shown what
// others know.
const activeFor = 30 * 24 * time.Hour

// knownToAll are the songs on which every recently active member has already voted,
// or all with a vote if no member was active. Posts leave them out: they would be
// new to nobody.
func knownToAll(history songHistory, now time.Time) map[string]bool {
	voters := map[string]map[string]bool{} // by video
	active := map[string]bool{}            // members
	for _, v := range history.Votes {
		if v.Value == 0 {
			continue
		}
		if voters[v.VideoID] == nil {
			voters[v.VideoID] = map[string]bool{}
		}
		voters[v.VideoID][v.MemberID] = true
		active[v.MemberID] = active[v.MemberID] || now.Sub(v.At) < activeFor
	}
	known := map[string]bool{}
	for video, labelled := range voters {
		known[video] = true
		for member, votes := range active {
			if votes && !labelled[member] {
				delete(known, video)
			}
		}
	}
	return known
}

// leaveOutKnown drops from a ranked list what a member has voted on or told of apart
// from posts, also by other uploads of the songs. Of what they told, a guess counts:
// to leave a song out costs little. Posts do not ask this: what one member heard
// elsewhere may be new to the others. With "" it drops what anybody voted on or told of.
func (l *Loop) leaveOutKnown(ctx context.Context, r ranking, list []Ranked, memberID string) []Ranked {
	book, ids := r.history.book, r.history.LabelledBy(memberID)
	told, keys, names := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, p := range r.history.Preferences {
		switch {
		case memberID != "" && p.MemberID != memberID && (p.MemberID != "" || memberID != catalog.ImportVoter):
		case p.VideoID != "":
			ids[p.VideoID], told[p.VideoID] = true, true
		case p.Title != "":
			s := song.Song{Artists: []string{p.Artist}, Title: p.Title}
			names[song.WordsOf(song.Upload{}, s, 0).Names()], keys[book.directory.SongBy(song.ArtistKey(p.Artist), s, "")] = true, true
		}
	}
	elsewhere, err := l.store.VideosByID(ctx, slices.Collect(maps.Keys(ids))) // also what no query of the guild finds
	if err != nil {
		l.log.WarnContext(ctx, "a list may hold other uploads of songs that its member knows", "error", err)
	}
	for _, v := range elsewhere {
		keys[book.directory.Song(v.Song, v.ChannelID)] = true
		if told[v.ID] {
			names[namesOf(v)] = true
		}
	}
	delete(keys, "")
	delete(names, "")
	list = r.history.leaveOut(list, ids)
	return slices.DeleteFunc(list, func(c Ranked) bool {
		return keys[book.songs[c.Video.ID]] || len(names) > 0 && names[namesOf(c.Video)]
	})
}

// namesOf are the words of a video's artists and song, also where they are a guess.
func namesOf(v catalog.Video) string {
	return song.WordsOf(catalog.Upload(v.Video), v.Song, 0).Names()
}
