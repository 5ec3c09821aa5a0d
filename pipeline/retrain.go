package pipeline

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/feature"
	"cratedigger/pipeline/taste"
)

// modelStore is what retraining asks of the catalogue.
type modelStore interface {
	GuildVideos(ctx context.Context, guildID string) ([]catalog.Video, error)
	VideosByID(ctx context.Context, ids []string) (map[string]catalog.Video, error)
	History(ctx context.Context, guildID string) (catalog.History, error)
	Champion(ctx context.Context, guildID string) (catalog.Model, bool, error)
	Model(ctx context.Context, guildID string, version int) (catalog.Model, bool, error)
	Models(ctx context.Context, guildID string) ([]catalog.Model, error) // newest first, without their bytes
	SaveModel(ctx context.Context, guildID string, card []byte, parts [][]byte, champion bool) (version int, err error)
	Promote(ctx context.Context, guildID string, version int) error
	State(ctx context.Context, name string) (data []byte, found bool, err error)
	SetState(ctx context.Context, name string, data []byte) error
}

// Learning has the options of training and promoting models. Votes and Judge are
// required.
type Learning struct {
	Votes      taste.VoteOptions // how votes become labels; Now is not used
	Packaging  []string          // phrases that no model may read; nil means feature.DefaultPackaging
	Judge      taste.JudgeOptions
	TuneTrials int           // trials of the weekly search for parameters; 0 for no search
	TuneTime   time.Duration // no trial of a search begins after so long; 0 for no bound
}

// Retrain turns the guild's votes into labels and trains a challenger on them.
// taste.Judge decides whether it becomes the champion. Too few labels are not an
// error: the run says how many there are, and the rule goes on ranking. The old model
// serves until the new one is saved, and goes on serving if anything fails.
func (l *Loop) Retrain(ctx context.Context, guildID string, by catalog.Asker, slot string, progress Progress) (catalog.Run, error) {
	run := catalog.Run{GuildID: guildID, Kind: catalog.RunRetrain, By: by, Slot: slot}
	return l.train(ctx, run, 0, progress)
}

// Tune searches for parameters and then does what Retrain does. trials is the number
// of trials of the search; 0 means that of the weekly search. Tune continues an
// interrupted search on the same labels.
func (l *Loop) Tune(ctx context.Context, guildID string, by catalog.Asker, trials int, progress Progress) (catalog.Run, error) {
	if trials == 0 {
		trials = max(1, l.opts.Learning.TuneTrials)
	}
	return l.train(ctx, catalog.Run{GuildID: guildID, Kind: catalog.RunTune, By: by}, trials, progress)
}

func (l *Loop) train(ctx context.Context, run catalog.Run, trials int, progress Progress) (catalog.Run, error) {
	if _, err := l.guild(ctx, run.GuildID); err != nil {
		return catalog.Run{}, err
	}
	progress = l.runs.follow(run.Kind, run.GuildID, progress)
	return l.runs.do(ctx, run, func(ctx context.Context, run *catalog.Run) error {
		// One training at a time: each needs much memory.
		ctx, leave, err := l.training.Enter(ctx, atOnce)
		if err != nil {
			return err
		}
		defer leave()
		return l.retrain(ctx, run.GuildID, run, trials, progress)
	})
}

func (l *Loop) retrain(ctx context.Context, guildID string, run *catalog.Run, trials int, progress Progress) error {
	l.dropStale() // training needs the most memory
	if run.Slot != "" && l.learnedAll(ctx, guildID) {
		run.Counts["model"], run.Counts[catalog.CountUnchanged] = 0, 1
		return nil
	}
	data, err := l.trainingData(ctx, guildID)
	if err != nil {
		return err
	}
	run.Counts["votes"], run.Counts["labels"] = data.votes, len(taste.Votes(data.labels))
	if !taste.Ready(data.labels) {
		run.Counts["model"] = 0
		return nil
	}
	champion, err := l.loadChampion(ctx, guildID)
	if err != nil {
		// Without a readable champion the challenger has no rival.
		run.Alarms = append(run.Alarms, err.Error())
	}
	r := l.ranker(guildID)
	r.mu.Lock()
	texts := l.features(r)
	r.mu.Unlock()
	options := taste.Options{
		Seed: l.seed, Now: l.now(), Parallel: l.opts.Parallel, Version: l.opts.Version, Votes: data.votes,
		Progress: progress, Cache: texts, Before: champion,
	}
	if trials == 0 && len(taste.Votes(data.labels)) >= tuneLabels && l.searches(ctx, run, champion) {
		trials = l.opts.Learning.TuneTrials
	}
	if trials > 0 {
		options.Trials, options.TrialTime, options.Clock = trials, l.opts.Learning.TuneTime, l.now
		options.Resume, options.Keep = l.search(ctx, guildID), func(t *taste.Tuning) { l.keepSearch(ctx, guildID, t) }
		defer l.noteTuned(ctx, l.now())
	}
	challenger, err := taste.Train(ctx, data.videos, data.labels, options)
	if err != nil {
		return fmt.Errorf("training failed and the model that served goes on serving: %w", err)
	}
	verdict, err := taste.Judge(ctx, champion, challenger, data.videos, data.labels, l.opts.Learning.Judge)
	if err != nil {
		return fmt.Errorf("the new model could not be judged, and the old goes on serving: %w", err)
	}
	challenger.Judged(verdict)
	promote := verdict.Promote
	if !promote {
		run.Alarms = append(run.Alarms, verdict.Why)
	}
	parts, err := challenger.Parts()
	if err != nil {
		return fmt.Errorf("the new model could not be written, and the old goes on serving: %w", err)
	}
	size := 0
	for _, part := range parts {
		size += len(part)
	}
	version, err := l.store.SaveModel(ctx, guildID, challenger.Card(), parts, promote)
	if err != nil {
		return fmt.Errorf("the new model could not be saved, and the old goes on serving: %w", err)
	}
	run.Counts["model"] = version
	l.noteLearned(ctx, guildID, version, data.told)
	if trials > 0 {
		run.Counts["trials"] = challenger.Trials()
		l.keepSearch(ctx, guildID, nil)
	}
	if promote {
		run.Counts["promoted"] = 1
		if !challenger.Learned() {
			run.Said = challenger.Ranker(version).String()
		}
		// Serve the model from memory: it has read the videos already, which a
		// loaded one would have to do again.
		r.mu.Lock()
		r.forget(version, challenger)
		r.cache, r.blob, r.used = nil, size, l.uses.Add(1) // the model has its own
		r.mu.Unlock()
	}
	return nil
}

// features is the cache of a guild's text features for a training: the model's, with the
// space that the next version may share, or without a model one from earlier uses. r.mu is
// held.
func (l *Loop) features(r *ranker) *feature.Cache {
	if r.model != nil {
		o := r.model.Cache().Options()
		o.Packaging = l.opts.Learning.Packaging // a setting, which may have changed since
		return r.model.Cache().With(o)
	}
	if r.cache == nil {
		r.cache = feature.NewCache(feature.Options{Packaging: l.opts.Learning.Packaging})
	}
	return r.cache
}

// toldSum identifies what a training reads of members: what they told, and the options
// and the program that turn it into labels. What the silence about posts says is not in it.
func (l *Loop) toldSum(history catalog.History) (string, error) {
	h := fnv.New64a()
	err := json.NewEncoder(h).Encode([]any{
		history.Votes, history.Duels, history.Preferences, l.opts.Learning.Packaging, l.opts.Learning.Votes.HalfLife, l.opts.Version,
	})
	return strconv.FormatUint(h.Sum64(), 16), err
}

// learnedState is the name of the stored version of a guild's newest model, and what it
// learned from.
func learnedState(guildID string) string { return "learned/" + guildID }

// learnedAll reports whether the guild's newest model has learned all that members told.
// A champion that cannot be read is trained anew before the next post.
func (l *Loop) learnedAll(ctx context.Context, guildID string) bool {
	data, found, err := l.store.State(ctx, learnedState(guildID))
	if err != nil || !found {
		return false
	}
	version, told, _ := strings.Cut(string(data), " ")
	models, err := l.store.Models(ctx, guildID)
	if err != nil || len(models) == 0 || fmt.Sprint(models[0].Version) != version {
		return false
	}
	if !slices.ContainsFunc(models, func(m catalog.Model) bool { return m.Champion }) {
		return false
	}
	history, err := l.history(ctx, guildID)
	if err != nil {
		return false
	}
	now, err := l.toldSum(history)
	return err == nil && now == told
}

// noteLearned stores what a new model learned from.
func (l *Loop) noteLearned(ctx context.Context, guildID string, version int, told string) {
	ctx, release := catalog.Accepted(ctx)
	defer release()
	if err := l.store.SetState(ctx, learnedState(guildID), fmt.Appendf(nil, "%d %s", version, told)); err != nil {
		l.log.Warn("the next night trains even if nobody votes", "guild", guildID, "error", err)
	}
}

// searchState is the name of the stored state of a guild's unfinished search.
func searchState(guildID string) string { return "tuning/" + guildID }

// search is the guild's unfinished search, or nil.
func (l *Loop) search(ctx context.Context, guildID string) *taste.Tuning {
	data, found, err := l.store.State(ctx, searchState(guildID))
	if err != nil || !found {
		return nil
	}
	var t taste.Tuning
	if err := json.Unmarshal(data, &t); err != nil {
		return nil // an unreadable search starts again
	}
	return &t
}

// keepSearch stores a search after each trial, so that an interrupted one can
// continue; nil deletes it.
func (l *Loop) keepSearch(ctx context.Context, guildID string, t *taste.Tuning) {
	var data []byte
	var err error
	if t != nil {
		data, err = json.Marshal(t)
	}
	ctx, release := catalog.Accepted(ctx)
	defer release()
	if err == nil {
		err = l.store.SetState(ctx, searchState(guildID), data)
	}
	if err != nil {
		l.log.Warn("the search for parameters is not kept and will begin anew if it is interrupted", "guild", guildID, "error", err)
	}
}

// TrainingData returns what a training of the guild would read now: its videos, other
// videos that have a label, and the labels.
func (l *Loop) TrainingData(ctx context.Context, guildID string) ([]catalog.Video, []taste.Label, error) {
	d, err := l.trainingData(ctx, guildID)
	return d.videos, d.labels, err
}

// trainingData is what one training reads.
type trainingData struct {
	videos []catalog.Video // the guild's, and those that have a label
	labels []taste.Label
	votes  int    // that count
	told   string // identifies what members told, see toldSum
}

func (l *Loop) trainingData(ctx context.Context, guildID string) (trainingData, error) {
	var d trainingData
	history, err := l.history(ctx, guildID)
	if err != nil {
		return d, err
	}
	if d.videos, err = l.store.GuildVideos(ctx, guildID); err != nil {
		return d, fmt.Errorf("the videos could not be read: %w", err)
	}
	known := make(map[string]bool, len(d.videos))
	for _, v := range d.videos {
		known[v.ID] = true
	}
	ids := history.VideoIDs()
	for _, p := range history.Preferences {
		if p.VideoID != "" {
			ids = append(ids, p.VideoID)
		}
	}
	missing := slices.DeleteFunc(ids, func(id string) bool { return known[id] })
	others, err := l.store.VideosByID(ctx, missing)
	if err != nil {
		return d, fmt.Errorf("the videos with a label could not be read: %w", err)
	}
	book := newSongbook(d.videos)
	book.add(slices.Collect(maps.Values(others)))
	d.votes = history.Cast()
	if d.told, err = l.toldSum(history); err != nil {
		return d, fmt.Errorf("what members told could not be summed up: %w", err)
	}
	d.labels, _ = l.labels(book.bySong(history), d.videos)
	for _, label := range d.labels {
		if v, ok := others[label.VideoID]; ok {
			d.videos = append(d.videos, v)
		}
	}
	book.tell(d.videos)
	return d, nil
}

// labels turns a history into labels as of now, one a song; those of what people told,
// some of them of stand-ins for videos, come first.
func (l *Loop) labels(history songHistory, videos []catalog.Video) (labels []taste.Label, standIns []catalog.Video) {
	options := l.opts.Learning.Votes
	options.Now = l.now()
	labels = taste.WithDuels(taste.Labels(history.Votes, history.Posts, options), history.Duels, history.Votes, options)
	words, standIns := told(history, videos)
	return taste.WithTold(labels, words), standIns
}

// loadChampion returns the model that serves a guild, nil when the rule does.
func (l *Loop) loadChampion(ctx context.Context, guildID string) (*taste.Model, error) {
	r := l.ranker(guildID)
	r.mu.Lock()
	defer r.mu.Unlock()
	err := l.champion(ctx, guildID, r)
	return r.model, err
}

// Promote makes an earlier version of the guild's model the champion: a
// roll-back, or a promotion against the rule.
func (l *Loop) Promote(ctx context.Context, guildID string, version int) error {
	stored, ok, err := l.store.Model(ctx, guildID, version)
	if err != nil {
		return fmt.Errorf("model %d could not be read: %w", version, err)
	}
	if !ok {
		return fmt.Errorf("model %d is not kept any more; the last five are", version)
	}
	if _, err := taste.Load(bytes.NewReader(stored.Blob)); err != nil {
		return fmt.Errorf("model %d cannot be used and the champion was left as it is: %w", version, err)
	}
	return l.store.Promote(ctx, guildID, version)
}
