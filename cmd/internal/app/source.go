package app

import (
	"path/filepath"
	"time"

	"cratedigger/config"
	"cratedigger/pipeline"
	"cratedigger/pipeline/youtube"
)

// SourceKind is what videos are read from.
type SourceKind string

// The kinds of sources, as youtube.source names them.
const (
	SourceWeb  SourceKind = "web"
	SourceAPI  SourceKind = "api"
	SourceFeed SourceKind = "feed"
)

// ConfiguredSource is the kind of source that the configuration asks for.
func ConfiguredSource(cfg *config.Config) SourceKind {
	switch y := cfg.YouTube; {
	case y.Source != "auto":
		return SourceKind(y.Source)
	case y.APIKey.IsSet():
		return SourceAPI
	}
	return SourceWeb
}

// YouTubeOptions are what the configuration says of reading YouTube. Whatever reads
// it starts from these; Counters, States and Log are for the caller to set.
func YouTubeOptions(cfg *config.Config, now func() time.Time) youtube.Options {
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

// NewSource opens a source.
func NewSource(kind SourceKind, o youtube.Options) (pipeline.Source, error) {
	switch kind {
	case SourceAPI:
		return youtube.NewAPI(o)
	case SourceFeed:
		return youtube.NewFeed(o)
	}
	return youtube.NewClient(o)
}
