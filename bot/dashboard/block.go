package dashboard

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"cratedigger/bot/text"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/song"
	"cratedigger/pipeline/youtube"
)

// block is something that a guild blocks.
type block struct {
	Kind     blockKind
	ID, Name string // ID: the channel's, where it is known, or the blocked upload's
	At       time.Time
}

// blockKind is what is blocked.
type blockKind string

const (
	blockArtist  blockKind = "artist"
	blockChannel blockKind = "channel"
	blockSong    blockKind = "song"
	blockWord    blockKind = "word"
)

// blocksOf is what a guild blocks, the newest first; nobody noted when a word was blocked.
func blocksOf(g catalog.Guild) (all []block) {
	for _, a := range g.BlockedArtists {
		all = append(all, block{blockArtist, a.ChannelID, a.Name, a.At})
	}
	for _, c := range g.BlockedChannels {
		all = append(all, block{blockChannel, c.ID, cmp.Or(c.Name, c.ID), c.At})
	}
	for _, v := range g.BlockedSongs {
		all = append(all, block{blockSong, v.VideoID, v.Name(), v.At})
	}
	for _, w := range g.BlockedWords {
		all = append(all, block{Kind: blockWord, Name: w})
	}
	slices.SortStableFunc(all, func(a, b block) int { return b.At.Compare(a.At) })
	return all
}

// firstBlocks are the first of the blocks whose names hold the words that somebody
// typed, as many as fit on a page, and the number of the others.
func firstBlocks(all []block, typed string) (first []block, more int) {
	const most, mostBytes = 12, 2 << 10
	words := wordsOf(typed)
	all = slices.DeleteFunc(all, func(b block) bool { return !holdsAll(fold(b.Name), words) })
	for bytes := 0; len(first) < min(most, len(all)) && bytes < mostBytes; {
		b := all[len(first)]
		bytes += 3 * escaped(b.Name) // so often it stands in the page
		first = append(first, b)
	}
	return first, len(all) - len(first)
}

// is reports whether two blocks are of the same artist, channel, song or word.
func (b block) is(o block) bool {
	switch {
	case b.Kind != o.Kind:
		return false
	case b.Kind == blockArtist:
		return b.ID == o.ID && song.ArtistKey(b.Name) == song.ArtistKey(o.Name)
	case b.Kind == blockSong, b.Kind == blockChannel && b.ID+o.ID != "":
		return b.ID == o.ID
	}
	return b.Name == o.Name
}

// block blocks the first artist or the channel of a video.
func (s *Server) block(w http.ResponseWriter, r *http.Request, g catalog.Guild) {
	id, _ := youtube.ParseID(r.PostFormValue("video"))
	video, found, err := s.Store.Video(r.Context(), id)
	if err != nil {
		s.broken(w, r, err)
		return
	}
	b := block{Kind: blockKind(r.PostFormValue("what")), At: s.Now().UTC()}
	switch artists := video.Performers(); {
	case !found:
	case b.Kind == blockArtist && len(artists) > 0:
		b.Name = artists[0]
	case b.Kind == blockChannel:
		b.ID, b.Name = video.ChannelID, video.Channel
	}
	if b.ID+b.Name == "" {
		s.fail(w, r, http.StatusBadRequest, "A block names a video and its artist or its channel, which must be known.")
		return
	}
	s.changeBlocks(w, r, g, id, b, "blocked", func(now *catalog.Guild) {
		switch {
		case slices.ContainsFunc(blocksOf(*now), b.is):
		case b.Kind == blockArtist:
			now.BlockedArtists = append(now.BlockedArtists, catalog.BlockedArtist{Name: b.Name, By: byDashboard, At: b.At})
		default:
			now.BlockedChannels = append(now.BlockedChannels, catalog.BlockedChannel{ID: b.ID, Name: b.Name, By: byDashboard, At: b.At})
		}
	})
}

// byDashboard is who blocked something here.
const byDashboard = "dashboard"

// unblock takes a block back.
func (s *Server) unblock(w http.ResponseWriter, r *http.Request, g catalog.Guild) {
	b := block{Kind: blockKind(r.PostFormValue("kind")), ID: r.PostFormValue("id"), Name: r.PostFormValue("name")}
	if !slices.ContainsFunc(blocksOf(g), b.is) {
		s.fail(w, r, http.StatusNotFound, "This is not blocked (any more).")
		return
	}
	s.changeBlocks(w, r, g, r.PostFormValue("video"), b, "unblocked", func(now *catalog.Guild) {
		now.BlockedArtists = slices.DeleteFunc(now.BlockedArtists, func(a catalog.BlockedArtist) bool {
			return b.is(block{Kind: blockArtist, ID: a.ChannelID, Name: a.Name})
		})
		now.BlockedChannels = slices.DeleteFunc(now.BlockedChannels, func(c catalog.BlockedChannel) bool {
			return b.is(block{Kind: blockChannel, ID: c.ID, Name: cmp.Or(c.Name, c.ID)})
		})
		now.BlockedSongs = slices.DeleteFunc(now.BlockedSongs, func(v catalog.BlockedSong) bool { return b.is(block{Kind: blockSong, ID: v.VideoID}) })
		now.BlockedWords = slices.DeleteFunc(now.BlockedWords, func(w string) bool { return b.is(block{Kind: blockWord, Name: w}) })
	})
}

// changeBlocks changes what a guild blocks, within the limits of its settings. For htmx
// it answers with the part of the page that says so of a video, else with the tab.
func (s *Server) changeBlocks(w http.ResponseWriter, r *http.Request, g catalog.Guild, videoID string, b block, done string, change func(*catalog.Guild)) {
	refused := ""
	err := s.Store.UpdateGuild(r.Context(), g.ID, func(now *catalog.Guild) error {
		before := s.limits.Check(*now)
		change(now)
		if broken := s.limits.Check(*now, before...); len(broken) > 0 {
			refused = s.Text.For(text.English).Refused(broken[0])
			return errRefused
		}
		now.ByHand = true
		return nil
	})
	switch {
	case errors.Is(err, errRefused):
		s.fail(w, r, http.StatusUnprocessableEntity, refused)
		return
	case err != nil:
		s.broken(w, r, fmt.Errorf("what is blocked could not be changed: %w", err))
		return
	}
	s.Log.Info("what is blocked was changed on the dashboard", "guild", g.ID, "kind", b.Kind, "done", done)
	if s.Changed != nil {
		s.Changed(g.ID)
	}
	if id, ok := youtube.ParseID(videoID); ok && r.Header.Get("HX-Request") != "" {
		s.draw(w, r, http.StatusOK, done, blockedView{Guild: g.ID, Video: id, Block: b})
		return
	}
	back(w, r, g, "songs", done+"&tab="+string(tabBlocked))
}

// blockedView is what stands in a song's details after something was blocked.
type blockedView struct {
	Guild, Video string
	Block        block
}
