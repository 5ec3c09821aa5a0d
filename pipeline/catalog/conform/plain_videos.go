package conform

import (
	"context"
	"iter"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/song"
	"cratedigger/pipeline/youtube"
)

func (p *plain) Observe(ctx context.Context, sightings []catalog.Sighting) (added int, err error) {
	if len(sightings) == 0 {
		return 0, nil
	}
	err = p.write(ctx, func(now time.Time) error {
		added = p.observe(now, sightings)
		return nil
	})
	return added, err
}

func (p *plain) observe(now time.Time, sightings []catalog.Sighting) (added int) {
	for _, s := range sightings {
		if catalog.CheckIDs(s.Video.ID) != nil || len(s.Video.ID) > 64 || s.GuildID != "" && catalog.CheckIDs(s.GuildID) != nil {
			continue
		}
		if s.At.IsZero() {
			s.At = now
		}
		s.Video.Title, s.Video.Description, s.Query = shorten(s.Video.Title, 1000), shorten(s.Video.Description, 20_000), shorten(s.Query, 500)
		v, known := p.videos[s.Video.ID]
		if !known {
			v.ID = s.Video.ID
			added++
		}
		old := catalog.Upload(v.Video)
		if v = merge(v, s); !known || !reflect.DeepEqual(old, catalog.Upload(v.Video)) {
			v.Song = song.Read(catalog.Upload(v.Video), nil)
		}
		p.videos[v.ID] = v
		if len(s.Neighbours) > 0 {
			p.beside[v.ID] = slices.Clone(s.Neighbours[:min(25, len(s.Neighbours))])
		}
		if s.GuildID != "" {
			p.find(s)
		}
		p.touch(v.ID)
	}
	return added
}

// touch notes that a video was seen.
func (p *plain) touch(videoID string) {
	for _, f := range p.finds {
		if f.VideoID == videoID {
			p.generations[f.GuildID]++
		}
	}
}

// find notes that a guild may be shown a video.
func (p *plain) find(s catalog.Sighting) {
	f, known := p.finds[key(s.GuildID, s.Video.ID)]
	if !known {
		f = catalog.Find{GuildID: s.GuildID, VideoID: s.Video.ID, FirstSeen: s.At}
	}
	f.Queries = addWord(f.Queries, s.Query)
	if f.SeededBy == "" {
		f.SeededBy = s.SeededBy
		if p.gone(s.GuildID, s.SeededBy, s.At) {
			f.SeededBy = string(catalog.ByForgotten)
		}
	}
	p.finds[key(s.GuildID, s.Video.ID)] = f
}

func addWord(set []string, word string) []string {
	if word == "" || slices.Contains(set, word) {
		return set
	}
	return slices.Sorted(slices.Values(append(slices.Clone(set), word)))
}

// merge merges one reading into a video. It knows the fields that the suite writes: title,
// description, views and likes. A result row of about the same time as a watch page, or
// older than the newest reading, only fills gaps; any other brings new counts, and new
// texts unless there was a watch page.
func merge(v catalog.Video, s catalog.Sighting) catalog.Video {
	fills := !s.Detailed && (s.At.Before(v.LastSeen) || !v.DetailedAt.IsZero() && s.At.Sub(v.DetailedAt) < 12*time.Hour)
	words := !fills && (s.Detailed || v.DetailedAt.IsZero())
	if s.Video.Title != "" && (words || v.Title == "") {
		v.Title = s.Video.Title
	}
	if s.Video.Description != "" && (words || v.Description == "") {
		v.Description = s.Video.Description
	}
	if s.Video.Views != nil && (!fills || v.Views == nil) {
		v.Views = s.Video.Views
	}
	if s.Video.Likes != nil && (!fills || v.Likes == nil) {
		v.Likes = s.Video.Likes
	}
	if s.Detailed && !s.At.Before(v.DetailedAt) {
		v.DetailedAt, v.Status = s.At, s.Status
	}
	if v.FirstSeen.IsZero() || s.At.Before(v.FirstSeen) {
		v.FirstSeen = s.At
	}
	if s.At.After(v.LastSeen) {
		v.LastSeen = s.At
	}
	v.Queries = addWord(v.Queries, s.Query)
	if s.Video.Views != nil || s.Video.Likes != nil {
		v.Observations = observed(v.Observations, catalog.Observation{At: s.At.Truncate(time.Second), Views: s.Video.Views, Likes: s.Video.Likes, Detailed: s.Detailed})
	}
	return v
}

// observed adds an observation to a list of one a day; the suite's lie within a month. Of
// a day's the detailed one stays, or else the latest, with what it lacks from the other.
func observed(list []catalog.Observation, o catalog.Observation) (out []catalog.Observation) {
	day := func(o catalog.Observation) int64 { return o.At.Unix() / 86400 }
	for i, old := range list {
		if day(old) == day(o) {
			first, last := old, o
			if !o.At.After(old.At) {
				first, last = o, old
			}
			if first.Detailed && !last.Detailed {
				first, last = last, first
			}
			if last.Views == nil {
				last.Views = first.Views
			}
			if last.Likes == nil {
				last.Likes = first.Likes
			}
			out = slices.Clone(list)
			out[i] = last
			return out
		}
	}
	out = append(slices.Clone(list), o)
	slices.SortFunc(out, func(a, b catalog.Observation) int { return a.At.Compare(b.At) })
	return out
}

// shorten makes a text valid and cuts it to so many bytes, between two characters.
func shorten(s string, most int) string {
	for cut := min(most, len(s)); ; cut-- {
		if cut == len(s) || utf8.RuneStart(s[cut]) {
			return strings.ToValidUTF8(s[:cut], "\uFFFD")
		}
	}
}

func (p *plain) DropVideos(ctx context.Context, ids ...string) (dropped int, err error) {
	if len(ids) == 0 {
		return 0, nil
	}
	err = p.write(ctx, func(time.Time) error {
		for _, id := range ids {
			if _, known := p.videos[id]; !known {
				continue
			}
			dropped++
			delete(p.videos, id)
			delete(p.beside, id)
			maps.DeleteFunc(p.finds, func(_ string, f catalog.Find) bool { return f.VideoID == id })
		}
		p.generations[""]++
		return nil
	})
	return dropped, err
}

func (p *plain) Video(ctx context.Context, id string) (catalog.Video, bool, error) {
	return get(ctx, p, &p.videos, id)
}

func (p *plain) VideosByID(ctx context.Context, ids []string) (all map[string]catalog.Video, err error) {
	err = p.read(ctx, func() {
		all = map[string]catalog.Video{}
		for _, id := range ids {
			if v, known := p.videos[id]; known {
				all[id] = v
			}
		}
	})
	return all, err
}

func (p *plain) Videos(ctx context.Context) iter.Seq2[catalog.Video, error] {
	return func(yield func(catalog.Video, error) bool) {
		var all []catalog.Video
		err := p.read(ctx, func() {
			for _, id := range slices.Sorted(maps.Keys(p.videos)) {
				all = append(all, p.videos[id])
			}
		})
		if err != nil {
			yield(catalog.Video{}, err)
			return
		}
		for _, v := range all {
			if !yield(v, nil) {
				return
			}
		}
	}
}

func (p *plain) VideoCount(ctx context.Context) (n int, err error) {
	err = p.read(ctx, func() { n = len(p.videos) })
	return n, err
}

func (p *plain) GuildVideos(ctx context.Context, guildID string) (all []catalog.Video, err error) {
	err = p.read(ctx, func() {
		for _, f := range under(p.finds, guildID) {
			if v, known := p.videos[f.VideoID]; known {
				all = append(all, v)
			}
		}
	})
	return all, err
}

func (p *plain) Find(ctx context.Context, guildID, videoID string) (catalog.Find, bool, error) {
	return get(ctx, p, &p.finds, guildID, videoID)
}

func (p *plain) Finds(ctx context.Context, guildID string) (all []catalog.Find, err error) {
	err = p.read(ctx, func() { all = under(p.finds, guildID) })
	return all, err
}

func (p *plain) Neighbours(ctx context.Context, id string) ([]youtube.Neighbour, error) {
	all, _, err := get(ctx, p, &p.beside, id)
	return all, err
}

func (p *plain) ReadSongs(ctx context.Context) (changed int, err error) {
	err = p.write(ctx, func(time.Time) error {
		var known song.Memory
		for _, id := range slices.Sorted(maps.Keys(p.videos)) {
			known.Add(catalog.Upload(p.videos[id].Video))
		}
		for id, v := range p.videos {
			if s := known.Read(catalog.Upload(v.Video)); !s.Same(v.Song) {
				v.Song = s
				p.videos[id] = v
				p.touch(id)
				changed++
			}
		}
		p.songsRead = true
		return nil
	})
	return changed, err
}

func (p *plain) SongsCurrent(ctx context.Context) (current bool, err error) {
	err = p.read(ctx, func() { current = p.songsRead })
	return current, err
}

func (p *plain) Generation(ctx context.Context, guildID string) (n uint64, err error) {
	err = p.read(ctx, func() { n = p.generations[""] + p.generations[guildID] })
	return n, err
}
