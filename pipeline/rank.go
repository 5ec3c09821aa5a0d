package pipeline

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/feature"
	"cratedigger/pipeline/pick"
	"cratedigger/pipeline/taste"
	"cratedigger/pipeline/youtube"
)

// rankStore is what ranking asks of the catalogue.
type rankStore interface {
	Guild(ctx context.Context, id string) (catalog.Guild, bool, error)
	GuildVideos(ctx context.Context, guildID string) ([]catalog.Video, error)
	Video(ctx context.Context, id string) (catalog.Video, bool, error)
	History(ctx context.Context, guildID string) (catalog.History, error)
	Finds(ctx context.Context, guildID string) ([]catalog.Find, error)
	Champion(ctx context.Context, guildID string) (catalog.Model, bool, error)
	ChampionCard(ctx context.Context, guildID string) (catalog.Model, bool, error)
	Neighbours(ctx context.Context, id string) ([]youtube.Neighbour, error)
	Generation(ctx context.Context, guildID string) (uint64, error)
}

// ranker caches a guild's champion and its scores of the catalogue. Ranking again
// costs nothing until either changes.
type ranker struct {
	mu         sync.Mutex
	version    int
	model      *taste.Model   // nil while the rule ranks
	cache      *feature.Cache // the videos' text features while there is no model; made at first use
	generation uint64
	scoredAt   time.Time
	scores     []taste.Score // of the model, by index of videos; nil while the rule ranks alone
	videos     []catalog.Video
	book       *songbook // of videos

	usual  *taste.Rule   // before any label; made at first use
	rule   *taste.Rule   // nil when the model ranks alone
	ruleOf []taste.Label // that the rule learned from
	ruled  []taste.Score // of model and rule together, by index of videos

	used uint64 // by Loop.uses, at the newest use
	blob int    // bytes of the model as it is stored
}

// What a guild's ranker takes in memory, about: TestRankingsWithinMemory measures it.
const (
	modelBytes = 4    // for each byte of the model as it is stored
	videoBytes = 1000 // for each video and its scores
	textBytes  = 4000 // for each video whose texts were read, as they stay for the next scores
)

// size is about what r takes in memory, in bytes. r.mu is held.
func (r *ranker) size() int64 {
	n := int64(len(r.videos)) * videoBytes
	if r.model != nil {
		n += int64(r.blob)*modelBytes + int64(r.model.Cache().Len())*textBytes
	}
	if r.cache != nil {
		n += int64(r.cache.Len()) * textBytes
	}
	return n
}

// scoresKeep is how long scores of an unchanged catalogue are used. They change by
// themselves, because a video's age is a feature.
const scoresKeep = time.Hour

// dropStale frees the videos and scores of all guilds that are too old to be used
// again, and beyond the bound of memory all that was used longest ago, models too: they
// are loaded again when they are needed. With many guilds these are most of the memory in
// use.
func (l *Loop) dropStale() {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	var idle []*ranker
	var size int64
	for _, r := range l.rankers {
		if !r.mu.TryLock() {
			continue // in use
		}
		if now.Sub(r.scoredAt) >= scoresKeep {
			r.videos, r.scores, r.book, r.usual, r.rule, r.ruled = nil, nil, nil, nil, nil, nil
		}
		size += r.size()
		idle = append(idle, r)
	}
	slices.SortFunc(idle, func(a, b *ranker) int { return cmp.Compare(a.used, b.used) })
	for _, r := range idle {
		if n := r.size(); n > 0 && l.opts.Memory > 0 && size > l.opts.Memory {
			l.log.Debug("a guild's model and ranking leave the memory until they are used again", "bytes", n, "all", size)
			size -= n
			r.version, r.model, r.blob, r.cache, r.videos, r.scores = 0, nil, 0, nil, nil, nil
			r.book, r.usual, r.rule, r.ruled = nil, nil, nil, nil
		}
		r.mu.Unlock()
	}
}

// ranker returns a guild's ranker and creates it at first use.
func (l *Loop) ranker(guildID string) *ranker {
	l.mu.Lock()
	defer l.mu.Unlock()
	r := l.rankers[guildID]
	if r == nil {
		r = &ranker{}
		l.rankers[guildID] = r
	}
	return r
}

// champion loads the guild's champion unless it is loaded already. r.mu is
// held.
func (l *Loop) champion(ctx context.Context, guildID string, r *ranker) error {
	r.used = l.uses.Add(1)
	stored, ok, err := l.store.ChampionCard(ctx, guildID)
	if ok && err == nil && stored.Version != r.version {
		stored, ok, err = l.store.Champion(ctx, guildID)
	}
	if err != nil {
		return fmt.Errorf("the model of guild %s could not be read: %w", guildID, err)
	}
	switch {
	case !ok:
		r.forget(0, nil)
	case stored.Version != r.version:
		r.blob = len(stored.Blob)
		model, err := taste.Load(bytes.NewReader(stored.Blob))
		if err != nil {
			return fmt.Errorf("model %d of guild %s cannot be used: %w; retrain, or roll back to an earlier one", stored.Version, guildID, err)
		}
		r.forget(stored.Version, model)
	}
	return nil
}

// score brings r's videos and scores up to date. r.mu is held.
func (l *Loop) score(ctx context.Context, guildID string, r *ranker) error {
	if err := l.champion(ctx, guildID, r); err != nil {
		if ctx.Err() != nil {
			return err
		}
		// A model that cannot be read must not silence the bot.
		l.log.Warn("the rule ranks", "guild", guildID, "error", err)
		r.forget(0, nil)
	}
	defer l.dropStale()
	now := l.now()
	generation, err := l.store.Generation(ctx, guildID)
	if err != nil {
		return err
	}
	if r.videos != nil && r.generation == generation && now.Sub(r.scoredAt) < scoresKeep && !now.Before(r.scoredAt) {
		return nil
	}
	videos, err := l.store.GuildVideos(ctx, guildID)
	if err != nil {
		return fmt.Errorf("the videos of guild %s could not be read: %w", guildID, err)
	}
	book := newSongbook(videos)
	book.tell(videos)
	var scores []taste.Score
	if r.learned() {
		if scores, err = r.model.Score(ctx, videos, now); err != nil {
			return fmt.Errorf("the videos of guild %s could not be scored: %w", guildID, err)
		}
	}
	r.videos, r.scores, r.generation, r.scoredAt = videos, scores, generation, now
	r.book, r.usual, r.ruled = book, nil, nil
	return nil
}

// forget drops what another champion scored. r.mu is held.
func (r *ranker) forget(version int, model *taste.Model) {
	if r.version != version || r.model != model {
		r.version, r.model, r.videos, r.scores, r.ruled = version, model, nil, nil, nil
	}
}

// learned reports whether the champion ranks, alone or beside the rule.
func (r *ranker) learned() bool { return r.model != nil && r.model.Learned() }

// trust is the model's share of the say.
func (r *ranker) trust() float64 {
	if !r.learned() {
		return 0
	}
	return r.model.Trust()
}

// mixed returns the scores of r's videos by the model and by the rule that the guild's
// votes teach, which every new vote changes. r.mu is held, and r is scored.
func (l *Loop) mixed(ctx context.Context, r *ranker, guild catalog.Guild, songs songHistory) ([]taste.Score, error) {
	trust := r.trust()
	if trust == 1 {
		r.rule, r.ruled = nil, nil
		return r.scores, nil
	}
	labels, standIns := l.labels(songs, r.videos)
	// A label's weight falls with each hour and makes no new rule.
	same := func(a, b taste.Label) bool {
		return a.VideoID == b.VideoID && a.Share == b.Share && a.Voters == b.Voters
	}
	if r.ruled != nil && slices.EqualFunc(labels, r.ruleOf, same) {
		return r.ruled, nil
	}
	rule, err := l.learnRule(ctx, r, guild, labels, standIns)
	if err != nil {
		return nil, err
	}
	r.rule, r.ruleOf, r.ruled = rule, labels, rule.Score(r.videos, l.now())
	if trust > 0 {
		for i := range r.ruled {
			r.ruled[i] = taste.Blend(r.scores[i], r.ruled[i], trust)
		}
	}
	return r.ruled, nil
}

// learnRule learns a guild's rule from labels, also of videos that are not among r's, and
// of stand-ins.
func (l *Loop) learnRule(ctx context.Context, r *ranker, guild catalog.Guild, labels []taste.Label, videos []catalog.Video) (*taste.Rule, error) {
	of := make(map[string]bool, len(labels))
	for _, label := range labels {
		of[label.VideoID] = true
	}
	for _, v := range r.videos {
		if of[v.ID] {
			videos = append(videos, v)
			delete(of, v.ID)
		}
	}
	others, err := l.store.VideosByID(ctx, sortedKeys(of))
	if err != nil {
		return nil, fmt.Errorf("the videos with a label could not be read: %w", err)
	}
	for _, id := range sortedKeys(others) {
		v := others[id]
		v.Song.Keys = r.book.directory.Keys(v.Song, v.ChannelID)
		videos = append(videos, v)
	}
	if r.usual == nil {
		queries := make([]string, len(guild.Queries))
		for i, q := range guild.Queries {
			queries[i] = queryName(q)
		}
		r.usual = taste.NewRule(l.texts(r), r.videos, queries)
	}
	rule, err := r.usual.Learn(videos, labels)
	if err != nil {
		return nil, fmt.Errorf("guild %s: %w", guild.ID, err)
	}
	return rule, nil
}

// texts is a cache of the texts of r's videos: the model's, which has read them. r.mu is
// held.
func (l *Loop) texts(r *ranker) *feature.Cache {
	if r.model != nil {
		return r.model.Cache()
	}
	return l.features(r)
}

// Rank returns the guild's candidates for a member, best first: the first n, or
// all with n <= 0. A candidate is a video that its queries found or a member
// proposed, that passes the floor of the guild's settings and is not blocked.
// Songs that the member has voted on, or told of apart from posts, are left out; the
// owner is catalog.ImportVoter, and for "" nothing is left out. What is held for a post is
// marked, and no member but the owner is shown it. Of a song's uploads the best is
// shown. Videos that were posted before
// or that others have voted on are included and marked.
func (l *Loop) Rank(ctx context.Context, guildID, memberID string, n int) ([]Ranked, error) {
	guild, history, err := l.guildHistory(ctx, guildID)
	if err != nil {
		return nil, err
	}
	r, err := l.candidates(ctx, guild, history)
	if err != nil {
		return nil, err
	}
	return l.shown(ctx, r, r.list, memberID, n), nil
}

// shown is the part of a ranked list that a member sees: the first n, or all with
// n <= 0, of each song its best upload, without what the member knows, and the
// first with their reasons.
func (l *Loop) shown(ctx context.Context, r ranking, list []Ranked, memberID string, n int) []Ranked {
	if memberID != "" {
		if memberID != catalog.ImportVoter {
			list = slices.DeleteFunc(list, func(c Ranked) bool { return c.Held })
		}
		list = bestUploads(l.leaveOutKnown(ctx, r, list, memberID), r.history.book)
	}
	if n > 0 && n < len(list) {
		list = list[:n]
	}
	l.explainFirst(ctx, r, list)
	return list
}

// explainFirst gives the first of a list their artists and reasons.
func (l *Loop) explainFirst(ctx context.Context, r ranking, list []Ranked) {
	records, sums := r.history.records(r.videos), r.history.Sums()
	for i := range list[:min(len(list), explained)] {
		video := list[i].Video
		list[i].Artists = records.of(r.history.book, video)
		list[i].Reasons = withArtists(l.reasons(ctx, video, r, ""), video, list[i].Artists, sums[r.history.upload(video.ID)])
	}
}

// explained is how many of a ranked list carry their reasons and artists.
const explained = 50

// spread turns the variance of a raw score into one of the probability, to
// first order.
func spread(s taste.Score) float64 {
	slope := s.Probability * (1 - s.Probability)
	return s.Variance * slope * slope
}

// reasons says why a video has its rank, or why the policy picked it.
func (l *Loop) reasons(ctx context.Context, v catalog.Video, r ranking, policy catalog.Policy) []catalog.Reason {
	var reasons []catalog.Reason
	if policy == catalog.PolicyWildcard {
		reasons = append(reasons, catalog.Reason{Kind: catalog.ReasonWildcard})
	}
	x, err := r.explain(v, l.now())
	if err != nil {
		l.log.WarnContext(ctx, "a score could not be explained", "video", v.ID, "error", err)
		return reasons
	}
	return append(reasons, x.Reasons...)
}

// A ranking is a guild's candidates, best first, without reasons.
type ranking struct {
	list    []Ranked
	videos  []catalog.Video // all of the guild's; not to be changed
	version int             // of the model; 0 when the rule alone ranked
	model   *taste.Model    // nil when the rule alone ranked
	rule    *taste.Rule     // nil when the model alone did
	history songHistory
}

// explain says what moved the score of a video in a ranking.
func (r ranking) explain(v catalog.Video, now time.Time) (taste.Explanation, error) {
	var model, rule taste.Explanation
	var err error
	trust := 0.0
	if r.model != nil {
		trust = r.model.Trust()
		if model, err = r.model.Explain(v, now); err != nil {
			return model, err
		}
	}
	if r.rule != nil {
		rule = r.rule.Explain(v, now)
	}
	return taste.BlendExplanations(model, rule, trust), nil
}

// candidates ranks a guild's candidates.
func (l *Loop) candidates(ctx context.Context, guild catalog.Guild, history catalog.History) (ranking, error) {
	r, err := l.rankAll(ctx, guild, history)
	r.list = slices.DeleteFunc(r.list, func(c Ranked) bool { return c.refused })
	return r, err
}

// rankAll ranks a guild's candidates, and with them the videos that do not pass the
// floor but were posted or are blocked.
func (l *Loop) rankAll(ctx context.Context, guild catalog.Guild, history catalog.History) (ranking, error) {
	r := l.ranker(guild.ID)
	r.mu.Lock()
	defer r.mu.Unlock()
	out, scores, err := l.scored(ctx, guild, history, r)
	if err != nil {
		return ranking{}, err
	}
	songs := out.history
	labelled, posted := songs.LabelledBy(""), newPosted(songs, guild, l.now())
	held := map[string]bool{}
	for _, p := range l.due(guild, history) {
		held[songs.upload(p.VideoID)] = true
	}
	floor := pick.NewFloor(guild, &r.book.directory)
	// Another upload of a song that has a label has the song's score, out of fold: the
	// model and the rule have seen what they are asked.
	songScore := map[string]taste.Score{}
	for i, v := range r.videos {
		if labelled[v.ID] {
			songScore[v.ID] = scores[i]
		}
	}
	ranked := make([]Ranked, 0, len(r.videos))
	for i, v := range r.videos {
		postedAt, was := posted.videos[v.ID]
		passes, _ := floor.Allows(v)
		var blocked pick.Refusal
		if !passes {
			if _, blocked = floor.Blocks(v); blocked == (pick.Refusal{}) && !was {
				continue
			}
		}
		s := scores[i]
		if song, ok := songScore[songs.upload(v.ID)]; ok {
			s = song
		}
		ranked = append(ranked, Ranked{
			Video: v, Score: s.Probability, Variance: spread(s), raw: s.Raw, rawVariance: s.Variance,
			ModelVersion: out.version, Posted: posted.bars(v.ID), Known: labelled[songs.upload(v.ID)], Held: held[songs.upload(v.ID)],
			PostedAt: postedAt, Blocked: blocked, refused: !passes,
		})
	}
	slices.SortFunc(ranked, func(a, b Ranked) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Video.ID, b.Video.ID))
	})
	out.list = ranked
	return out, nil
}

// scored is a ranking without its list, and the scores of r's videos. r.mu is held.
func (l *Loop) scored(ctx context.Context, guild catalog.Guild, history catalog.History, r *ranker) (ranking, []taste.Score, error) {
	if err := l.score(ctx, guild.ID, r); err != nil {
		return ranking{}, nil, err
	}
	songs := r.book.bySong(history)
	scores, err := l.mixed(ctx, r, guild, songs)
	if err != nil {
		return ranking{}, nil, err
	}
	out := ranking{videos: r.videos, rule: r.rule, history: songs}
	if r.learned() {
		out.version, out.model = r.version, r.model
	}
	return out, scores, nil
}

// candidate is a ranked video as package pick sees it.
func candidate(r Ranked) pick.Candidate {
	return pick.Candidate{Video: r.Video, Probability: r.Score, Raw: r.raw, Variance: r.rawVariance}
}
