package main

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"cratedigger/cmd/internal/app"
	"cratedigger/cmd/internal/terminal"
	"cratedigger/pipeline/youtube"
)

// predictCmd scores one video.
type predictCmd struct {
	Guild string `placeholder:"GUILD" help:"Guild, by id or name (optional where there is one)."`
	Link  string `arg:"" name:"link" help:"A YouTube link or a video's id."`
}

// Help explains the numbers.
func (predictCmd) Help() string {
	return `Reads the video's page now, scores it by the guild's model, and lists what moved
the score: the weights are in log-odds, those above 0 speak for the video. Until
there is a model the stated rule scores. The video is kept in the catalogue, and
does not become a candidate.`
}

func (predictCmd) usesCatalogue()   {}
func (predictCmd) beginsCatalogue() {}

// predictedParts is how many contributions are printed.
const predictedParts = 12

// Run reads, scores and explains.
func (c *predictCmd) Run(inv *invocation) error {
	id, ok := youtube.ParseID(c.Link)
	if !ok {
		return app.WithCode(2, fmt.Errorf("%q is neither a YouTube link nor a video's id; one looks like %s", c.Link, youtube.WatchURL("dQw4w9WgXcQ")))
	}
	p, guild, err := inv.openGuild(c.Guild)
	if err != nil {
		return err
	}
	if err := p.TellSource(inv.ctx); err != nil {
		return err
	}
	x, err := p.Loop.Predict(inv.ctx, guild, id)
	if err != nil {
		return fmt.Errorf("the video could not be scored: %w", err)
	}
	english, err := app.EnglishTexts()
	if err != nil {
		return err
	}
	who, err := ranker(inv.ctx, p, guild)
	if err != nil {
		return err
	}
	by := fmt.Sprintf("model %d", x.ModelVersion)
	if x.ModelVersion == 0 {
		by = "the stated rule. " + who.String()
	}
	fmt.Fprintf(inv.out, "%s\n%s\n%s\n\nscore %.3f by %s\n", terminal.OneLine(x.Video.Title), terminal.OneLine(x.Video.Channel), youtube.WatchURL(id), x.Score, by)
	plain := func(s string, n int) string { return terminal.Clip(terminal.OneLine(s), n) }
	var rows strings.Builder
	w := tabwriter.NewWriter(&rows, 0, 0, 2, ' ', 0)
	for _, part := range x.Parts[:min(len(x.Parts), predictedParts)] {
		fmt.Fprintf(w, "%+.2f\t%s\t%s\n", part.Weight, english.Part(part, plain), english.Amount(part.Name, part.Number))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	_, err = fmt.Fprint(inv.out, rows.String())
	return err
}
