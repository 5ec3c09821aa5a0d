package pipeline

import (
	"cmp"
	"maps"
	"slices"

	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/song"
	"cratedigger/pipeline/taste"
	"cratedigger/pipeline/youtube"
)

// toldSongs is how many songs of an artist who was told are learned from: a model learns
// of videos.
const toldSongs = 3

// toldLearned is how many of one owner's preferences are learned from: the latest.
const toldLearned = 100

// told turns what members and the guild itself told of their taste into labels: of
// videos that the catalogue has, and of stand-ins for artists and songs that it has
// not, which it returns too. A song's label is on the upload with its votes. An artist's is
// of the artist's name alone, so that a rule learns something of all their songs and of
// artists whose names are used alike. What a member has voted on is left out.
func told(h songHistory, videos []catalog.Video) (labels []taste.Label, standIns []catalog.Video) {
	if len(h.Preferences) == 0 {
		return nil, nil
	}
	type owned struct{ member, video string }
	voted := map[owned]bool{}
	for _, v := range h.Votes {
		voted[owned{v.MemberID, v.VideoID}] = v.Value != 0
	}
	uploads := map[string]string{} // a video of each song that is sure
	for _, id := range slices.Sorted(maps.Keys(h.book.songs)) {
		if key := h.book.songs[id]; uploads[key] == "" {
			uploads[key] = id
		}
	}
	byArtist := map[string][]catalog.Video{}
	for _, v := range videos {
		for _, key := range h.book.Artists(v) {
			byArtist[key] = append(byArtist[key], v)
		}
	}
	byOwner := map[string][]taste.Told{}
	add := func(p catalog.Preference, id string) {
		if !voted[owned{cmp.Or(p.MemberID, catalog.ImportVoter), id}] {
			byOwner[p.MemberID] = append(byOwner[p.MemberID], taste.Told{VideoID: id, Like: p.Like, At: p.At})
		}
	}
	stand := map[string]catalog.Video{}
	for _, p := range h.Preferences {
		id := p.VideoID
		if id == "" {
			s := song.Song{Artists: []string{p.Artist}, Title: p.Title, Confidence: 1}
			key := ""
			if p.Title != "" {
				key = h.book.directory.SongBy(song.ArtistKey(p.Artist), s, "")
			}
			if id = cmp.Or(h.first[key], uploads[key]); key == "" || id == "" {
				id = "told/" + p.Artist + "/" + p.Title // no id of a video has a slash
				title := p.Artist
				if p.Title != "" {
					title += " - " + p.Title
				}
				s.Keys = h.book.directory.Keys(s, "")
				songs, queries := found(h, byArtist[h.book.directory.Key(p.Artist, "")])
				stand[id] = catalog.Video{Video: youtube.Video{ID: id, Title: title}, Song: s, Queries: queries}
				if p.Title == "" {
					for _, song := range songs[:min(len(songs), toldSongs)] {
						add(p, song)
					}
				}
			}
		}
		add(p, id)
	}
	var all [][]taste.Told
	for _, owner := range slices.Sorted(maps.Keys(byOwner)) {
		of := byOwner[owner]
		slices.SortStableFunc(of, func(a, b taste.Told) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.VideoID, b.VideoID)) })
		all = append(all, of[max(0, len(of)-toldLearned):])
	}
	for _, id := range slices.Sorted(maps.Keys(stand)) {
		standIns = append(standIns, stand[id])
	}
	return taste.ToldLabels(all), standIns
}

// found are the songs of an artist's videos, each by the upload with its votes, and the
// queries that found most of them.
func found(h songHistory, videos []catalog.Video) (songs, queries []string) {
	counts, most := map[string]int{}, 0
	for _, v := range videos {
		if id := h.upload(v.ID); !slices.Contains(songs, id) {
			songs = append(songs, id)
		}
		for _, q := range v.Queries {
			counts[q]++
			most = max(most, counts[q])
		}
	}
	for _, q := range slices.Sorted(maps.Keys(counts)) {
		if 2*counts[q] > most {
			queries = append(queries, q)
		}
	}
	return songs, queries
}
