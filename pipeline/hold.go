package pipeline

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/schedule"
)

// A slot's picks may be chosen ahead of its minute and held in the outbox until then:
// after its search, if the settings say so, and as soon as the owner keeps or swaps one.
// What happens in between counts, because Prepare looks at each again. Another search
// has them drawn anew, but for those that the owner keeps.

// Upcoming is a guild's next post as things stand.
type Upcoming struct {
	Slot  catalog.Slot // Key is "" if no post is due
	Picks []Picked
	Held  bool   // the picks are held; otherwise they are what would be picked now
	Short string // why there are fewer picks than asked for; "" if there are not
}

var (
	// ErrNoSlot says that a guild has no post to come, or that it is another one than the
	// caller thought.
	ErrNoSlot = errors.New("this post is not the next one any more; look at the page again")
	// ErrNoPick says that a pick is not in the slot any more.
	ErrNoPick = errors.New("this song is not among the next post's picks any more; look at the page again")
	// ErrNoOther says that there is no song to take a pick's place.
	ErrNoOther = errors.New("there is no other song that could take this one's place")
)

// lockHeld keeps others from changing what a guild holds until unlock is called.
func (l *Loop) lockHeld(guildID string) (unlock func()) {
	l.mu.Lock()
	m := l.holding[guildID]
	if m == nil {
		m = &sync.Mutex{}
		l.holding[guildID] = m
	}
	l.mu.Unlock()
	m.Lock()
	return m.Unlock
}

// mayPost reports whether anything may be posted in a guild.
func mayPost(guild catalog.Guild) bool {
	return guild.ID != catalog.LocalGuild && guild.LeftAt.IsZero() && !guild.Paused && guild.ChannelID != ""
}

// postJob is a guild's scheduled post, and when its searches are.
func postJob(guild catalog.Guild) (posts schedule.Job, scrapes schedule.Job) {
	posts, scrapes = schedule.Job{GuildID: guild.ID, Kind: catalog.RunPost}, schedule.Job{GuildID: guild.ID, Kind: catalog.RunScrape}
	posts.Schedules, scrapes.Schedules = times(guild, func(_, spec string) (schedule.Schedule, bool) {
		s, err := schedule.Parse(spec, guild.Zone)
		return s, err == nil // Jobs reports those that are refused
	})
	return posts, scrapes
}

// due are the picks that a guild holds for a post that is still to come: one of its
// schedule, not too long ago to be made up.
func (l *Loop) due(guild catalog.Guild, history catalog.History) (due []catalog.Held) {
	if len(history.Held) == 0 || !mayPost(guild) {
		return nil
	}
	posts, _ := postJob(guild)
	for _, p := range history.Held {
		slot, found := posts.Next(p.NotBefore.Add(-time.Second))
		if found && slot.Key == p.Slot && l.now().Sub(p.NotBefore) <= schedule.MissedFor {
			due = append(due, p)
		}
	}
	return due
}

// ofSlot are the picks that are held for one slot.
func ofSlot(held []catalog.Held, slotKey string) (picks []catalog.Held) {
	for _, p := range held {
		if p.Slot == slotKey {
			picks = append(picks, p)
		}
	}
	return picks
}

// NextPosts returns up to n slots of a guild's posts to come, as its schedule has them and
// without those that were posted ahead of their time. slot reads one, and may be nil for
// a guild whose posts are all to come.
func NextPosts(ctx context.Context, guild catalog.Guild, now time.Time, n int, slot func(ctx context.Context, key string) (catalog.Slot, bool, error)) (next []catalog.Slot, err error) {
	posts, _ := postJob(guild)
	for range 100 + n {
		s, found := posts.Next(now)
		if !found || len(next) == n {
			break
		}
		var before catalog.Slot
		if slot != nil {
			if before, _, err = slot(ctx, s.Key); err != nil {
				return next, fmt.Errorf("the next posts could not be read: %w", err)
			}
		}
		if !before.Done {
			next = append(next, s)
		}
		now = s.At
	}
	return next, nil
}

// nextSlot is a guild's next slot that was not posted ahead of its time; Key is "" if
// there is none.
func (l *Loop) nextSlot(ctx context.Context, guild catalog.Guild) (catalog.Slot, error) {
	if !mayPost(guild) {
		return catalog.Slot{}, nil
	}
	next, err := NextPosts(ctx, guild, l.now(), 1, l.store.Slot)
	if err != nil || len(next) == 0 {
		return catalog.Slot{}, err
	}
	return next[0], nil
}

// Upcoming returns a guild's next post: the picks that are held for it, as far as they
// still may be posted, and without those what would be picked now. It reads no page.
func (l *Loop) Upcoming(ctx context.Context, guildID string) (Upcoming, error) {
	n, err := l.next(ctx, guildID)
	if err != nil || n.slot.Key == "" {
		return Upcoming{}, err
	}
	u := Upcoming{Slot: n.slot, Held: len(n.held) > 0}
	u.Picks, u.Short, err = l.draw(ctx, n.guild, n.history, drawing{slotKey: n.slot.Key, stays: n.held})
	return u, err
}

// nextPost is a guild's next slot with what is held for it.
type nextPost struct {
	guild   catalog.Guild
	history catalog.History
	slot    catalog.Slot
	held    []catalog.Held
}

func (l *Loop) next(ctx context.Context, guildID string) (n nextPost, err error) {
	if n.guild, err = l.guild(ctx, guildID); err != nil {
		return n, err
	}
	if n.slot, err = l.nextSlot(ctx, n.guild); err != nil || n.slot.Key == "" {
		return n, err
	}
	if n.history, err = l.history(ctx, guildID); err != nil {
		return n, err
	}
	n.held = ofSlot(l.due(n.guild, n.history), n.slot.Key)
	return n, nil
}

// prepareNext prepares a guild's next post ahead, after a search or a post: if the
// settings say so and the search for it is done, or if it holds picks already.
func (l *Loop) prepareNext(ctx context.Context, guildID string, by catalog.Asker) {
	held, err := l.store.Held(ctx, guildID)
	if err == nil && (len(held) > 0 || l.opts.PrepareAhead) {
		var n nextPost
		if n, err = l.next(ctx, guildID); err == nil && n.slot.Key != "" && (len(n.held) > 0 || l.opts.PrepareAhead && l.searched(n)) {
			_, err = l.PrepareAhead(ctx, guildID, by)
		}
	}
	if logged := new(schedule.Logged); err != nil && ctx.Err() == nil && !errors.As(err, logged) {
		l.log.WarnContext(ctx, "picks are not prepared ahead; they are chosen at their minute", "guild", guildID, "error", err)
	}
}

// searched reports whether no search is to come before a post.
func (l *Loop) searched(n nextPost) bool {
	_, scrapes := postJob(n.guild)
	search, found := scrapes.Next(l.now())
	return !found || search.At.After(n.slot.At)
}

// PrepareAhead chooses the picks of a guild's next post and holds them until its minute.
// Picks that are held already are drawn anew, but for those that the owner keeps.
func (l *Loop) PrepareAhead(ctx context.Context, guildID string, by catalog.Asker) (catalog.Run, error) {
	guild, err := l.guild(ctx, guildID)
	if err != nil {
		return catalog.Run{}, err
	}
	slot, err := l.nextSlot(ctx, guild)
	if err != nil {
		return catalog.Run{}, err
	}
	ctx, leave, err := l.ahead.Enter(ctx, l.dailyTurn(ctx, slot))
	if err != nil {
		return catalog.Run{}, err
	}
	defer leave()
	run := catalog.Run{GuildID: guildID, Kind: catalog.RunPrepare, By: by}
	return l.runs.do(ctx, run, func(ctx context.Context, run *catalog.Run) error {
		return l.change(ctx, guildID, "", func(n nextPost) ([]Picked, error) {
			stays := slices.DeleteFunc(slices.Clone(n.held), func(p catalog.Held) bool { return !p.Kept })
			for i := range stays { // others may have been drawn in its place
				stays[i].Policy, stays[i].Propensity = catalog.PolicyChanged, 0
			}
			picks, shortfall, err := l.draw(ctx, n.guild, n.history, drawing{slotKey: n.slot.Key, stays: stays, afresh: true, age: refreshAfter})
			if shortfall != "" {
				run.Alarms = append(run.Alarms, shortfall)
			}
			run.Counts["picks"] = len(picks)
			return picks, err
		})
	})
}

// Keep makes one of the next post's picks stay when they are drawn anew, or with keep false
// no longer. If the picks are not held yet, they are from now on.
func (l *Loop) Keep(ctx context.Context, guildID, slotKey, videoID string, keep bool) error {
	return l.changePick(ctx, guildID, slotKey, videoID, func(n nextPost, picks []Picked, i int) ([]Picked, error) {
		picks[i].Kept = keep
		return picks, nil
	})
}

// Swap puts the next best song in the place of one of the next post's picks, which stays a
// candidate. The one in its place is kept.
func (l *Loop) Swap(ctx context.Context, guildID, slotKey, videoID string) error {
	return l.changePick(ctx, guildID, slotKey, videoID, func(n nextPost, picks []Picked, i int) ([]Picked, error) {
		out := picks[i]
		others := slices.Delete(slices.Clone(picks), i, i+1)
		best := n.guild
		best.Picks, best.Exploration, best.Wildcard = len(picks), 0, false
		worse := func(c Ranked) bool { // ranked below the one that goes
			return c.Score < out.Post.Score || c.Score == out.Post.Score && c.Video.ID > videoID
		}
		for _, from := range []func(Ranked) bool{worse, func(c Ranked) bool { return c.Video.ID != videoID }} {
			d := drawing{slotKey: n.slot.Key, stays: heldAs(others), afresh: true, from: from}
			after, _, err := l.draw(ctx, best, n.history, d)
			if err != nil {
				return nil, err
			}
			at := slices.IndexFunc(after, func(p Picked) bool { return !contains(others, p) })
			if at < 0 {
				continue // all are better: begin again with the best
			}
			in := after[at]
			in.Post.Policy, in.Post.Propensity, in.Post.Position, in.Kept = catalog.PolicyChanged, 0, out.Post.Position, true
			picks[i] = in
			return picks, nil
		}
		return nil, ErrNoOther
	})
}

// Veto blocks the song of one of the next post's picks in the guild. The next best takes
// its place, if the picks are held. by is for the block list, "" for the owner.
func (l *Loop) Veto(ctx context.Context, guildID, slotKey, videoID, by string) error {
	video, found, err := l.store.Video(ctx, videoID)
	if err != nil || !found {
		return errors.Join(err, ErrNoPick)
	}
	n, err := l.next(ctx, guildID)
	switch {
	case err != nil:
		return err
	case n.slot.Key != slotKey:
		return ErrNoSlot
	}
	blocked := catalog.BlockedSong{VideoID: videoID, Title: cmp.Or(video.Title, videoID), By: by, At: l.now().UTC()}
	if artists := video.Performers(); len(artists) > 0 {
		blocked.Artist, blocked.Title = artists[0], video.Song.Title
	}
	err = l.store.UpdateGuild(ctx, guildID, func(g *catalog.Guild) error {
		if len(g.BlockedSongs) >= mostBlockedSongs {
			return fmt.Errorf("%d songs are blocked already; unblock some first", mostBlockedSongs)
		}
		if !slices.ContainsFunc(g.BlockedSongs, func(s catalog.BlockedSong) bool { return s.VideoID == videoID }) {
			g.BlockedSongs = append(g.BlockedSongs, blocked)
		}
		return nil
	})
	if err != nil || len(n.held) == 0 {
		return err
	}
	return l.change(ctx, guildID, slotKey, func(n nextPost) ([]Picked, error) {
		picks, _, err := l.draw(ctx, n.guild, n.history, drawing{slotKey: slotKey, stays: n.held})
		l.noteVeto(guildID, videoID, n.held, picks)
		return picks, err
	})
}

// A veto is what Unveto needs to put a pick back in its place.
type veto struct {
	out catalog.Held
	in  string // the video that came in its place; "" for none
}

// noteVeto remembers a guild's last veto of a held pick, until the next or a restart.
func (l *Loop) noteVeto(guildID, videoID string, before []catalog.Held, after []Picked) {
	var v veto
	for _, p := range before {
		if p.VideoID == videoID {
			v.out = p
		}
	}
	for _, p := range after {
		if !slices.ContainsFunc(before, func(h catalog.Held) bool { return h.VideoID == p.Video.ID }) {
			v.in = p.Video.ID
		}
	}
	l.mu.Lock()
	l.vetoes[guildID] = v
	l.mu.Unlock()
}

// mostBlockedSongs is the limit of package limit.
const mostBlockedSongs = 500

// Unveto takes a song off a guild's block list. It is a candidate again. If it was vetoed
// just now and its slot still holds picks, it is back in its place, unless the owner has
// kept the song that came there.
func (l *Loop) Unveto(ctx context.Context, guildID, videoID string) (back bool, err error) {
	err = l.store.UpdateGuild(ctx, guildID, func(g *catalog.Guild) error {
		g.BlockedSongs = slices.DeleteFunc(g.BlockedSongs, func(s catalog.BlockedSong) bool { return s.VideoID == videoID })
		return nil
	})
	l.mu.Lock()
	last := l.vetoes[guildID]
	if last.out.VideoID == videoID {
		delete(l.vetoes, guildID)
	}
	l.mu.Unlock()
	if err != nil || last.out.VideoID != videoID {
		return false, err
	}
	err = l.change(ctx, guildID, last.out.Slot, func(n nextPost) ([]Picked, error) {
		at := slices.IndexFunc(n.held, func(p catalog.Held) bool { return p.VideoID == last.in })
		if len(n.held) == 0 || at < 0 && last.in != "" || at >= 0 && n.held[at].Kept {
			return nil, ErrNoPick
		}
		stays := slices.Clone(n.held)
		if at >= 0 {
			stays = slices.Delete(stays, at, at+1)
		}
		last.out.Policy, last.out.Propensity = catalog.PolicyChanged, 0
		// It comes first: before what has moved up into its place, and before a song that
		// does not go with it.
		stays = append([]catalog.Held{last.out}, stays...)
		n.history.Held = append(slices.Clone(n.history.Held), last.out)
		picks, _, err := l.draw(ctx, n.guild, n.history, drawing{slotKey: n.slot.Key, stays: stays})
		back = slices.ContainsFunc(picks, func(p Picked) bool { return p.Video.ID == videoID })
		return picks, err
	})
	if errors.Is(err, ErrNoPick) || errors.Is(err, ErrNoSlot) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("the song is a candidate again, but not back in its place: %w", err)
	}
	return back, nil
}

// PostNow writes the posts of a guild's next slot, which is used up by that; the bot sends
// them.
func (l *Loop) PostNow(ctx context.Context, guildID, slotKey string, by catalog.Asker) (catalog.Run, error) {
	n, err := l.next(ctx, guildID)
	switch {
	case err != nil:
		return catalog.Run{}, err
	case n.slot.Key != slotKey || slotKey == "":
		return catalog.Run{}, ErrNoSlot
	}
	return l.Prepare(ctx, n.slot, by, nil)
}

// changePick has one of the next post's picks, the i-th, changed as f says, and holds the
// picks.
func (l *Loop) changePick(ctx context.Context, guildID, slotKey, videoID string, f func(n nextPost, picks []Picked, i int) ([]Picked, error)) error {
	return l.change(ctx, guildID, slotKey, func(n nextPost) ([]Picked, error) {
		picks, _, err := l.draw(ctx, n.guild, n.history, drawing{slotKey: n.slot.Key, stays: n.held})
		if err != nil {
			return nil, err
		}
		i := slices.IndexFunc(picks, func(p Picked) bool { return p.Video.ID == videoID })
		if i < 0 {
			return nil, ErrNoPick
		}
		return f(n, picks, i)
	})
}

// change holds for a guild's next post, which is that of slotKey unless that is "", the
// picks that f returns.
func (l *Loop) change(ctx context.Context, guildID, slotKey string, f func(nextPost) ([]Picked, error)) error {
	defer l.lockHeld(guildID)()
	n, err := l.next(ctx, guildID)
	switch {
	case err != nil:
		return err
	case n.slot.Key == "" || slotKey != "" && n.slot.Key != slotKey:
		return ErrNoSlot
	}
	picks, err := f(n)
	if err != nil {
		return err
	}
	for i := range picks {
		picks[i].Post.ChannelID = n.guild.ChannelID
	}
	var gone []string // slots that the schedule has no more
	due := l.due(n.guild, n.history)
	for _, p := range n.history.Held {
		if len(ofSlot(due, p.Slot)) == 0 {
			gone = append(gone, p.Slot)
		}
	}
	held, err := l.store.Hold(ctx, n.slot, heldAs(picks), gone...)
	switch {
	case err != nil:
		return fmt.Errorf("the picks could not be written down: %w", err)
	case !held:
		return ErrNoSlot
	}
	return nil
}

// heldAs are picks as they are held.
func heldAs(picks []Picked) []catalog.Held {
	held := make([]catalog.Held, len(picks))
	for i, p := range picks {
		held[i] = catalog.Held{Post: p.Post, Kept: p.Kept}
	}
	return held
}

func contains(picks []Picked, p Picked) bool {
	return slices.ContainsFunc(picks, func(o Picked) bool { return o.Video.ID == p.Video.ID })
}
