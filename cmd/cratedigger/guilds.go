package main

import (
	"strings"
	"time"

	"cratedigger/config"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/pick"
	"cratedigger/pipeline/schedule"
	"cratedigger/pipeline/youtube"
)

// localGuild is the guild of a data folder that no bot has used.
const localGuild = "local"

// newGuild is a guild on the day it is met: the configuration's defaults.
func newGuild(cfg *config.Config, id, name string, now time.Time) catalog.Guild {
	d := cfg.Defaults
	g := catalog.Guild{
		ID: id, Name: name, JoinedAt: now.UTC(),
		ChannelID: string(d.Channel),
		Scrape:    string(d.Scrape), Retrain: string(d.Retrain), Recap: string(d.Recap),
		Zone: string(d.Zone), Picks: d.Picks,
		Exploration: d.Exploration, Wildcard: d.Wildcard, Votes: d.Votes, Language: d.Language,
		MinSeconds: d.MinSeconds, MaxSeconds: d.MaxSeconds, MusicOnly: d.MusicOnly,
	}
	for _, spec := range d.Schedule {
		g.Schedule = append(g.Schedule, string(spec))
	}
	for _, l := range d.Languages {
		if accepted, err := pick.ReadLanguages(string(l)); err == nil { // the configuration has checked it
			g.Languages = append(g.Languages, accepted...)
		}
	}
	for _, q := range d.Queries {
		g.Queries = append(g.Queries, youtube.Query(q))
	}
	return g
}

// guildList names guilds for people.
func guildList(guilds []catalog.Guild) string {
	names := make([]string, len(guilds))
	for i, g := range guilds {
		names[i] = g.ID
		if g.Name != "" {
			names[i] += " (" + g.Name + ")"
		}
	}
	return strings.Join(names, ", ")
}

// checkCron says what is wrong with a cron line, for the configuration.
func checkCron(spec, zone string) error {
	_, err := schedule.Parse(spec, zone)
	return err
}
