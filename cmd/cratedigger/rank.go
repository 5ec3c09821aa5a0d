package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"cratedigger/cmd/internal/terminal"
	"cratedigger/model/sheet"
	"cratedigger/pipeline"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/youtube"
)

type rankCmd struct {
	Guild  string `placeholder:"GUILD" help:"Guild, by id or name (optional where there is one)."`
	N      int    `short:"n" default:"20" help:"How many; 0 is no limit."`
	Posted bool   `xor:"which" help:"What was posted, the newest first."`
	All    bool   `xor:"which" help:"The candidates, then those that you have labelled and other uploads, then what was posted."`
	JSON   bool   `name:"json" xor:"form" help:"Print JSON, a list."`
	CSV    bool   `name:"csv" xor:"form" help:"Print CSV."`
}

func (*rankCmd) usesCatalogue() {}

// Help says what is not in the list.
func (rankCmd) Help() string {
	return `Lists what may be posted, as the dashboard's tab Up next does. That leaves out what
was posted, of it and of what is alike the other uploads, and what you have labelled: from
a file, here, or on the dashboard. --posted and --all list those too, but nothing that is
blocked. What members have voted on is marked as known, and its score is by models
that had not seen their votes. Rows name artist and song where they are sure, else
channel and title.`
}

// rankedRow is one row of rank's JSON and CSV.
type rankedRow struct {
	Rank      int      `json:"rank"`
	Score     float64  `json:"score"`
	Model     int      `json:"model"` // version; 0: the rule ranked
	VideoID   string   `json:"video_id"`
	Title     string   `json:"title"`
	Channel   string   `json:"channel"`
	ChannelID string   `json:"channel_id"`
	Published string   `json:"published"` // YYYY-MM-DD, "" when unknown
	Views     *int64   `json:"views"`
	Seconds   *int64   `json:"duration_seconds"`
	Queries   []string `json:"queries"`
	Posted    bool     `json:"posted"`    // or another upload of its song, not long ago
	PostedAt  string   `json:"posted_at"` // of the video itself; "" for never
	Known     bool     `json:"known"`     // members have voted on it; the score is without their votes
	URL       string   `json:"url"`
	Artists   []string `json:"artists"` // where they are sure, as is the song
	Song      string   `json:"song"`
}

func rowOf(i int, r pipeline.Ranked) rankedRow {
	v := r.Video
	row := rankedRow{
		Rank: i + 1, Score: r.Score, Model: r.ModelVersion, VideoID: v.ID, Title: v.Title, Channel: v.Channel, ChannelID: v.ChannelID,
		Views: v.Views, Seconds: v.DurationSeconds, Queries: v.Queries, Posted: r.Posted, Known: r.Known, URL: youtube.WatchURL(v.ID),
	}
	if v.Published.Known() {
		row.Published = v.Published.Time.Format(time.DateOnly)
	}
	if !r.PostedAt.IsZero() {
		row.PostedAt = r.PostedAt.UTC().Format(time.RFC3339)
	}
	row.Artists = []string{}
	if artists := v.Performers(); len(artists) > 0 {
		row.Artists = artists
		row.Song, _ = v.Named()
	}
	return row
}

// Run prints the guild's candidates, best first, or what else the flags say.
func (c *rankCmd) Run(inv *invocation) error {
	p, id, err := inv.openGuild(c.Guild)
	if err != nil {
		return err
	}
	ranked, err := p.Loop.Songs(inv.ctx, id, catalog.ImportVoter)
	if err != nil {
		return err
	}
	ranked = slices.DeleteFunc(ranked, func(r pipeline.Ranked) bool {
		switch {
		case c.All:
			return r.Shelf == pipeline.ShelfBlocked
		case c.Posted:
			return r.Shelf != pipeline.ShelfPosted
		}
		return r.Shelf != pipeline.ShelfNext
	})
	if c.N > 0 {
		ranked = ranked[:min(c.N, len(ranked))]
	}
	switch {
	case c.JSON:
		rows := make([]rankedRow, len(ranked))
		for i, r := range ranked {
			rows[i] = rowOf(i, r)
		}
		enc := json.NewEncoder(inv.out)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", " ")
		return enc.Encode(rows)
	case c.CSV:
		return rankedCSV(inv, ranked)
	}
	switch {
	case len(ranked) == 0 && c.Posted:
		_, err := fmt.Fprintln(inv.out, "Nothing was posted yet.")
		return err
	case len(ranked) == 0:
		_, err := fmt.Fprintln(inv.out, "There is nothing to rank that you have not labelled: cratedigger scrape looks for more.")
		return err
	}
	if ranked[0].ModelVersion == 0 {
		who, err := ranker(inv.ctx, p, id)
		if err != nil {
			return err
		}
		fmt.Fprintln(inv.errOut, who, "The rule likes music, a sane length, the fresh, the well liked and the watched.")
	}
	w := tabwriter.NewWriter(inv.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "#\tSCORE\tVIDEO\tPUBLISHED\tBY\tSONG")
	for i, r := range ranked {
		row := rowOf(i, r)
		marks := ""
		if row.Posted {
			marks = " (posted)"
		}
		if row.Known {
			marks += " (known: scored without its votes)"
		}
		name, by := r.Video.Named()
		fmt.Fprintf(w, "%d\t%.3f\t%s\t%s\t%s\t%s%s\n", row.Rank, row.Score, row.VideoID, row.Published, terminal.Clip(terminal.OneLine(by), 24), terminal.Clip(terminal.OneLine(name), 60), marks)
	}
	return w.Flush()
}

// rankedCSV writes the list for a spreadsheet.
func rankedCSV(inv *invocation, ranked []pipeline.Ranked) error {
	w := sheet.NewWriter(inv.out)
	w.Write([]string{"rank", "score", "model", "video_id", "title", "channel", "channel_id", "published", "views", "duration_seconds", "queries", "posted", "known", "url", "artists", "song", "posted_at"})
	number := func(n *int64) string {
		if n == nil {
			return ""
		}
		return strconv.FormatInt(*n, 10)
	}
	for i, r := range ranked {
		row := rowOf(i, r)
		w.Write([]string{
			strconv.Itoa(row.Rank), strconv.FormatFloat(row.Score, 'g', 6, 64), strconv.Itoa(row.Model),
			row.VideoID, row.Title, row.Channel, row.ChannelID, row.Published,
			number(row.Views), number(row.Seconds), strings.Join(row.Queries, "|"), strconv.FormatBool(row.Posted), strconv.FormatBool(row.Known), row.URL, strings.Join(row.Artists, ";"), row.Song, row.PostedAt,
		})
	}
	return w.Flush()
}
