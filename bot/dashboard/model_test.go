package dashboard_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"cratedigger/bot/dashboard"
	"cratedigger/model"
	"cratedigger/model/tune"
	"cratedigger/pipeline"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/taste"
)

// maxPage is the most bytes of a page of the songs, without its style and script, which
// browsers keep.
const maxPage = 50_000

// card is the card of the model that serves.
func (w *world) card(t *testing.T) taste.Card {
	t.Helper()
	m, _, err := w.catalog.Champion(t.Context(), guildID)
	if err != nil {
		t.Fatal(err)
	}
	card, err := taste.ReadCard(m.Card)
	if err != nil {
		t.Fatal(err)
	}
	return card
}

// TestModelSaysTheSameEverywhere: the versions, the table and the curves have the figures
// of the card, the curves are of its pairs and weights, and the sentences have the votes
// and the hit rate that Home has.
func TestModelSaysTheSameEverywhere(t *testing.T) {
	w := newWorld(t, 400, nil)
	w.live(t)
	card := w.card(t)
	_, body := w.get(t, g+"/model?v=1")
	e := card.Ensemble
	figures := []string{fmt.Sprintf("%.3f", e.AveragePrecision), fmt.Sprintf("%.3f", e.ROCAUC), fmt.Sprintf("%.3f", e.LogLoss)}
	for _, want := range []string{
		fmt.Sprintf("Average precision %s · ROC AUC %s · log loss %s", figures[0], figures[1], figures[2]),
		`ensemble</th><td></td><td class="n">` + strings.Join(figures, `</td><td class="n">`),
		"ensemble (AUC " + figures[1] + ")", "ensemble (AP " + figures[0] + ")",
		fmt.Sprintf("of the same %d labels", card.Labels),
	} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	// What is drawn is what is measured.
	rows, y, weight := model.Harden(card.OutOfFold.Share, card.OutOfFold.Weight)
	score := make([]float64, len(rows))
	for k, i := range rows {
		score[k] = card.OutOfFold.Score[i]
	}
	if again := model.Measure(y, score, weight); math.Abs(again.ROCAUC-e.ROCAUC) > 2e-3 || math.Abs(again.AveragePrecision-e.AveragePrecision) > 2e-3 || math.Abs(again.LogLoss-e.LogLoss) > 2e-3 {
		t.Errorf("the pairs on the card have the figures %+v, and the card %+v", again, *e)
	}
	if card.Prior.ROCAUC != 0.5 {
		t.Errorf("guessing has an AUC of %.3f", card.Prior.ROCAUC)
	}

	history, err := w.catalog.History(t.Context(), guildID)
	if err != nil {
		t.Fatal(err)
	}
	if card.Votes != history.Cast() || !strings.Contains(body, fmt.Sprintf("I&#39;ve learned from %d votes.</p>", card.Votes)) {
		t.Errorf("%d votes were cast, and the model learned from %d", history.Cast(), card.Votes)
	}
	four := pipeline.SumHits(pipeline.HitsByWeek(history, now)[2:])
	if four.Picks != 26*5 || !strings.Contains(body, fmt.Sprintf("(%d of %d)", four.Liked, four.Picks)) {
		t.Errorf("the page lacks the hit rate of the four weeks, %+v", four)
	}
	week, err := w.loop.Week(t.Context(), guildID)
	if err != nil || !strings.Contains(body, fmt.Sprintf("I would expect %.0f\u00a0%%", 100*week.OfRandom(four))) {
		t.Errorf("the page does not tell the rate of random candidates, %.2f (%v)", week.Random, err)
	}

	// What came since is told apart, and Songs says the same.
	w.post(t, g+"/label", map[string]string{"video": w.ids[300], "vote": "up"})
	for _, path := range []string{"/model", "/songs"} {
		if _, body := w.get(t, g+path); !strings.Contains(body, fmt.Sprintf("I&#39;ve learned from %d votes. The next training learns from 1 vote more.", card.Votes)) {
			t.Errorf("%s does not say that a vote has come since", path)
		}
	}
}

// TestModelBelievesInWords: what is told is what moves scores, each on its side, and
// nothing slight.
func TestModelBelievesInWords(t *testing.T) {
	w := newWorld(t, 400, nil)
	w.live(t)
	learned, err := w.loop.Taste(t.Context(), guildID)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range append(append(learned.Words, learned.Queries...), learned.Facts...) {
		if math.Abs(p.Weight) < 0.02 {
			t.Errorf("%s %s moves a score by %.4f and is told", p.Kind, p.Name, p.Weight)
		}
	}
	_, body := w.get(t, g+"/model")
	likes, dislikes, found := strings.Cut(body[strings.Index(body, "What you like"):], "What you do not like")
	if !found || !strings.Contains(likes, "<bdi>session</bdi>") || !strings.Contains(likes, "<bdi>acoustic</bdi>") || strings.Contains(dislikes, "<bdi>session</bdi>") {
		t.Error("the words that the votes like are not on their side")
	}
	for _, amount := range regexp.MustCompile(`[+−]0\.0\d*`).FindAllString(body, -1) {
		if n, _ := strconv.ParseFloat(strings.Replace(amount, "−", "-", 1), 64); math.Abs(n) < 0.02 {
			t.Errorf("the page has a bar of %s", amount)
		}
	}
}

// TestModelBeforeAnyModel: how many votes are missing, and no empty axes.
func TestModelBeforeAnyModel(t *testing.T) {
	w := newWorld(t, 30, nil)
	for i, id := range w.ids[:3] {
		w.post(t, g+"/label", map[string]string{"video": id, "vote": []string{"up", "down"}[i%2]})
	}
	_, body := w.get(t, g+"/model")
	for _, want := range []string{"There is no model yet, so the rule ranks.", "7 more votes until I learn", "Nothing was posted in the last four weeks"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	for _, bad := range []string{"<svg class=\"chart", "1970", "Versions", "Details of", "What it believes"} {
		if strings.Contains(body, bad) {
			t.Errorf("the page has %q", bad)
		}
	}
}

// TestLearnersAheadAreExplained: when a learner alone looks better than the ensemble, a
// sentence says why that may be, and else none does.
func TestLearnersAheadAreExplained(t *testing.T) {
	w := newWorld(t, 30, nil)
	for _, ahead := range []bool{true, false} {
		c := taste.Card{Labels: 40, Weights: map[string]float64{"artist": 1}, Ensemble: &model.Figures{AveragePrecision: 0.6, ROCAUC: 0.7, LogLoss: 0.6}, Prior: &model.Figures{AveragePrecision: 0.5, ROCAUC: 0.5, LogLoss: 0.69},
			Alone: map[string]model.Figures{"artist": {AveragePrecision: 0.5, ROCAUC: 0.7, LogLoss: 0.6}}}
		if ahead {
			c.Alone["artist"] = model.Figures{AveragePrecision: 0.7, ROCAUC: 0.7, LogLoss: 0.6}
		}
		text, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.catalog.SaveModel(t.Context(), guildID, text, nil, true); err != nil {
			t.Fatal(err)
		}
		if _, body := w.get(t, g+"/model?v="+fmt.Sprint(w.champion(t))); strings.Contains(body, "Alone, artist has a better figure") != ahead {
			t.Errorf("ahead %t: the page explains it wrongly", ahead)
		}
	}
}

// TestWeeksEndNow: seven days each, counted back from now, and a vote counts for the week
// of its post.
func TestWeeksEndNow(t *testing.T) {
	var h catalog.History
	for day, id := range map[int]string{0: "a", 6: "b", 7: "c", 20: "d"} {
		h.Posts = append(h.Posts, catalog.Post{VideoID: id, SentAt: now.AddDate(0, 0, -day)})
	}
	h.Posts = append(h.Posts, catalog.Post{VideoID: "never sent"})
	h.Votes = []catalog.Vote{{VideoID: "a", MemberID: "1", Value: 1}, {VideoID: "c", MemberID: "1", Value: 1}, {VideoID: "c", MemberID: "2", Value: -1}, {VideoID: "d", MemberID: "1", Value: -1}}
	weeks := pipeline.HitsByWeek(h, now)
	var got []string
	for _, w := range weeks {
		got = append(got, fmt.Sprint(now.Sub(w.From).Hours()/24, " days ago: ", w.Picks, w.Liked, w.Voted))
	}
	if want := "21 days ago: 1 0 1, 14 days ago: 1 0 1, 7 days ago: 2 1 1"; strings.Join(got, ", ") != want {
		t.Errorf("%s, want %s", strings.Join(got, ", "), want)
	}
	if pipeline.HitsByWeek(catalog.History{}, now) != nil {
		t.Error("there are weeks before the first post")
	}
}

// loudLoop is a loop whose guild likes what has the longest names, in many scripts.
type loudLoop struct{ *pipeline.Loop }

func (l loudLoop) Taste(context.Context, string) (pipeline.Taste, error) {
	names := []string{strings.Repeat("題", 100), strings.Repeat("Donaudampfschifffahrt", 5), "فرقة الموسيقى " + strings.Repeat("ط", 80), strings.Repeat("👩‍👩‍👧‍👧", 12), "<b>bold</b> & \u202egnirts", "\u0301\u0301\u0301 zalgo", "ok"}
	var t pipeline.Taste
	for i := range 25 {
		name, weight := names[i%len(names)]+fmt.Sprint(i), 1-float64(i%2)*2
		t.Words = append(t.Words, pipeline.Part{Kind: pipeline.PartWord, Name: name, Weight: weight})
		t.Channels = append(t.Channels, pipeline.Part{Kind: pipeline.PartChannel, Name: name, Weight: weight})
		t.Queries = append(t.Queries, pipeline.Part{Kind: pipeline.PartQuery, Name: name, Weight: weight})
		t.Facts = append(t.Facts, pipeline.Part{Kind: pipeline.PartFact, Name: "title_length", Weight: weight})
		t.Artists = append(t.Artists, pipeline.ArtistRecord{Name: name, Liked: i % 2 * 5, Disliked: 2})
	}
	return t, nil
}

// loudWorld has such a taste, and models whose search tried many parameters.
func loudWorld(t *testing.T) *world {
	t.Helper()
	w := newWorld(t, 400, func(o *dashboard.Options) { o.Stages = loudLoop{o.Stages.(*pipeline.Loop)} })
	w.live(t)
	card := w.card(t)
	card.Tuning = &taste.Tuning{At: now}
	for i := range 300 {
		card.Tuning.Trials = append(card.Tuning.Trials, tune.Trial{Loss: 0.6 + float64(i*7%300)/1000})
	}
	for card.Labels = 1500; card.Labels < 1900; card.Labels += 100 {
		text, err := json.Marshal(card)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.catalog.SaveModel(t.Context(), guildID, text, nil, false); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

// TestModelPageIsSmall, whatever names it tells.
func TestModelPageIsSmall(t *testing.T) {
	w := loudWorld(t)
	for _, path := range []string{"/model", "/model?v=1", "/model?v=5"} {
		_, body := w.get(t, g+path)
		if len(body) > maxPage || strings.Contains(body, "<b>bold") {
			t.Errorf("%s has %d bytes, want at most %d, or a name is not escaped", path, len(body), maxPage)
		}
		t.Logf("%s: %d bytes", path, len(body))
	}
}
