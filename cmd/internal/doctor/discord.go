package doctor

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"cratedigger/bot/discord"
	"cratedigger/cmd/internal/app"
	"cratedigger/cmd/internal/terminal"
	"cratedigger/pipeline"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/youtube"
)

// dated is a transport that compares the clocks of the answers with ours.
type dated struct {
	d    *doctor
	next http.RoundTripper
}

// RoundTrip reads the Date of the answer.
func (t dated) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := t.next.RoundTrip(r)
	if err == nil {
		if theirs, derr := http.ParseTime(resp.Header.Get("Date")); derr == nil {
			t.d.skew, t.d.skewed = t.d.Now().Sub(theirs), true
		}
	}
	return resp, err
}

// discord asks Discord who the bot is, where it is, and what it may do there.
func (d *doctor) discord() {
	const area = "Discord"
	if !d.cfg.Discord.Token.IsSet() {
		return // configuration has said so
	}
	inspector, err := discord.NewInspector(d.cfg.Discord.Token.Reveal(), string(d.cfg.Discord.BaseURL), dated{d, http.DefaultTransport})
	if err != nil {
		d.fail(area, "Correct discord.base_url.", "%v.", err)
		return
	}
	self, err := inspector.Self(d.ctx)
	if _, refused := errors.AsType[*discord.FatalError](err); refused {
		d.fail(area, "Copy the token again from the Bot page of your application (Reset Token makes a new one), without \"Bot\" before it.", "Discord refuses the token.")
		return
	}
	if status, answered := discord.Answered(err); err != nil && answered {
		fix := "See discord.base_url, and whether something stands between this machine and Discord; or install the newest version of Cratedigger."
		if status >= 500 || status == http.StatusTooManyRequests {
			fix = "Try again; if it stays, see https://discordstatus.com."
		}
		d.fail(area, fix, "Discord at %s answers, but does not say who the bot is: %v.", d.cfg.Discord.BaseURL, err)
		return
	}
	if err != nil {
		d.fail(area, "See the network of this machine, discord.base_url, and https://discordstatus.com.", "Discord at %s cannot be reached: %v.", d.cfg.Discord.BaseURL, err)
		return
	}
	d.ok(area, "The token is good; the bot is %s (%s).", terminal.OneLine(self.Name), self.ID)
	joined, err := inspector.Guilds(d.ctx)
	if err != nil {
		d.warn(area, "Try again; if it stays, see https://discordstatus.com.", "Discord does not say which guilds the bot is in: %v.", err)
		return
	}
	if len(joined) == 0 {
		d.warn(area, "Invite it: "+discord.InviteURL(self.ID), "The bot is in no guild.")
	}
	in := func(id string) bool {
		return slices.ContainsFunc(joined, func(g discord.Named) bool { return g.ID == id })
	}
	for _, g := range joined {
		d.ok(area, "The bot is in %s (%s).", terminal.OneLine(g.Name), g.ID)
	}
	for _, id := range d.cfg.Discord.Guilds {
		if !in(string(id)) {
			d.warn(area, "Invite it there ("+discord.InviteURL(self.ID)+"), or take the id out of discord.guilds.", "The bot is not in guild %s, which discord.guilds names.", id)
		}
	}
	for _, g := range d.guilds() {
		if !in(g.ID) {
			d.warn(area, "Invite it again: "+discord.InviteURL(self.ID), "The bot is not in %s any more: it was removed, or the server was deleted.", nameOf(g))
			continue
		}
		d.channel(inspector, g, self.ID)
	}
	for _, g := range d.left() {
		if !in(g.ID) {
			d.warn(area, "Invite it again: "+discord.InviteURL(self.ID), "The bot was removed from %s on %s.", nameOf(g), g.LeftAt.UTC().Format("2 January 2006"))
		}
	}
}

// channel looks at what the bot may do in a guild's channel.
func (d *doctor) channel(inspector *discord.Inspector, g catalog.Guild, self string) {
	const area = "channels"
	if g.ChannelID == "" {
		return // guild has said so
	}
	channel, missing, err := inspector.Channel(d.ctx, g.ID, g.ChannelID)
	switch {
	case errors.Is(err, discord.ErrChannelLost):
		d.fail(area, "Let the bot see the channel (Edit Channel → Permissions → View Channel), or choose another with /setup.",
			"%s: the channel %s does not exist any more, or the bot may not see it.", nameOf(g), g.ChannelID)
	case err != nil:
		d.warn(area, "Try again; if it stays, see https://discordstatus.com.", "%s: Discord does not say what the bot may do in channel %s: %v.", nameOf(g), g.ChannelID, err)
	case len(missing) > 0:
		d.fail(area, "Allow it in Edit Channel → Permissions for the bot's role, or invite the bot again: "+discord.InviteURL(self),
			"%s: in #%s the bot lacks %s.", nameOf(g), terminal.OneLine(channel.Name), strings.Join(missing, ", "))
	default:
		d.ok(area, "%s: in #%s the bot may do all that it needs.", nameOf(g), terminal.OneLine(channel.Name))
	}
}

// youtube searches once, as the bot would.
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
		names = []string{"title", "channel", "published"} // all that feeds are sure to have
	}
	filled, low := fields(results, names)
	if len(low) > 0 {
		d.warn(area, "YouTube has probably changed its pages: install the newest version of Cratedigger. "+api,
			"A search (%s) for %q found %d videos, of which few have %s.", name, asked, len(results.Videos), strings.Join(low, ", "))
		return
	}
	d.ok(area, "A search (%s) for %q found %d videos (%s).", name, asked, len(results.Videos), filled)
}

// query is what to search for: the first fitting one of a guild, else one that
// finds something anywhere. A feed must be some channel's.
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

// source opens the source that the bot would use, to ask it once how YouTube
// is now: no cached page answers, no block that the bot waits out, and nothing
// is waited for that would outlast the doctor.
func (d *doctor) source(kind app.SourceKind) (pipeline.Source, error) {
	o := app.YouTubeOptions(d.cfg, d.Now)
	o.CacheDir, o.RawDir = "", ""
	o.Retries, o.Timeout = -1, 20*time.Second
	o.Interval = min(o.Interval, 5*time.Second) // the API is called twice
	o.Log = slog.New(slog.DiscardHandler)
	if p := d.parts; p != nil && p.Catalog != nil {
		o.Counters = p.Catalog // the page counts
	}
	return app.NewSource(kind, o)
}

// fields says which share of the videos has each of the named fields, which all
// should have, and names those that few had.
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
