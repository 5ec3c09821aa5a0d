package catalog_test

import (
	"context"
	"iter"
	"time"

	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/youtube"
)

// today is thrown away when the catalogue's methods take contexts.
type today struct{ *catalog.Catalog }

func (a today) Observe(ctx context.Context, sightings []catalog.Sighting) (added int, err error) {
	return a.Catalog.Observe(ctx, sightings)
}

func (a today) Import(ctx context.Context, rows iter.Seq2[catalog.ImportRow, error]) (added int, err error) {
	return a.Catalog.Import(ctx, rows)
}

func (a today) DropVideos(ctx context.Context, ids ...string) (dropped int, err error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	return a.Catalog.DropVideos(ids...)
}

func (a today) Video(ctx context.Context, id string) (v catalog.Video, found bool, err error) {
	if err := ctx.Err(); err != nil {
		return catalog.Video{}, false, err
	}
	return a.Catalog.Video(id)
}

func (a today) VideosByID(ctx context.Context, ids []string) (map[string]catalog.Video, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return a.Catalog.VideosByID(ids)
}

func (a today) Videos(ctx context.Context) iter.Seq2[catalog.Video, error] { return a.Catalog.Videos() }

func (a today) VideoCount(ctx context.Context) (int, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	return a.Catalog.VideoCount(), nil
}

func (a today) GuildVideos(ctx context.Context, guildID string) ([]catalog.Video, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return a.Catalog.GuildVideos(guildID)
}

func (a today) Find(ctx context.Context, guildID, videoID string) (f catalog.Find, found bool, err error) {
	if err := ctx.Err(); err != nil {
		return catalog.Find{}, false, err
	}
	return a.Catalog.Find(guildID, videoID)
}

func (a today) Finds(ctx context.Context, guildID string) ([]catalog.Find, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return a.Catalog.Finds(guildID)
}

func (a today) Neighbours(ctx context.Context, id string) ([]youtube.Neighbour, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return a.Catalog.Neighbours(id)
}

func (a today) ReadSongs(ctx context.Context) (changed int, err error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	return a.Catalog.ReadSongs(ctx)
}

func (a today) SongsCurrent(ctx context.Context) (current bool, err error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	return a.Catalog.SongsCurrent()
}

func (a today) Generation(ctx context.Context, guildID string) (uint64, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	return a.Catalog.Generation(guildID), nil
}

func (a today) Vote(ctx context.Context, changes ...catalog.VoteChange) ([]catalog.Vote, error) {
	return a.Catalog.Vote(ctx, changes...)
}

func (a today) PostVotes(ctx context.Context, postID string) ([]catalog.Vote, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return a.Catalog.PostVotes(postID)
}

func (a today) Votes(ctx context.Context, guildID string) ([]catalog.Vote, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return a.Catalog.Votes(guildID)
}

func (a today) MemberVotes(ctx context.Context, guildID, memberID string) ([]catalog.Vote, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return a.Catalog.MemberVotes(guildID, memberID)
}

func (a today) Duel(ctx context.Context, d catalog.Duel) error { return a.Catalog.Duel(ctx, d) }

func (a today) Duels(ctx context.Context, guildID string) ([]catalog.Duel, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return a.Catalog.Duels(guildID)
}

func (a today) AddPreferences(ctx context.Context, all ...catalog.Preference) (added int, err error) {
	return a.Catalog.AddPreferences(ctx, all...)
}

func (a today) ReplacePreferences(ctx context.Context, guildID, memberID, batch string, all ...catalog.Preference) error {
	return a.Catalog.ReplacePreferences(ctx, guildID, memberID, batch, all...)
}

func (a today) RemovePreferences(ctx context.Context, guildID, memberID, batch string) (removed int, err error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	return a.Catalog.RemovePreferences(guildID, memberID, batch)
}

func (a today) Preferences(ctx context.Context, guildID, memberID string) ([]catalog.Preference, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return a.Catalog.Preferences(guildID, memberID)
}

func (a today) History(ctx context.Context, guildID string) (catalog.History, error) {
	if err := ctx.Err(); err != nil {
		return catalog.History{}, err
	}
	return a.Catalog.History(guildID)
}

func (a today) SaveModel(ctx context.Context, guildID string, card []byte, parts [][]byte, champion bool) (version int, err error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	return a.Catalog.SaveModel(guildID, card, parts, champion)
}

func (a today) Promote(ctx context.Context, guildID string, version int) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return a.Catalog.Promote(guildID, version)
}

func (a today) Champion(ctx context.Context, guildID string) (m catalog.Model, found bool, err error) {
	if err := ctx.Err(); err != nil {
		return catalog.Model{}, false, err
	}
	return a.Catalog.Champion(guildID)
}

func (a today) ChampionCard(ctx context.Context, guildID string) (m catalog.Model, found bool, err error) {
	if err := ctx.Err(); err != nil {
		return catalog.Model{}, false, err
	}
	return a.Catalog.ChampionCard(guildID)
}

func (a today) ChampionVersion(ctx context.Context, guildID string) (version int, err error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	return a.Catalog.ChampionVersion(guildID)
}

func (a today) Model(ctx context.Context, guildID string, version int) (m catalog.Model, found bool, err error) {
	if err := ctx.Err(); err != nil {
		return catalog.Model{}, false, err
	}
	return a.Catalog.Model(guildID, version)
}

func (a today) Models(ctx context.Context, guildID string) ([]catalog.Model, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return a.Catalog.Models(guildID)
}

func (a today) BeginSlot(ctx context.Context, s catalog.Slot) (fresh bool, err error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	return a.Catalog.BeginSlot(s)
}

func (a today) FinishSlot(ctx context.Context, slotKey string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return a.Catalog.FinishSlot(slotKey)
}

func (a today) Slot(ctx context.Context, slotKey string) (s catalog.Slot, found bool, err error) {
	if err := ctx.Err(); err != nil {
		return catalog.Slot{}, false, err
	}
	return a.Catalog.Slot(slotKey)
}

func (a today) LastSent(ctx context.Context, guildID string) (s catalog.Slot, found bool, err error) {
	if err := ctx.Err(); err != nil {
		return catalog.Slot{}, false, err
	}
	return a.Catalog.LastSent(guildID)
}

func (a today) JobSince(ctx context.Context, job, line string, now time.Time) (since time.Time, err error) {
	if err := ctx.Err(); err != nil {
		return time.Time{}, err
	}
	return a.Catalog.JobSince(job, line, now)
}

func (a today) Hold(ctx context.Context, slot catalog.Slot, picks []catalog.Held, gone ...string) (held bool, err error) {
	return a.Catalog.Hold(ctx, slot, picks, gone...)
}

func (a today) Held(ctx context.Context, guildID string) ([]catalog.Held, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return a.Catalog.Held(guildID)
}

func (a today) CreatePosts(ctx context.Context, slot catalog.Slot, posts []catalog.Post, rows []catalog.Outbox) (created bool, err error) {
	return a.Catalog.CreatePosts(ctx, slot, posts, rows)
}

func (a today) Post(ctx context.Context, id string) (p catalog.Post, found bool, err error) {
	if err := ctx.Err(); err != nil {
		return catalog.Post{}, false, err
	}
	return a.Catalog.Post(id)
}

func (a today) PostByMessage(ctx context.Context, messageID string) (p catalog.Post, found bool, err error) {
	if err := ctx.Err(); err != nil {
		return catalog.Post{}, false, err
	}
	return a.Catalog.PostByMessage(messageID)
}

func (a today) Posts(ctx context.Context, guildID string, since time.Time) ([]catalog.Post, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return a.Catalog.Posts(guildID, since)
}

func (a today) RetirePost(ctx context.Context, postID string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return a.Catalog.RetirePost(postID)
}

func (a today) Enqueue(ctx context.Context, o catalog.Outbox) (created bool, err error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	return a.Catalog.Enqueue(o)
}

func (a today) Pending(ctx context.Context, guildID string) ([]catalog.Outbox, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return a.Catalog.Pending(guildID)
}

func (a today) Refused(ctx context.Context, guildID string) ([]catalog.Outbox, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return a.Catalog.Refused(guildID)
}

func (a today) Attempt(ctx context.Context, outboxID string, at time.Time) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return a.Catalog.Attempt(outboxID, at)
}

func (a today) MarkSent(ctx context.Context, outboxID, messageID string, at time.Time) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return a.Catalog.MarkSent(outboxID, messageID, at)
}

func (a today) MarkReactions(ctx context.Context, outboxID string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return a.Catalog.MarkReactions(outboxID)
}

func (a today) MarkFailed(ctx context.Context, outboxID, sentence string, again bool) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return a.Catalog.MarkFailed(outboxID, sentence, again)
}

func (a today) BeginRecovery(ctx context.Context, guildID string) (resumed bool, err error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	return a.Catalog.BeginRecovery(guildID)
}

func (a today) Recoverable(ctx context.Context, guildID string) (empty, cutOff bool, err error) {
	if err := ctx.Err(); err != nil {
		return false, false, err
	}
	return a.Catalog.Recoverable(guildID)
}

func (a today) RecoverPosts(ctx context.Context, posts ...catalog.Post) (added int, err error) {
	return a.Catalog.RecoverPosts(ctx, posts...)
}

func (a today) FinishRecovery(ctx context.Context, guildID string, notice *catalog.Outbox) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return a.Catalog.FinishRecovery(guildID, notice)
}

func (a today) Guild(ctx context.Context, id string) (g catalog.Guild, found bool, err error) {
	if err := ctx.Err(); err != nil {
		return catalog.Guild{}, false, err
	}
	return a.Catalog.Guild(id)
}

func (a today) Guilds(ctx context.Context) ([]catalog.Guild, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return a.Catalog.Guilds()
}

func (a today) SaveGuild(ctx context.Context, g catalog.Guild) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return a.Catalog.SaveGuild(g)
}

func (a today) UpdateGuild(ctx context.Context, id string, change func(*catalog.Guild) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return a.Catalog.UpdateGuild(id, change)
}

func (a today) TakeOver(ctx context.Context, from, to string) (taken int, err error) {
	return a.Catalog.TakeOver(ctx, from, to)
}

func (a today) StartRun(ctx context.Context, r catalog.Run) (catalog.Run, error) {
	if err := ctx.Err(); err != nil {
		return catalog.Run{}, err
	}
	return a.Catalog.StartRun(r)
}

func (a today) FinishRun(ctx context.Context, r catalog.Run) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return a.Catalog.FinishRun(r)
}

func (a today) Runs(ctx context.Context, guildID string, limit int) ([]catalog.Run, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return a.Catalog.Runs(guildID, limit)
}

func (a today) Counter(ctx context.Context, name string) (uint64, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	return a.Catalog.Counter(name)
}

func (a today) AddCounter(ctx context.Context, name string, add uint64) (uint64, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	return a.Catalog.AddCounter(name, add)
}

func (a today) State(ctx context.Context, name string) (data []byte, found bool, err error) {
	if err := ctx.Err(); err != nil {
		return nil, false, err
	}
	return a.Catalog.State(name)
}

func (a today) SetState(ctx context.Context, name string, data []byte) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return a.Catalog.SetState(name, data)
}

func (a today) SetUnnamed(ctx context.Context, memberID string, unnamed bool) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return a.Catalog.SetUnnamed(memberID, unnamed)
}

func (a today) Unnamed(ctx context.Context, memberID string) (unnamed bool, err error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	return a.Catalog.Unnamed(memberID)
}

func (a today) ForgetMember(ctx context.Context, guildID, memberID string) (votes int, err error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	return a.Catalog.ForgetMember(guildID, memberID)
}

func (a today) Forgotten(ctx context.Context, guildID, memberID string, since time.Time) (was bool, err error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	return a.Catalog.Forgotten(guildID, memberID, since)
}

func (a today) ForgetGuild(ctx context.Context, guildID string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return a.Catalog.ForgetGuild(guildID)
}

func (a today) Prune(ctx context.Context, votesBefore, logsBefore time.Time) (votes int, err error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	return a.Catalog.Prune(votesBefore, logsBefore)
}
