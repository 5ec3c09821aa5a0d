package doctor

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"cratedigger/cmd/internal/app"
	"cratedigger/pipeline"
	"cratedigger/pipeline/youtube"
)

// youtube searches once, like the bot.
func (d *doctor) youtube() {
	const area = "YouTube"
	kind := app.ConfiguredSource(d.cfg)
	name := map[app.SourceKind]string{app.SourceWeb: "the public pages", app.SourceAPI: "the official API", app.SourceFeed: "a channel's feed"}[kind]
	source, err := d.source(kind)
	if err != nil {
		d.fail(area, "Correct the youtube section of the configuration.", "%v.", err)
		return
	}
	feed := kind == app.SourceFeed
	query, found := d.query(feed)
	if !found {
		d.warn(area, "Add the id of a YouTube channel with /cratedigger queries add, or choose another youtube.source.",
			"No query names a YouTube channel, and feeds can be read only of those.")
		return
	}
	asked := query.Text + query.Channel
	results, err := source.Search(d.ctx, query)
	var blocked *youtube.BlockedError
	var drift *youtube.DriftError
	var status *youtube.StatusError
	const api = "Or use the official API: set youtube.api_key."
	switch {
	case errors.As(err, &blocked):
		d.fail(area, "Wait: the bot tries again by itself. A lower youtube.pages_per_day and a longer youtube.request_interval help. "+api, "%v.", err)
		return
	case errors.As(err, &drift):
		d.fail(area, "Install the newest version of Cratedigger. "+api, "%v.", err)
		return
	case errors.Is(err, youtube.ErrConsent):
		d.fail(area, api, "%v.", err)
		return
	case errors.Is(err, youtube.ErrQuota) && kind == app.SourceAPI:
		d.warn(area, "Wait until midnight in California, "+youtube.APIReset(d.Now()).UTC().Format("2 Jan 15:04 UTC")+", when the API's quota is full again, or ask Google for a larger one.", "%v.", err)
		return
	case errors.Is(err, youtube.ErrQuota):
		d.warn(area, "It is full again tomorrow (UTC); youtube.pages_per_day changes it.", "%v.", err)
		return
	case errors.As(err, &status):
		fix := "See youtube.base_url and youtube.proxy, or install the newest version of Cratedigger. " + api
		switch {
		case status.Code >= 500:
			fix = "Wait: the bot tries again by itself."
		case kind == app.SourceAPI:
			fix = "Set youtube.api_key to a key of a project in which the YouTube Data API v3 is enabled (https://console.cloud.google.com/apis/credentials)."
		}
		d.fail(area, fix, "A search (%s) was refused: %v.", name, err)
		return
	case err != nil:
		d.fail(area, "See the network of this machine, youtube.base_url and youtube.proxy.", "A search (%s) failed: %v.", name, err)
		return
	}
	if len(results.Videos) == 0 {
		if results.NoResults {
			d.warn(area, "Choose a query that finds something, with /cratedigger queries.", "YouTube (%s) answers, and has nothing for %q.", name, asked)
			return
		}
		d.fail(area, "Install the newest version of Cratedigger. "+api, "YouTube (%s) answers, and no video was understood on the page for %q.", name, asked)
		return
	}
	names := []string{"title", "channel", "views", "duration_seconds", "published"}
	if feed {
		names = []string{"title", "channel", "published"} // the fields that every feed has
	}
	filled, low := fields(results, names)
	if len(low) > 0 {
		d.warn(area, "YouTube has probably changed its pages: install the newest version of Cratedigger. "+api,
			"A search (%s) for %q found %d videos, of which few have %s.", name, asked, len(results.Videos), strings.Join(low, ", "))
		return
	}
	d.ok(area, "A search (%s) for %q found %d videos (%s).", name, asked, len(results.Videos), filled)
}

// query chooses what to search for: the first suitable query of a guild, else one that
// always finds something. Feeds need a query of a channel.
func (d *doctor) query(feed bool) (query youtube.Query, found bool) {
	for _, g := range d.guilds() {
		for _, q := range g.Queries {
			if feed == (q.Channel != "") {
				q.Pages = 1
				return q, true
			}
		}
	}
	return youtube.Query{Text: "music video", Pages: 1}, !feed
}

// source opens the bot's source for one search that shows how YouTube answers now: it
// uses no cached pages, ignores a block that the bot waits out, and waits for nothing
// longer than the doctor may take.
func (d *doctor) source(kind app.SourceKind) (pipeline.Source, error) {
	o := app.YouTubeOptions(d.cfg, d.Now)
	o.CacheDir, o.RawDir = "", ""
	o.Retries, o.Timeout = -1, 20*time.Second
	o.Interval = min(o.Interval, 5*time.Second) // the API is called twice
	o.Log = slog.New(slog.DiscardHandler)
	if p := d.parts; p != nil && p.Catalog != nil {
		o.Counters = p.Catalog // the search counts as one of the day's pages
	}
	return app.NewSource(kind, o)
}

// fields says which share of the videos has each of the named fields, and lists in low
// those that less than half have.
func fields(results youtube.Results, names []string) (filled string, low []string) {
	var sum youtube.PageStats
	for _, stats := range results.Coverage {
		sum.Add(stats)
	}
	var parts []string
	for _, name := range names {
		share := 0
		if sum.Videos > 0 {
			share = 100 * sum.Fields[name] / sum.Videos
		}
		shown := strings.TrimSuffix(name, "_seconds")
		parts = append(parts, fmt.Sprintf("%s %d %%", shown, share))
		if share < 50 {
			low = append(low, shown)
		}
	}
	return strings.Join(parts, ", "), low
}
