package main

import (
	"path/filepath"
	"time"

	"cratedigger/config"
	"cratedigger/pipeline"
	"cratedigger/pipeline/youtube"
)

// sourceKind is what videos are read from.
type sourceKind string

// The kinds of sources, as youtube.source names them.
const (
	sourceWeb  sourceKind = "web"
	sourceAPI  sourceKind = "api"
	sourceFeed sourceKind = "feed"
)

// configuredSource is the kind of source that the configuration asks for.
func configuredSource(cfg *config.Config) sourceKind {
	switch y := cfg.YouTube; {
	case y.Source != "auto":
		return sourceKind(y.Source)
	case y.APIKey.IsSet():
		return sourceAPI
	}
	return sourceWeb
}

// youtubeOptions are what the configuration says of reading YouTube: whoever
// reads begins with them. Counters, States and Log are the caller's to set.
func youtubeOptions(cfg *config.Config, now func() time.Time) youtube.Options {
	y := cfg.YouTube
	o := youtube.Options{
		BaseURL: string(y.BaseURL), FeedBaseURL: string(y.FeedBaseURL), APIBaseURL: string(y.APIBaseURL),
		APIKey: y.APIKey.Reveal(), Cookie: y.Cookie.Reveal(), Proxy: y.Proxy.Reveal(),
		Interval: y.RequestInterval, Jitter: 0.5, PagesPerDay: y.PagesPerDay,
		Seed: cfg.Seed, Now: now,
	}
	if dir := cfg.DataDir; dir != "" {
		o.CacheDir, o.RawDir = filepath.Join(dir, "pages"), filepath.Join(dir, "raw")
	}
	return o
}

// newSource opens a source.
func newSource(kind sourceKind, o youtube.Options) (pipeline.Source, error) {
	switch kind {
	case sourceAPI:
		return youtube.NewAPI(o)
	case sourceFeed:
		return youtube.NewFeed(o)
	}
	return youtube.NewClient(o)
}
