package pipeline_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"cratedigger/internal/fakeyoutube"
	"cratedigger/pipeline"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/feature"
	"cratedigger/pipeline/taste"
	"cratedigger/pipeline/youtube"
)

// stock fills the catalogue with labelled videos; those with a piano are liked.
func (b *bench) stock(n int) {
	b.t.Helper()
	var votes []catalog.VoteChange
	var sightings []catalog.Sighting
	for i := range n {
		id := fmt.Sprintf("st%09d", i)
		like := i%3 == 0
		title := fmt.Sprintf("loud drums number %d", i%7)
		if like != (i%10 == 0) {
			title = fmt.Sprintf("quiet piano number %d", i%7)
		}
		sightings = append(sightings, catalog.Sighting{At: b.now, GuildID: guildID, Query: "jazz", Detailed: true, Status: youtube.StatusOK,
			Video: youtube.Video{ID: id, Title: title, Category: "Music", Channel: fmt.Sprint("channel ", i%9)}})
		votes = append(votes, catalog.VoteChange{GuildID: guildID, VideoID: id, MemberID: fmt.Sprint(900 + i%4), Up: like, Set: true, Source: catalog.SourceImport, At: b.now})
	}
	if _, err := b.catalog.Observe(b.t.Context(), sightings); err != nil {
		b.t.Fatal(err)
	}
	if _, err := b.catalog.Vote(b.t.Context(), votes...); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) champion() taste.Card {
	b.t.Helper()
	m, ok, err := b.catalog.Champion(b.t.Context(), guildID)
	if err != nil || !ok {
		b.t.Fatalf("no champion: %v", err)
	}
	card, err := taste.ReadCard(m.Card)
	if err != nil {
		b.t.Fatal(err)
	}
	return card
}

// An interrupted search continues where it stopped, even hours later when the
// votes are older.
func TestTuneGoesOnAfterAnInterruption(t *testing.T) {
	b := newBench(t, fakeyoutube.Options{}, nil)
	b.stock(60)
	ctx, stop := context.WithCancel(t.Context())
	run, err := b.Tune(ctx, guildID, "test", 6, func(stage string, done, _ int) {
		if stage == "tuning" && done == 3 {
			stop()
		}
	})
	if !errors.Is(err, context.Canceled) || run.Outcome != catalog.OutcomeCancelled {
		t.Fatalf("outcome %q, error %v", run.Outcome, err)
	}
	if _, ok, _ := b.catalog.Champion(t.Context(), guildID); ok {
		t.Fatal("an interrupted search left a model")
	}
	b.now = b.now.Add(3 * time.Hour)
	first, tried := 0, 0
	run, err = b.Tune(t.Context(), guildID, "test", 6, func(stage string, done, _ int) {
		if stage == "tuning" {
			tried++
			if first == 0 {
				first = done
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if first < 4 || tried > 3 || run.Kind != catalog.RunTune || run.Counts["trials"] != 6 {
		t.Errorf("went on at trial %d with %d more; run %+v", first, tried, run)
	}
	if card := b.champion(); card.Tuning == nil || len(card.Tuning.Trials) != 6 || card.Judged == "" {
		t.Errorf("card: %d trials, judged %q", len(card.Tuning.Trials), card.Judged)
	}
	if _, left, err := b.catalog.State(t.Context(), "tuning/"+guildID); left || err != nil {
		t.Errorf("the finished search is still kept: %v", err)
	}
	// Other votes make it begin anew.
	data, err := json.Marshal(taste.Tuning{Data: "of other votes"})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.catalog.SetState(t.Context(), "tuning/"+guildID, data); err != nil {
		t.Fatal(err)
	}
	if run, err = b.Tune(t.Context(), guildID, "test", 1, nil); err != nil || run.Counts["trials"] != 1 {
		t.Errorf("run %+v, %v", run, err)
	}
}

// Five models are kept, an earlier one can serve again, and the next training
// is judged against it.
func TestLastFiveModelsAreKeptAndRollBack(t *testing.T) {
	b := newBench(t, fakeyoutube.Options{}, nil)
	b.stock(40)
	for range 7 {
		b.now = b.now.Add(time.Hour)
		if _, err := b.Retrain(t.Context(), guildID, "test", "", nil); err != nil {
			t.Fatal(err)
		}
	}
	models, err := b.catalog.Models(t.Context(), guildID)
	if err != nil || len(models) != 5 {
		t.Fatalf("%d models are kept: %v", len(models), err)
	}
	if err := b.Promote(t.Context(), guildID, 2); err == nil {
		t.Error("a model that is not kept was promoted")
	}
	if err := b.Promote(t.Context(), guildID, 4); err != nil {
		t.Fatal(err)
	}
	ranked, err := b.Rank(t.Context(), guildID, "", 1)
	if err != nil || len(ranked) == 0 || ranked[0].ModelVersion != 4 {
		t.Errorf("ranked by %+v, %v", ranked, err)
	}
}

// A configured phrase changes no score, and titles with and without it are the
// same.
func TestConfiguredPackagingDoesNotMoveTheScore(t *testing.T) {
	b := newBench(t, fakeyoutube.Options{}, nil)
	b.stock(60)
	packaged := learning
	packaged.Packaging = append([]string{"crate premiere"}, feature.DefaultPackaging...)
	loop, err := pipeline.New(pipeline.Options{Store: b.catalog, Now: func() time.Time { return b.now }, Seed: 1, Log: slog.New(slog.DiscardHandler), Learning: packaged})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := loop.Retrain(t.Context(), guildID, "test", "", nil); err != nil {
		t.Fatal(err)
	}
	score := func(l *pipeline.Loop, title string) float64 {
		video := youtube.Video{ID: "scored00000", Title: title, Category: "Music", Channel: "channel 1"}
		if _, err := b.catalog.Observe(t.Context(), []catalog.Sighting{{At: b.now, GuildID: guildID, Detailed: true, Status: youtube.StatusOK, Video: video}}); err != nil {
			t.Fatal(err)
		}
		x, err := l.Explain(t.Context(), guildID, video.ID)
		if err != nil {
			t.Fatal(err)
		}
		return x.Score
	}
	plain := score(loop, "quiet piano number 3")
	for _, packed := range []string{"quiet piano number 3 (Crate Premiere)", "CRATE PREMIERE: quiet piano number 3", "quiet piano number 3 [Crate-Premiere] (Official Video)"} {
		if got := score(loop, packed); got != plain {
			t.Errorf("%q scores %.6f, without packaging %.6f", packed, got, plain)
		}
	}
	if _, err := b.Retrain(t.Context(), guildID, "test", "", nil); err != nil {
		t.Fatal(err)
	}
	if a, c := score(b.Loop, "quiet piano number 3"), score(b.Loop, "quiet piano number 3 (Crate Premiere)"); a == c {
		t.Error("the phrase moves no score where it is not configured, so this test shows nothing")
	}
}

// A model that the updated program cannot read is trained again before the picks,
// so that the rule need not choose them.
func TestAModelThatCannotBeReadIsReplacedBeforeThePicks(t *testing.T) {
	b := newBench(t, fakeyoutube.Options{Seed: 3}, nil)
	b.stock(60)
	if run, err := b.Retrain(t.Context(), guildID, "test", "", nil); err != nil || run.Counts["promoted"] != 1 {
		t.Fatalf("training gave %+v, %v", run, err)
	}
	stored, _, err := b.catalog.Champion(t.Context(), guildID)
	if err != nil {
		t.Fatal(err)
	}
	old := bytes.Clone(stored.Blob)
	old[len(old)/2] ^= 1
	if _, err := b.catalog.SaveModel(t.Context(), guildID, stored.Card, [][]byte{old}, true); err != nil {
		t.Fatal(err)
	}
	g, _, err := b.catalog.Guild(t.Context(), guildID)
	if err != nil {
		t.Fatal(err)
	}
	jobs, err := b.Jobs(g, pipeline.Outlet{Deliver: func(context.Context, string) error { return nil }})
	if err != nil {
		t.Fatal(err)
	}
	b.now = b.now.Add(time.Hour)
	for _, j := range jobs {
		if j.Kind != catalog.RunPost {
			continue
		}
		if err := j.Run(t.Context(), b.slot()); err != nil {
			t.Fatal(err)
		}
	}
	posts, err := b.catalog.Posts(t.Context(), guildID, b.now)
	if err != nil || len(posts) == 0 {
		t.Fatalf("%d posts, %v", len(posts), err)
	}
	for _, p := range posts {
		if p.ModelVersion != 3 {
			t.Errorf("%s was picked by model %d", p.VideoID, p.ModelVersion)
		}
	}
}

// TestNightWithoutVotes: a scheduled training trains when somebody has voted since the
// last one, and at no other night; asked for by hand it always does.
func TestNightWithoutVotes(t *testing.T) {
	b := newBench(t, fakeyoutube.Options{Seed: 3}, nil)
	b.scrape()
	liked, other := b.jazz(12)
	b.label("901", true, liked[1:]...)
	b.label("901", false, other...)
	night := func(slot string) catalog.Run {
		t.Helper()
		b.now = b.now.Add(24 * time.Hour)
		run, err := b.Retrain(t.Context(), guildID, catalog.BySchedule, slot, nil)
		if err != nil {
			t.Fatal(err)
		}
		return run
	}
	if run := night("s1"); run.Counts["model"] != 1 {
		t.Fatalf("the first night: %+v", run)
	}
	if run := night("s2"); run.Counts["model"] != 0 || run.Counts[catalog.CountUnchanged] != 1 {
		t.Errorf("a night without votes: %+v", run)
	}
	if run := night(""); run.Counts["model"] != 2 {
		t.Errorf("by hand: %+v", run)
	}
	b.label("902", true, liked[0])
	if run := night("s3"); run.Counts["model"] != 3 {
		t.Errorf("a night with a new vote: %+v", run)
	}
	if err := b.Promote(t.Context(), guildID, 1); err != nil {
		t.Fatal(err)
	}
	if run := night("s4"); run.Counts["model"] != 0 {
		t.Errorf("a night after a roll-back trained the model that was rolled back: %+v", run)
	}
	if _, err := b.catalog.Vote(t.Context(), catalog.VoteChange{
		GuildID: guildID, VideoID: liked[0], MemberID: "902", Up: true, Source: catalog.SourceImport, At: b.now,
	}); err != nil {
		t.Fatal(err)
	}
	if run := night("s5"); run.Counts["model"] != 4 {
		t.Errorf("a night after a vote was taken back: %+v", run)
	}
	b.options.Learning.Packaging = []string{"crate premiere"}
	var err error
	if b.Loop, err = pipeline.New(b.options); err != nil {
		t.Fatal(err)
	}
	if run := night("s6"); run.Counts["model"] != 5 {
		t.Errorf("a night after the phrases that no model may read were changed: %+v", run)
	}
}

// TestWeeklySearch: a guild's first training with enough labels searches for parameters,
// and that of the next night does not.
func TestWeeklySearch(t *testing.T) {
	b := newBench(t, fakeyoutube.Options{}, nil)
	b.stock(210)
	b.options.Learning.TuneTrials = 1
	var err error
	if b.Loop, err = pipeline.New(b.options); err != nil {
		t.Fatal(err)
	}
	for night, want := range []int{1, 0} {
		b.now = b.now.Add(24 * time.Hour)
		b.label("905", true, fmt.Sprintf("st%09d", night)) // a new vote
		run, err := b.Retrain(t.Context(), guildID, catalog.BySchedule, fmt.Sprint("s", night), nil)
		if err != nil || run.Counts["model"] != night+1 || run.Counts["trials"] != want {
			t.Errorf("%d trials, want %d: %+v, %v", run.Counts["trials"], want, run, err)
		}
	}
}
