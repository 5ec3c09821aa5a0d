package pipeline

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"maps"
	"math"
	"slices"
	"time"

	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/pick"
	"cratedigger/pipeline/taste"
	"cratedigger/pipeline/youtube"
)

// postStore is what preparing posts asks of the catalogue.
type postStore interface {
	History(ctx context.Context, guildID string) (catalog.History, error)
	Video(ctx context.Context, id string) (catalog.Video, bool, error)
	VideosByID(ctx context.Context, ids []string) (map[string]catalog.Video, error)
	Held(ctx context.Context, guildID string) ([]catalog.Held, error)
	Hold(ctx context.Context, slot catalog.Slot, picks []catalog.Held, gone ...string) (held bool, err error)
	CreatePosts(ctx context.Context, slot catalog.Slot, posts []catalog.Post, rows []catalog.Outbox) (created bool, err error)
	Slot(ctx context.Context, slotKey string) (s catalog.Slot, found bool, err error)
	LastSent(ctx context.Context, guildID string) (s catalog.Slot, found bool, err error)
	UpdateGuild(ctx context.Context, id string, change func(*catalog.Guild) error) error
}

// Picked is a picked video and the post made for it.
type Picked struct {
	Post  catalog.Post
	Video catalog.Video
	Kept  bool // see catalog.Held
}

// Deviation is the standard deviation of the pick's probability, 0 when unknown.
func (p Picked) Deviation() float64 {
	return math.Sqrt(max(0, spread(taste.Score{Probability: p.Post.Score, Variance: p.Post.Variance})))
}

// rechecks is how many watch pages are read at most just before posting.
const rechecks = 40

// recheckAge is how old a pick's watch page may be when the pick is posted.
const recheckAge = 15 * time.Minute

// Pages come seconds after each other, and reading five for each guild of a minute that
// hundreds share would take hours and the day's pages. So longTurn after its minute a
// guild's picks are posted on the word of pages that were read within days, as long as
// crowd guilds wait for their turn.
const (
	longTurn = time.Minute
	crowd    = 8
)

// Prepare chooses the picks of a slot and writes their posts and outbox rows in
// one transaction; the bot sends them. Picks that are held for the slot are posted, as far
// as they still may be. A slot that was posted before is left
// as it is. With too few candidates there are fewer picks, and the run says why.
func (l *Loop) Prepare(ctx context.Context, slot catalog.Slot, by catalog.Asker, progress Progress) (catalog.Run, error) {
	guild, err := l.guild(ctx, slot.GuildID)
	if err != nil {
		return catalog.Run{}, err
	}
	turn := l.dailyTurn(ctx, slot)
	if by != catalog.BySchedule {
		turn = atOnce
	}
	ctx, leave, err := l.posting.Enter(ctx, turn) // a ranking takes megabytes, and guilds choose the same hours
	if err != nil {
		return catalog.Run{}, err
	}
	defer leave()
	age := recheckAge
	if l.posting.Waiting() >= crowd && l.now().Sub(slot.At) > longTurn {
		age = refreshAfter
	}
	run := catalog.Run{GuildID: guild.ID, Kind: catalog.RunPost, By: by, Slot: slot.Key}
	return l.runs.do(ctx, run, func(ctx context.Context, run *catalog.Run) error {
		progress.report("choosing", 0, guild.Picks)
		defer l.lockHeld(guild.ID)()
		history, err := l.history(ctx, guild.ID)
		if err != nil {
			return err
		}
		held := ofSlot(l.due(guild, history), slot.Key)
		picks, shortfall, err := l.draw(ctx, guild, history, drawing{slotKey: slot.Key, stays: held, age: age})
		if err != nil {
			return err
		}
		run.Counts["picks"] = len(picks)
		if shortfall != "" {
			run.Alarms = append(run.Alarms, shortfall)
		}
		progress.report("choosing", len(picks), guild.Picks)
		posts, rows, err := l.compose(ctx, guild, history, slot, picks)
		if err != nil {
			return err
		}
		created, err := l.store.CreatePosts(ctx, slot, posts, rows)
		if err != nil {
			return fmt.Errorf("the picks could not be written down, so nothing is posted: %w", err)
		}
		if !created {
			run.Counts["picks"] = 0
			run.Alarms = append(run.Alarms, "the slot was posted before; nothing was posted again")
		}
		return nil
	})
}

// Start makes a guild's first picks after its set-up, in a slot of its own. To be
// quick it reads one result page a query and a few watch pages.
func (l *Loop) Start(ctx context.Context, guildID string, by catalog.Asker, progress Progress) (catalog.Run, error) {
	const details = 15
	now := l.now().UTC()
	ctx, end, err := l.runs.claim(ctx, catalog.Run{GuildID: guildID, Kind: catalog.RunStart, By: by, Started: now})
	if err != nil {
		return catalog.Run{}, err
	}
	defer end()
	if run, err := l.scrape(ctx, guildID, by, "", details, progress); err != nil {
		return run, err
	}
	slot, err := l.startSlot(ctx, guildID)
	if err != nil {
		return catalog.Run{}, err
	}
	return l.Prepare(ctx, slot, by, progress)
}

// startSlot is a slot for the picks of a start, named by the minute. A second start
// in the same minute gets a slot of its own if the first one's is done; otherwise it
// takes the first one's, which may have been reopened because Discord refused its
// picks.
func (l *Loop) startSlot(ctx context.Context, guildID string) (catalog.Slot, error) {
	now := l.now().UTC()
	slot := catalog.Slot{GuildID: guildID, Kind: catalog.RunPost, At: now}
	for n := 1; ; n++ {
		slot.Key = guildID + "/start/" + now.Format("2006-01-02T15:04")
		if n > 1 {
			slot.Key += fmt.Sprintf("/%d", n)
		}
		if before, found, err := l.store.Slot(ctx, slot.Key); err != nil {
			return slot, fmt.Errorf("the slot of the first picks could not be read: %w", err)
		} else if !found || !before.Done {
			return slot, nil
		}
	}
}

// Choose returns what would be posted now, except videos that the member has voted
// on; with memberID "" it leaves out nobody's. It makes no post, but like Prepare it
// reads the picks' watch pages again and stores what they say.
func (l *Loop) Choose(ctx context.Context, guildID, memberID string) ([]Picked, error) {
	guild, history, err := l.guildHistory(ctx, guildID)
	if err != nil {
		return nil, err
	}
	slotKey := guildID + "/now/" + l.now().UTC().Format(time.RFC3339)
	picks, _, err := l.draw(ctx, guild, history, drawing{slotKey: slotKey, memberID: memberID, age: recheckAge})
	return picks, err
}

// A drawing says which picks are drawn.
type drawing struct {
	slotKey  string
	memberID string            // songs that this member has voted on are left out; "" for nobody's
	stays    []catalog.Held    // of the slot: they stay as far as they still may be posted
	afresh   bool              // the others are drawn in their own right, not in place of picks that fell
	from     func(Ranked) bool // which candidates may be drawn; nil: all
	age      time.Duration     // watch pages of picks are read again if they are older; 0: none is read
}

// draw chooses the picks of a slot, and reads their pages again. It replaces picks
// that have become private or turn out not to be music. It leaves out songs that all
// active members have voted on, those that the member has, if memberID is not "", and
// those that other slots hold. A pick in place of one that was held and fell is changed
// (catalog.PolicyChanged). shortfall is a sentence about why there are fewer picks than
// asked for, or "".
func (l *Loop) draw(ctx context.Context, guild catalog.Guild, history catalog.History, d drawing) (picks []Picked, shortfall string, err error) {
	var r ranking
	var songs songHistory
	if len(d.stays) == 0 {
		if r, err = l.candidates(ctx, guild, history); err != nil {
			return nil, "", err
		}
		songs = r.history
	} else { // that may be all picks, and a ranking takes much work
		book, err := l.book(ctx, guild.ID)
		if err != nil {
			return nil, "", err
		}
		songs = book.bySong(history)
	}
	leftOut := knownToAll(songs, l.now())
	if d.memberID != "" {
		maps.Copy(leftOut, songs.LabelledBy(d.memberID))
	}
	for _, p := range l.due(guild, history) {
		if p.Slot != d.slotKey {
			leftOut[songs.upload(p.VideoID)] = true
		}
	}
	videos, err := l.store.VideosByID(ctx, history.VideoIDs())
	if err != nil {
		return nil, "", fmt.Errorf("the videos that were shown or voted on could not be read: %w", err)
	}
	options := l.pickOptions(guild, songs, videos, d.slotKey)
	for _, id := range sortedKeys(leftOut) { // so that re-uploads are left out too
		if v, ok := videos[id]; ok {
			options.Posted = append(options.Posted, pick.Posted{Video: v})
		}
	}
	floor := pick.NewFloor(guild, &songs.book.directory)
	gone := map[string]bool{}    // may no longer be posted
	checked := map[string]bool{} // read again, and may be posted
	check := func(id string) error {
		if d.age == 0 || checked[id] || gone[id] || len(checked)+len(gone) >= rechecks {
			return nil
		}
		fit, err := l.recheck(ctx, floor, id, d.age)
		checked[id], gone[id] = fit, !fit
		return err
	}
	posted := newPosted(songs, guild, l.now())
	open := func(v catalog.Video) bool { // whether it is among the candidates
		fit, _ := floor.Allows(v)
		return fit && !posted.bars(v.ID) && !leftOut[v.ID] && !leftOut[songs.upload(v.ID)]
	}
	for _, p := range d.stays {
		v, found := videos[p.VideoID]
		if len(picks) == guild.Picks || !found || !open(v) || pick.Together(v, options.Chosen, options) {
			continue
		}
		if barred, _ := options.PostedBefore(v); barred {
			continue
		}
		if err := check(p.VideoID); err != nil {
			return nil, "", err
		}
		if !gone[p.VideoID] {
			picks, options.Chosen = append(picks, Picked{Post: p.Post, Video: v, Kept: p.Kept}), append(options.Chosen, v)
			options.Wildcard = options.Wildcard && !p.Wildcard
		}
	}
	if len(picks) == guild.Picks {
		return placed(picks, len(picks)), "", nil
	}
	if len(d.stays) > 0 {
		if r, err = l.candidates(ctx, guild, history); err != nil {
			return nil, "", err
		}
	}
	candidates := songs.leaveOut(r.list, leftOut)
	facts, err := l.reasonFacts(ctx, guild.ID, songs, videos)
	if err != nil {
		return nil, "", err
	}
	options.N, options.ByRule = options.N-len(picks), r.model == nil
	changed := !d.afresh && len(picks) < len(d.stays)
	for {
		var left []pick.Candidate // the candidates that may still be picked
		for _, r := range candidates {
			if !r.Posted && !gone[r.Video.ID] && (d.from == nil || d.from(r)) {
				left = append(left, candidate(r))
			}
		}
		result := pick.Choose(left, options)
		again := false
		for _, p := range result.Picks {
			if err := check(p.Video.ID); err != nil {
				return nil, "", err
			}
			again = again || gone[p.Video.ID]
		}
		if again && len(checked)+len(gone) < rechecks {
			continue
		}
		for i, p := range result.Picks {
			if gone[p.Video.ID] {
				continue
			}
			if changed {
				p.Policy, p.Propensity = catalog.PolicyChanged, 0
			}
			picked, err := l.makePost(ctx, guild, d.slotKey, i, p, candidates, r)
			if err != nil {
				return nil, "", err
			}
			picked.Post.Reasons = facts.complete(picked, rankOf(candidates, p.Video.ID) >= exploreFrom*guild.Picks)
			picks = append(picks, picked)
		}
		return placed(picks, len(options.Chosen)), result.Short, nil
	}
}

// placed gives picks their places in the slot. The first ones, so many as stay, keep
// theirs; the others take what is free.
func placed(picks []Picked, stay int) []Picked {
	if stay == 0 {
		return picks
	}
	taken := map[int]bool{}
	for _, p := range picks[:stay] {
		taken[p.Post.Position] = true
	}
	free := 0
	for i := stay; i < len(picks); i++ {
		for taken[free] {
			free++
		}
		picks[i].Post.Position, taken[free] = free, true
	}
	slices.SortStableFunc(picks, func(a, b Picked) int { return a.Post.Position - b.Post.Position })
	for i := range picks {
		picks[i].Post.Position = i
	}
	return picks
}

// pickOptions converts the guild's settings and history for package pick; videos
// are those of the history.
func (l *Loop) pickOptions(guild catalog.Guild, history songHistory, videos map[string]catalog.Video, slotKey string) pick.Options {
	o := pick.Options{
		N: guild.Picks, Exploration: guild.Exploration, Wildcard: guild.Wildcard,
		Seed: l.seed ^ hash(slotKey), Songs: history.book, Packaging: l.packaging(),
	}
	seen := map[string]bool{}
	for _, p := range slices.Backward(history.whole.Posts) { // the newest of a video counts
		if v, found := videos[p.VideoID]; found && !seen[p.VideoID] && p.Used() {
			seen[p.VideoID] = true
			o.Posted = append(o.Posted, pick.Posted{Video: v, Again: mayComeAgain(p, guild, l.now())})
		}
	}
	sums := history.Sums()
	for _, id := range sortedKeys(sums) {
		if v, found := videos[id]; found && sums[id] < 0 {
			o.Disliked = append(o.Disliked, v)
		}
	}
	return o
}

// recheck reads a video's page again, if it is older than age, and reports whether the
// video may be posted. When
// YouTube cannot be read, a video whose watch page was read before may be posted.
func (l *Loop) recheck(ctx context.Context, floor pick.Floor, id string, age time.Duration) (bool, error) {
	stored, found, err := l.store.Video(ctx, id)
	if err != nil {
		return false, fmt.Errorf("video %s could not be read from the catalogue: %w", id, err)
	}
	if l.source != nil && (age == recheckAge || l.now().Sub(stored.DetailedAt) >= age) {
		err = l.source.Read(youtube.Fresh(ctx, age), []string{id}, func(page youtube.Page) error {
			return l.keepPage(ctx, page, catalog.Sighting{})
		})
		if ctx.Err() != nil {
			return false, ctx.Err()
		}
		if err != nil {
			l.log.WarnContext(ctx, "a pick could not be checked again before posting", "video", id, "error", err)
			return found && !stored.DetailedAt.IsZero(), nil
		}
		if stored, found, err = l.store.Video(ctx, id); err != nil {
			return false, fmt.Errorf("video %s could not be read from the catalogue: %w", id, err)
		}
	}
	if !found {
		return false, nil
	}
	fit, why := floor.Allows(stored)
	if !fit {
		l.log.InfoContext(ctx, "a pick is passed over", "video", id, "because", why.String())
	}
	return fit, nil
}

// makePost makes the post of a pick, without its channel and times.
func (l *Loop) makePost(ctx context.Context, guild catalog.Guild, slotKey string, position int, p pick.Pick, candidates []Ranked, r ranking) (Picked, error) {
	video, ok, err := l.store.Video(ctx, p.Video.ID)
	if err != nil || !ok {
		return Picked{}, errors.Join(err, fmt.Errorf("video %s is not in the catalogue any more", p.Video.ID))
	}
	post := catalog.Post{
		ID: catalog.PostID(slotKey, video.ID), GuildID: guild.ID, VideoID: video.ID, Slot: slotKey,
		Position: position, Wildcard: p.Wildcard,
		Score: p.Probability, Variance: p.Variance, Policy: p.Policy, Propensity: p.Propensity,
	}
	for _, c := range candidates {
		if c.Video.ID == video.ID {
			post.ModelVersion = c.ModelVersion
		}
	}
	if n := len(video.Observations); n > 0 {
		post.Observation = video.Observations[n-1]
	}
	if r.model != nil {
		if card, err := taste.ReadCard(r.model.Card()); err == nil {
			post.Labels = card.Labels
		}
	}
	post.Reasons = l.reasons(ctx, video, r, p.Policy)
	return Picked{Post: post, Video: video}, nil
}

// Missing is how many votes more a guild needs at least, until a model can learn from them.
func (l *Loop) Missing(ctx context.Context, guildID string) (int, error) {
	history, err := l.history(ctx, guildID)
	if err != nil {
		return 0, err
	}
	return l.missing(ctx, guildID, history)
}

func (l *Loop) missing(ctx context.Context, guildID string, history catalog.History) (int, error) {
	book, err := l.book(ctx, guildID)
	if err != nil {
		return 0, err
	}
	labels, _ := l.labels(book.bySong(history), nil)
	return taste.Missing(labels), nil
}

// compose completes the posts of a slot and makes their outbox rows.
func (l *Loop) compose(ctx context.Context, guild catalog.Guild, history catalog.History, slot catalog.Slot, picks []Picked) ([]catalog.Post, []catalog.Outbox, error) {
	if len(picks) == 0 {
		return nil, nil, nil
	}
	now := l.now().UTC()
	h := Heading{Picks: len(picks)}
	if picks[0].Post.ModelVersion == 0 && !postedToday(guild, history, now) {
		var err error
		if h.Missing, err = l.missing(ctx, guild.ID, history); err != nil {
			return nil, nil, err
		}
	}
	heading, err := json.Marshal(h)
	if err != nil {
		return nil, nil, fmt.Errorf("the heading could not be written: %w", err)
	}
	row := func(n int, kind catalog.OutboxKind, postID, text string) catalog.Outbox {
		id := fmt.Sprintf("%s/%02d", slot.Key, n)
		return catalog.Outbox{
			ID: id, GuildID: guild.ID, ChannelID: guild.ChannelID, Slot: slot.Key, Kind: kind,
			PostID: postID, Text: text, Nonce: catalog.Nonce(id), State: catalog.StatePending, CreatedAt: now,
		}
	}
	rows := []catalog.Outbox{row(0, catalog.OutboxHeading, "", string(heading))}
	var posts []catalog.Post
	for i, p := range picks {
		p.Post.ChannelID, p.Post.State, p.Post.CreatedAt = guild.ChannelID, catalog.StatePending, now
		posts = append(posts, p.Post)
		rows = append(rows, row(i+1, catalog.OutboxPick, p.Post.ID, ""))
	}
	return posts, rows, nil
}

// postedToday reports whether a guild has posts of the day in its zone.
func postedToday(guild catalog.Guild, history catalog.History, now time.Time) bool {
	zone, err := time.LoadLocation(guild.Zone)
	if err != nil {
		zone = time.UTC
	}
	day := now.In(zone).Format(time.DateOnly)
	return slices.ContainsFunc(history.Posts, func(p catalog.Post) bool {
		return p.State != catalog.StateFailed && p.CreatedAt.In(zone).Format(time.DateOnly) == day
	})
}

// hash makes a seed of a slot's key.
func hash(s string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(s))
	return h.Sum64()
}
