package conform

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/youtube"
)

// plainVote is a vote, with whether the order of its two flags is not known.
type plainVote struct {
	catalog.Vote
	unordered bool
}

func checkChanges(changes []catalog.VoteChange) error {
	for _, ch := range changes {
		known := ch.Source == catalog.SourceReaction || ch.Source == catalog.SourceButton || ch.Source == catalog.SourceImport
		if err := catalog.CheckIDs(ch.GuildID, ch.VideoID, ch.MemberID, cmp.Or(ch.PostID, "none")); err != nil || !known {
			return errors.Join(err, errors.New("the vote is not one"))
		}
	}
	return nil
}

func voteKey(ch catalog.VoteChange) string {
	return key(ch.GuildID, cmp.Or(ch.PostID, "video:"+ch.VideoID), ch.MemberID)
}

func (p *plain) Vote(ctx context.Context, changes ...catalog.VoteChange) (votes []catalog.Vote, err error) {
	if len(changes) == 0 {
		return nil, nil
	}
	err = p.write(ctx, func(now time.Time) error {
		if err := checkChanges(changes); err != nil {
			return err
		}
		votes = p.vote(now, changes)
		return nil
	})
	return votes, err
}

func (p *plain) vote(now time.Time, changes []catalog.VoteChange) []catalog.Vote {
	before, after := map[string]int{}, map[string]catalog.Vote{}
	for _, ch := range changes {
		k := voteKey(ch)
		v := p.votes[k]
		if _, seen := before[k]; !seen {
			before[k] = v.Value
		}
		if ch.At.IsZero() {
			ch.At = now
		}
		late := ch.PostID == "" && p.gone(ch.GuildID, ch.MemberID, ch.At)
		old := ch.PostID != "" && ch.OrderUnknown && p.gone(ch.GuildID, ch.MemberID, p.posts[ch.PostID].CreatedAt)
		if ch.Set && (late || old) {
			continue
		}
		v.GuildID, v.VideoID, v.PostID, v.MemberID = ch.GuildID, ch.VideoID, ch.PostID, ch.MemberID
		v.change(ch, before[k])
		if p.votes[k] = v; !v.Up.Set() && !v.Down.Set() {
			delete(p.votes, k)
		}
		after[k] = v.Vote
	}
	votes := make([]catalog.Vote, len(changes))
	for i, ch := range changes {
		votes[i] = after[voteKey(ch)]
	}
	return votes
}

// newest is when a flag was set last.
func newest(f catalog.Flag) time.Time {
	return slices.MaxFunc([]time.Time{f.Reaction, f.Button, f.Import}, time.Time.Compare)
}

// change sets or removes one flag. before is the value from before the call.
func (v *plainVote) change(ch catalog.VoteChange, before int) {
	mine, other, value := &v.Up, v.Down, 1
	if !ch.Up {
		mine, other, value = &v.Down, v.Up, -1
	}
	at := map[catalog.VoteSource]*time.Time{catalog.SourceReaction: &mine.Reaction, catalog.SourceButton: &mine.Button, catalog.SourceImport: &mine.Import}[ch.Source]
	ordered := !ch.OrderUnknown || !ch.Since.IsZero() && !newest(other).After(ch.Since)
	switch {
	case ch.Set && !at.IsZero() && (ch.Source == catalog.SourceReaction || ch.OrderUnknown):
		return // told twice
	case ch.Set && ordered && !ch.At.After(newest(other)):
		*at = newest(other).Add(1) // the clock was set back
	case ch.Set:
		*at = ch.At
	default:
		*at = time.Time{}
	}
	both := v.Up.Set() && v.Down.Set()
	v.unordered = both && (ch.Set && !ordered || !ch.Set && v.unordered)
	switch {
	case !v.Up.Set() && !v.Down.Set():
		value = 0
	case !both && v.Up.Set():
		value = 1
	case !both:
		value = -1
	case ch.Set && ordered: // the later one counts
	case ch.Set:
		value = before
	case v.unordered:
		value = v.Value
	case newest(v.Up).After(newest(v.Down)):
		value = 1
	default:
		value = -1
	}
	if value != v.Value || v.At.IsZero() {
		v.Value, v.At = value, ch.At
	}
}

func (p *plain) votesUnder(parts ...string) (all []catalog.Vote) {
	for _, v := range under(p.votes, parts...) {
		all = append(all, v.Vote)
	}
	return all
}

func (p *plain) PostVotes(ctx context.Context, postID string) (all []catalog.Vote, err error) {
	err = p.read(ctx, func() {
		if post, found := p.posts[postID]; found {
			all = p.votesUnder(post.GuildID, postID)
		}
	})
	return all, err
}

func (p *plain) Votes(ctx context.Context, guildID string) (all []catalog.Vote, err error) {
	err = p.read(ctx, func() { all = p.votesUnder(guildID) })
	return all, err
}

func (p *plain) Reactions(ctx context.Context, guildID string, postIDs ...string) (counts []catalog.Reactions, err error) {
	err = p.read(ctx, func() {
		counts = make([]catalog.Reactions, len(postIDs))
		for i, id := range postIDs {
			for _, v := range p.votesUnder(guildID, id) {
				if !v.Up.Reaction.IsZero() {
					counts[i].Up++
				}
				if !v.Down.Reaction.IsZero() {
					counts[i].Down++
				}
			}
		}
	})
	return counts, err
}

func (p *plain) MemberVotes(ctx context.Context, guildID, memberID string) ([]catalog.Vote, error) {
	all, err := p.Votes(ctx, guildID)
	return slices.DeleteFunc(all, func(v catalog.Vote) bool { return v.MemberID != memberID }), err
}

func (p *plain) Duel(ctx context.Context, d catalog.Duel) error {
	return p.write(ctx, func(now time.Time) error {
		for _, id := range []string{d.A, d.B} {
			if read, ok := youtube.ParseID(id); !ok || read != id {
				return errors.New("no video")
			}
		}
		if err := catalog.CheckIDs(d.GuildID, cmp.Or(d.MemberID, "nobody")); err != nil || d.A == d.B || d.Choice != "" && !slices.Contains(catalog.DuelChoices, d.Choice) {
			return errors.Join(err, errors.New("no choice"))
		}
		if d.A > d.B {
			d.Choice, _ = d.Between(d.B, d.A)
			d.A, d.B = d.B, d.A
		}
		if d.At.IsZero() {
			d.At = now
		}
		k := key(d.GuildID, d.A, d.B, d.MemberID)
		switch {
		case p.gone(d.GuildID, d.MemberID, d.At):
		case d.Choice == "" && d.MemberID != "":
			delete(p.duels, k)
		default:
			p.duels[k] = d
		}
		var mine []catalog.Duel
		for _, o := range under(p.duels, d.GuildID) {
			if o.MemberID == d.MemberID {
				mine = append(mine, o)
			}
		}
		slices.SortStableFunc(mine, func(a, b catalog.Duel) int { return a.At.Compare(b.At) })
		for _, o := range mine[:max(0, len(mine)-catalog.MemberDuels)] {
			delete(p.duels, key(o.GuildID, o.A, o.B, o.MemberID))
		}
		return nil
	})
}

func (p *plain) Duels(ctx context.Context, guildID string) (all []catalog.Duel, err error) {
	err = p.read(ctx, func() { all = under(p.duels, guildID) })
	return all, err
}

// subject is what a preference is about.
func subject(o catalog.Preference) string {
	return o.VideoID + "\x00" + strings.ToLower(o.Artist) + "\x00" + strings.ToLower(o.Title)
}

func preferenceKey(o catalog.Preference) string {
	return key(o.GuildID, o.MemberID, o.Batch, subject(o))
}

// tidy refuses preferences that cannot be kept, or that are not of one owner and batch.
func tidy(all []catalog.Preference, guildID, memberID, batch string) ([]catalog.Preference, error) {
	all = slices.Clone(all)
	sources := []catalog.PreferenceSource{catalog.FromFavourite, catalog.FromTakeout, catalog.FromLastFM, catalog.FromCSV}
	for i, o := range all {
		o.Artist, o.Title = shorten(strings.TrimSpace(o.Artist), 300), shorten(strings.TrimSpace(o.Title), 300)
		read, isVideo := youtube.ParseID(o.VideoID)
		err := catalog.CheckIDs(o.GuildID, cmp.Or(o.MemberID, "nobody"), o.Batch)
		if err != nil || o.GuildID != guildID || o.MemberID != memberID || o.Batch != batch || o.VideoID != "" && (!isVideo || read != o.VideoID) ||
			o.VideoID == "" && o.Artist == "" || o.Title != "" && o.Artist == "" || !slices.Contains(sources, o.Source) ||
			!o.At.IsZero() && (o.At.Year() < 1700 || o.At.Year() > 2200) {
			return nil, errors.Join(err, errors.New("the preference is not one"))
		}
		all[i] = o
	}
	return all, nil
}

func (p *plain) addPreferences(now time.Time, all []catalog.Preference) (added, left int) {
	for _, o := range all {
		if o.At.IsZero() {
			o.At = now
		}
		if p.gone(o.GuildID, o.MemberID, o.At) {
			continue
		}
		if _, known := p.preferences[preferenceKey(o)]; !known {
			if count(p.preferences, o.GuildID) >= catalog.GuildPreferences || count(p.preferences, o.GuildID, o.MemberID) >= catalog.MemberPreferences {
				left++
				continue
			}
			added++
		}
		p.preferences[preferenceKey(o)] = o
	}
	return added, left
}

func (p *plain) AddPreferences(ctx context.Context, all ...catalog.Preference) (added int, err error) {
	if len(all) == 0 {
		return 0, nil
	}
	err = p.write(ctx, func(now time.Time) error {
		all, err := tidy(all, all[0].GuildID, all[0].MemberID, all[0].Batch)
		added, _ = p.addPreferences(now, all)
		return err
	})
	return added, err
}

func (p *plain) ReplacePreferences(ctx context.Context, guildID, memberID, batch string, all ...catalog.Preference) error {
	return p.write(ctx, func(now time.Time) error {
		all, err := tidy(all, guildID, memberID, batch)
		if err = errors.Join(err, catalog.CheckIDs(guildID, cmp.Or(memberID, "nobody"), batch)); err != nil {
			return err
		}
		for i, o := range all {
			if old, told := p.preferences[preferenceKey(o)]; told && old.Like == o.Like {
				all[i].At = old.At
			}
		}
		p.removePreferences(guildID, memberID, batch)
		if _, left := p.addPreferences(now, all); left > 0 {
			return catalog.ErrNoRoom
		}
		return nil
	})
}

func (p *plain) removePreferences(parts ...string) (removed int) {
	for _, o := range under(p.preferences, parts...) {
		delete(p.preferences, preferenceKey(o))
		removed++
	}
	return removed
}

func (p *plain) RemovePreferences(ctx context.Context, guildID, memberID, batch string) (removed int, err error) {
	parts := []string{guildID, memberID, batch}
	if batch == "" {
		parts = parts[:2]
	}
	err = p.write(ctx, func(time.Time) error {
		removed = p.removePreferences(parts...)
		return catalog.CheckIDs(guildID, cmp.Or(memberID, "nobody"), cmp.Or(batch, "all"))
	})
	return removed, err
}

func (p *plain) Preferences(ctx context.Context, guildID, memberID string) (all []catalog.Preference, err error) {
	err = p.read(ctx, func() { all = under(p.preferences, guildID, memberID) })
	return all, err
}

func (p *plain) History(ctx context.Context, guildID string) (h catalog.History, err error) {
	err = p.read(ctx, func() {
		h.Posts, h.Held, h.Votes, h.Duels = p.postsSince(guildID, time.Time{}), p.held(guildID), p.votesUnder(guildID), under(p.duels, guildID)
		all := under(p.preferences, guildID)
		for i, o := range all {
			later := func(q catalog.Preference) bool { return q.MemberID == o.MemberID && subject(q) == subject(o) }
			after := slices.ContainsFunc(all[i+1:], func(q catalog.Preference) bool { return later(q) && !q.At.Before(o.At) })
			before := slices.ContainsFunc(all[:i], func(q catalog.Preference) bool { return later(q) && q.At.After(o.At) })
			if !after && !before {
				h.Preferences = append(h.Preferences, o)
			}
		}
	})
	return h, err
}
