package conform

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"time"

	"pgregory.net/rapid"

	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/youtube"
)

// What the random operations are about: few of each, so that they meet.
var (
	guildIDs     = []string{"1001", "1002", "local"}
	memberIDs    = []string{"77", "78", "9"}
	videoIDs     = []string{"aaaaaaaaaaa", "bbbbbbbbbbb", "ccccccccccc", "ddddddddddd", "eeeeeeeeeee"}
	counterNames = []string{"pages/2026-11-22", "pages/2026-11-24", "asked/1001/2026-11-23", "logins"}
	stateNames   = []string{"commands/1001", "asked/1002/77", "note", "recap/local/1001"}
	titles       = []string{"", "Otto Venn - Blue Stairs", "Mara Quill – Blue Stairs (Live)", "Otto Venn - Low Tide", strings.Repeat("é", 600)}
)

// slotKeys are the slots of a guild.
func slotKeys(guildID string) []string {
	return []string{guildID + "/post/2026-11-22T18:00", guildID + "/post/2026-11-23T18:00", guildID + "/recap/2026-11-23T20:00"}
}

// draw is a random choice with names for what is often chosen.
type draw struct{ t *rapid.T }

func pick[T any](d draw, what string, from ...T) T { return rapid.SampledFrom(from).Draw(d.t, what) }

func (d draw) guild() string             { return pick(d, "guild", guildIDs...) }
func (d draw) member() string            { return pick(d, "member", memberIDs...) }
func (d draw) video() string             { return pick(d, "video", videoIDs...) }
func (d draw) yes(what string) bool      { return rapid.Bool().Draw(d.t, what) }
func (d draw) up(what string, n int) int { return rapid.IntRange(0, n).Draw(d.t, what) }

// time is one within three days, some of them more than once and in no order.
func (d draw) time() time.Time {
	return start.Add(time.Duration(d.up("hours", 72))*time.Hour + time.Duration(d.up("nanoseconds", 2)))
}

func (d draw) slot() catalog.Slot {
	g, i := d.guild(), d.up("slot", 2)
	kind := catalog.RunPost
	if i == 2 {
		kind = catalog.RunRecap
	}
	return catalog.Slot{Key: slotKeys(g)[i], GuildID: g, Kind: kind, At: start.Add(time.Duration(i) * 24 * time.Hour), FiredAt: d.time()}
}

// spoil makes an id one that cannot be, once in a while.
func (d draw) spoil(id string) string {
	switch d.up("spoil", 60) {
	case 60:
		return ""
	case 59:
		return id + "\x00"
	case 58:
		return strings.Repeat(id, 200)
	}
	return id
}

func (d draw) sighting() catalog.Sighting {
	number := func(what string) *int64 {
		if n := int64(d.up(what, 3)); n > 0 {
			return &n
		}
		return nil
	}
	s := catalog.Sighting{
		Video: youtube.Video{ID: d.spoil(d.video()), Title: pick(d, "title", titles...), Views: number("views"), Likes: number("likes")},
		At:    d.time(), Query: pick(d, "query", "", "soul 45", "dub"),
	}
	if d.yes("for a guild") {
		s.GuildID, s.SeededBy = d.guild(), pick(d, "by", "", d.member())
	}
	if s.Detailed = d.yes("detailed"); s.Detailed {
		s.Video.Description, s.Status = pick(d, "description", "", "Recorded live.", "A single."), pick(d, "status", youtube.StatusOK, youtube.StatusRemoved)
		for i := range d.up("beside", 3) {
			s.Neighbours = append(s.Neighbours, youtube.Neighbour{ID: videoIDs[i], Title: "Title of " + videoIDs[i], Channel: "Channel"})
		}
	}
	return s
}

func (d draw) change(posts []string) catalog.VoteChange {
	ch := catalog.VoteChange{
		GuildID: d.guild(), VideoID: d.video(), MemberID: d.spoil(d.member()), Up: d.yes("up"), Set: d.up("set", 2) > 0,
		Source: pick(d, "source", catalog.SourceReaction, catalog.SourceButton, catalog.SourceImport), At: d.time(),
	}
	if d.yes("on a post") {
		ch.PostID = pick(d, "post", append(posts, "nopost")...)
		if ch.OrderUnknown = d.yes("order unknown"); ch.OrderUnknown && d.yes("since") {
			ch.Since = d.time()
		}
	}
	return ch
}

func (d draw) preference(guildID, memberID, batch string) catalog.Preference {
	p := catalog.Preference{GuildID: guildID, MemberID: memberID, Batch: batch, Source: pick(d, "source", catalog.FromFavourite, catalog.FromCSV), Like: d.yes("like"), At: d.time()}
	switch d.up("of", 6) {
	case 0:
		p.VideoID = d.spoil(d.video())
	case 1:
		p.Artist = pick(d, "artist", "Otto Venn", " otto venn ")
	case 2:
		p.Title = "Blue Stairs" // of nobody: refused
	default:
		p.Artist, p.Title = pick(d, "artist", "Otto Venn", "OTTO VENN", "Mara Quill"), pick(d, "title", "Blue Stairs", "Low Tide")
	}
	return p
}

func (d draw) post(slot catalog.Slot, position int) catalog.Post {
	return catalog.Post{
		GuildID: slot.GuildID, ChannelID: "5", VideoID: videoIDs[(position*2+d.up("video", 1))%len(videoIDs)], Position: position, Score: .5, Policy: catalog.PolicyThompson,
		Propensity: .25, ModelVersion: 1, Reasons: []catalog.Reason{{Kind: catalog.ReasonSeed, Words: []string{d.member()}}, {Kind: catalog.ReasonFresh, Number: 2, Weight: -.5}},
		Observation: catalog.Observation{At: start, Detailed: true}, Labels: 3,
	}
}

func some[T any](n int, make func(i int) T) (all []T) {
	for i := range n {
		all = append(all, make(i))
	}
	return all
}

// none is the answer of what answers only with an error.
func none(err error) (any, error) { return nil, err }

// operations are what random does, by name.
func (w *world) operations() map[string]func(*rapid.T) {
	postIDs := func() (ids []string) {
		for _, g := range guildIDs {
			for _, p := range w.plain.postsSince(g, time.Time{}) {
				ids = append(ids, p.ID)
			}
		}
		return ids
	}
	rowIDs := func() (ids []string) {
		for _, o := range w.plain.rowsOf("", func(catalog.Outbox) bool { return true }) {
			ids = append(ids, o.ID)
		}
		return append(ids, "norow")
	}
	all := map[string]func(*rapid.T){
		"observe": func(t *rapid.T) {
			d := draw{t}
			sightings := some(1+d.up("more", 3), func(int) catalog.Sighting { return d.sighting() })
			w.do(t, "Observe", func(ctx context.Context, s catalog.Store) (any, error) { return s.Observe(ctx, sightings) })
		},
		"vote": func(t *rapid.T) {
			d := draw{t}
			changes := some(1+d.up("more", 3), func(int) catalog.VoteChange { return d.change(postIDs()) })
			w.do(t, "Vote", func(ctx context.Context, s catalog.Store) (any, error) { return s.Vote(ctx, changes...) })
		},
		"import": func(t *rapid.T) {
			d := draw{t}
			rows := some(1+d.up("more", 3), func(int) catalog.ImportRow {
				return catalog.ImportRow{Sighting: d.sighting(), Changes: some(d.up("changes", 2), func(int) catalog.VoteChange { return d.change(nil) })}
			})
			broken := d.up("broken", 9) == 9
			w.do(t, "Import", func(ctx context.Context, s catalog.Store) (any, error) { return s.Import(ctx, each(rows, broken)) })
		},
		"drop videos": func(t *rapid.T) {
			ids := []string{draw{t}.video(), draw{t}.video()}
			w.do(t, "DropVideos", func(ctx context.Context, s catalog.Store) (any, error) { return s.DropVideos(ctx, ids...) })
		},
		"read songs": func(t *rapid.T) {
			w.do(t, "ReadSongs", func(ctx context.Context, s catalog.Store) (any, error) { return s.ReadSongs(ctx) })
		},
		"begin slot": func(t *rapid.T) {
			slot := draw{t}.slot()
			w.do(t, "BeginSlot", func(ctx context.Context, s catalog.Store) (any, error) { return s.BeginSlot(ctx, slot) })
		},
		"finish slot": func(t *rapid.T) {
			slot := draw{t}.slot()
			w.do(t, "FinishSlot", func(ctx context.Context, s catalog.Store) (any, error) { return none(s.FinishSlot(ctx, slot.Key)) })
		},
		"job": func(t *rapid.T) {
			job, line, now := draw{t}.guild()+"/post/0", pick(draw{t}, "line", "0 18 * * *", "0 19 * * *"), draw{t}.time()
			w.do(t, "JobSince", func(ctx context.Context, s catalog.Store) (any, error) { return s.JobSince(ctx, job, line, now) })
		},
		"hold": func(t *rapid.T) {
			d := draw{t}
			slot := d.slot()
			picks := some(d.up("picks", 2), func(i int) catalog.Held { return catalog.Held{Post: d.post(slot, i), Kept: d.yes("kept")} })
			gone := some(d.up("gone", 1), func(int) string { return pick(d, "gone", slotKeys(slot.GuildID)...) })
			w.do(t, "Hold", func(ctx context.Context, s catalog.Store) (any, error) { return s.Hold(ctx, slot, picks, gone...) })
		},
		"post": func(t *rapid.T) {
			d := draw{t}
			slot := d.slot()
			posts := some(d.up("posts", 2), func(i int) catalog.Post { return d.post(slot, i) })
			rows := []catalog.Outbox{{GuildID: slot.GuildID, ChannelID: "5", Kind: catalog.OutboxHeading, Text: "{}"}}
			for _, p := range posts {
				rows = append(rows, catalog.Outbox{GuildID: d.spoil(p.GuildID), ChannelID: "5", Kind: catalog.OutboxPick, PostID: catalog.PostID(slot.Key, p.VideoID)})
			}
			w.do(t, "CreatePosts", func(ctx context.Context, s catalog.Store) (any, error) { return s.CreatePosts(ctx, slot, posts, rows) })
		},
		"retire": func(t *rapid.T) {
			id := pick(draw{t}, "post", append(postIDs(), "nopost")...)
			w.do(t, "RetirePost", func(ctx context.Context, s catalog.Store) (any, error) { return none(s.RetirePost(ctx, id)) })
		},
		"enqueue": func(t *rapid.T) {
			d := draw{t}
			slot := d.slot()
			o := catalog.Outbox{ID: slot.Key, GuildID: slot.GuildID, ChannelID: "5", Slot: pick(d, "its slot", slot.Key, ""), Kind: catalog.OutboxRecap, Text: "Of 77, 9 and 177: " + d.member() + "."}
			w.do(t, "Enqueue", func(ctx context.Context, s catalog.Store) (any, error) { return s.Enqueue(ctx, o) })
		},
		"attempt": func(t *rapid.T) {
			id, at := pick(draw{t}, "row", rowIDs()...), draw{t}.time()
			w.do(t, "Attempt", func(ctx context.Context, s catalog.Store) (any, error) { return none(s.Attempt(ctx, id, at)) })
		},
		"sent": func(t *rapid.T) {
			id, at, message := pick(draw{t}, "row", rowIDs()...), draw{t}.time(), fmt.Sprint("30", w.n)
			w.do(t, "MarkSent", func(ctx context.Context, s catalog.Store) (any, error) { return none(s.MarkSent(ctx, id, message, at)) })
		},
		"reactions": func(t *rapid.T) {
			id := pick(draw{t}, "row", rowIDs()...)
			w.do(t, "MarkReactions", func(ctx context.Context, s catalog.Store) (any, error) { return none(s.MarkReactions(ctx, id)) })
		},
		"failed": func(t *rapid.T) {
			id, again := pick(draw{t}, "row", rowIDs()...), draw{t}.yes("again")
			sentence := pick(draw{t}, "sentence", "Discord refused 77.", strings.Repeat("é", 400))
			w.do(t, "MarkFailed", func(ctx context.Context, s catalog.Store) (any, error) {
				return none(s.MarkFailed(ctx, id, sentence, again))
			})
		},
		"clock": func(t *rapid.T) {
			w.clock.step(time.Duration(draw{t}.up("hours", 20)) * time.Hour)
			w.compare(t, "some hours")
		},
	}
	w.others(all)
	return all
}

// each yields rows, and then perhaps an error.
func each(rows []catalog.ImportRow, broken bool) iter.Seq2[catalog.ImportRow, error] {
	return func(yield func(catalog.ImportRow, error) bool) {
		for _, row := range rows {
			if !yield(row, nil) {
				return
			}
		}
		if broken {
			yield(catalog.ImportRow{}, errors.New("the file ends in the middle"))
		}
	}
}
