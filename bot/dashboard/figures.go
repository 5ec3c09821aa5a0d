package dashboard

import (
	"cmp"
	"fmt"
	"html/template"
	"slices"
	"time"

	"cratedigger/bot/chart"
	"cratedigger/model/metric"
	"cratedigger/pipeline"
	"cratedigger/pipeline/catalog"
)

// judged has the scores of videos and their shares of likes among the members' votes,
// by the same index.
type judged struct {
	score, share []float64
	weight       []float64 // of the labels; nil: all weigh the same
	what         string    // which scores these are, for titles
}

// judgedPosts pairs the scores of posts with the votes that they got later. The model
// cannot have seen those. It leaves out picks without votes.
func judgedPosts(posts []catalog.Post, votes []catalog.Vote) judged {
	type tally struct{ up, all float64 }
	byVideo := map[string]tally{}
	for _, v := range votes {
		t := byVideo[v.VideoID]
		if v.Value != 0 {
			t.all++
		}
		if v.Value > 0 {
			t.up++
		}
		byVideo[v.VideoID] = t
	}
	j := judged{what: "posted picks, scored before the votes"}
	for _, p := range posts {
		if t := byVideo[p.VideoID]; t.all > 0 && p.ModelVersion > 0 {
			j.score, j.share = append(j.score, p.Score), append(j.share, t.up/t.all)
		}
	}
	return j
}

// judgedLeast is how many videos with votes a curve needs to be worth drawing.
const judgedLeast = 10

// modelCharts draws how good the models are: over the versions, over time, and
// the curves of the chosen one.
func (s *Server) modelCharts(rows []modelRow, chosen *modelRow, posts []catalog.Post, votes []catalog.Vote) []template.HTML {
	var out []template.HTML
	add := func(c *chart.Chart) {
		if c != nil {
			out = append(out, c.Inline())
		}
	}
	half := chart.Size{Width: 480, Height: 400}
	add(learningChart(rows))
	add(hitChart(posts, votes))
	j := judgedPosts(posts, votes)
	if chosen != nil && chosen.Card.OutOfFold != nil {
		if o := chosen.Card.OutOfFold; len(o.Score) >= judgedLeast && len(o.Score) == len(o.Share) {
			j = judged{o.Score, o.Share, o.Weight, fmt.Sprintf("model %d, out of fold", chosen.Version)}
		}
	}
	if len(j.score) >= judgedLeast {
		roc, pr := curveOf(metric.ROC(j.share, j.score, j.weight)), curveOf(metric.PrecisionRecall(j.share, j.score, j.weight))
		roc.Name, roc.Area = "ensemble", metric.ROCAUC(j.share, j.score, j.weight)
		pr.Name, pr.Area = "ensemble", metric.AveragePrecision(j.share, j.score, j.weight)
		base, all := 0.0, 0.0
		for i, y := range j.share {
			w := 1.0
			if j.weight != nil {
				w = j.weight[i]
			}
			base, all = base+w*y, all+w
		}
		base /= all
		add(chart.ROC("ROC ("+j.what+")", []chart.Curve{roc}, half))
		add(chart.PrecisionRecall("Precision and recall ("+j.what+")", []chart.Curve{pr}, base, half))
		var bins []chart.Bin
		for _, b := range metric.Reliability(10, j.share, j.score, j.weight) {
			bins = append(bins, chart.Bin{Predicted: b.Probability, Observed: b.Share, Count: int(b.Weight + 0.5)})
		}
		add(chart.Reliability("Reliability ("+j.what+")", bins, half))
		groups := []chart.Group{{Name: "liked"}, {Name: "not liked"}}
		for i, y := range j.share {
			g := &groups[0]
			if y < 0.5 {
				g = &groups[1]
			}
			g.Values = append(g.Values, j.score[i])
		}
		add(chart.Histogram("Scores ("+j.what+")", chart.Axis{Label: "score", Format: chart.Percent, Min: 0, Max: 1}, "videos", groups, 20, half))
	}
	if chosen == nil {
		return out
	}
	if len(chosen.Card.Moved) > 0 {
		var bars []chart.Bar
		for _, p := range chosen.Card.Moved[:min(len(chosen.Card.Moved), 14)] {
			bars = append(bars, chart.Bar{Label: s.partName(pipeline.Part{Kind: p.Kind, Name: p.Name}), Value: p.Weight})
		}
		add(chart.Bars(chart.BarChart{Title: "What moves the scores most", X: chart.Axis{Label: "mean contribution, log-odds"}, Bars: bars, Signed: true, Size: chart.Size{Width: 480}}))
	}
	if len(chosen.Card.Weights) > 0 {
		var bars []chart.Bar
		for name, weight := range chosen.Card.Weights {
			bars = append(bars, chart.Bar{Label: name, Value: weight})
		}
		slices.SortFunc(bars, func(a, b chart.Bar) int {
			return cmp.Or(cmp.Compare(b.Value, a.Value), cmp.Compare(a.Label, b.Label))
		})
		add(chart.Bars(chart.BarChart{Title: "Weights in the ensemble", X: chart.Axis{Label: "weight of the learner", Format: chart.Percent}, Bars: bars, Size: chart.Size{Width: 480}}))
	}
	if tuning := chosen.Card.Tuning; tuning != nil && len(tuning.Trials) > 0 {
		losses := make([]float64, len(tuning.Trials))
		for i, t := range tuning.Trials {
			losses[i] = t.Loss
		}
		add(chart.Tuning("Search for parameters", "log loss, lower is better", losses, half))
	}
	return out
}

func curveOf(points []metric.Point) chart.Curve {
	var c chart.Curve
	for _, p := range points {
		c.X, c.Y = append(c.X, p.X), append(c.Y, p.Y)
	}
	return c
}

// learningChart draws the figures against the number of labels, one point for each
// model. It is nil without any.
func learningChart(rows []modelRow) *chart.Chart {
	var ap, auc, base chart.Series
	ap.Name, auc.Name, base.Name = "average precision", "ROC AUC", "average precision of guessing"
	for _, m := range slices.Backward(rows) { // oldest first
		if m.Card.Ensemble == nil {
			continue
		}
		x := float64(m.Card.Labels)
		ap.X, ap.Y = append(ap.X, x), append(ap.Y, m.Card.Ensemble.AveragePrecision)
		auc.X, auc.Y = append(auc.X, x), append(auc.Y, m.Card.Ensemble.ROCAUC)
		if m.Card.Prior != nil {
			base.X, base.Y = append(base.X, x), append(base.Y, m.Card.Prior.AveragePrecision)
		}
	}
	if len(ap.X) == 0 {
		return nil
	}
	ap.Dots, auc.Dots, base.Dashed = true, true, true
	return chart.Lines(chart.Plot{
		Title: "Learning curve", About: "Figures of the kept models by their number of labels, measured out of fold.",
		X: chart.Axis{Label: "labels", Format: chart.Integer, Min: 0, Max: 20}, Y: chart.Axis{Label: "figure, out of fold", Min: 0, Max: 1},
		Series: []chart.Series{ap, auc, base}, Size: chart.Size{Width: 480, Height: 320},
	})
}

// hitChart draws for each week the share of picks that got more 👍 than 👎, and
// the share that got any vote. It is nil before the first post.
func hitChart(posts []catalog.Post, votes []catalog.Vote) *chart.Chart {
	net := map[string]int{}
	voted := map[string]bool{}
	for _, v := range votes {
		net[v.VideoID] += v.Value
		voted[v.VideoID] = voted[v.VideoID] || v.Value != 0
	}
	type week struct{ picks, liked, voted float64 }
	weeks := map[int64]*week{}
	for _, p := range posts {
		at := p.SentAt
		if at.IsZero() {
			continue
		}
		day := at.UTC().Truncate(24 * time.Hour)
		start := day.AddDate(0, 0, -int(day.Weekday()+6)%7).Unix()
		if weeks[start] == nil {
			weeks[start] = &week{}
		}
		w := weeks[start]
		w.picks++
		if net[p.VideoID] > 0 {
			w.liked++
		}
		if voted[p.VideoID] {
			w.voted++
		}
	}
	var starts []int64
	for start := range weeks {
		starts = append(starts, start)
	}
	if len(starts) == 0 {
		return nil
	}
	slices.Sort(starts)
	liked, any := chart.Series{Name: "liked", Dots: true}, chart.Series{Name: "voted on at all"}
	for _, start := range starts {
		w := weeks[start]
		liked.X, liked.Y = append(liked.X, float64(start)), append(liked.Y, w.liked/w.picks)
		any.X, any.Y = append(any.X, float64(start)), append(any.Y, w.voted/w.picks)
	}
	return chart.Lines(chart.Plot{
		Title: "Picks that were liked", About: "Share of each week's picks with more 👍 than 👎.",
		X: chart.Axis{Label: "week of", Format: chart.Date}, Y: chart.Axis{Label: "picks of the week", Format: chart.Percent, Min: 0, Max: 1},
		Series: []chart.Series{liked, any}, Size: chart.Size{Width: 480, Height: 320},
	})
}

// tasteCharts draws the searches, channels, words and facts that move the score most,
// and the artists whose songs the guild likes.
func (s *Server) tasteCharts(t pipeline.Taste) []template.HTML {
	var out []template.HTML
	for _, part := range []struct {
		title string
		parts []pipeline.Part
	}{
		{"Searches that move the score most", t.Queries}, {"Channels that move the score most", t.Channels}, {"Words that move the score most", t.Words},
		{"Facts: right, more is better; left, less is", t.Facts},
	} {
		if len(part.parts) == 0 {
			continue
		}
		var bars []chart.Bar
		for _, p := range part.parts[:min(len(part.parts), 12)] {
			bars = append(bars, chart.Bar{Label: s.partName(p), Note: s.amount(p), Value: p.Weight})
		}
		out = append(out, chart.Bars(chart.BarChart{
			Title: part.title, X: chart.Axis{Label: "log-odds of a 👍"}, Bars: bars, Signed: true, Size: chart.Size{Width: 480},
		}).Inline())
	}
	var artists []chart.Bar
	for _, a := range t.Artists[:min(len(t.Artists), 12)] {
		artists = append(artists, chart.Bar{Label: a.Name, Note: fmt.Sprintf("%d of %d liked", a.Liked, a.Liked+a.Disliked), Value: float64(a.Liked - a.Disliked)})
	}
	if len(artists) > 0 {
		out = append(out, chart.Bars(chart.BarChart{
			Title: "Artists whose songs it likes", X: chart.Axis{Label: "songs liked minus songs disliked", Format: chart.Integer}, Bars: artists, Signed: true, Size: chart.Size{Width: 480},
		}).Inline())
	}
	return out
}
