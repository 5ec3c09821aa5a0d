package app

import (
	"context"
	"path/filepath"
	"time"

	"cratedigger/config"
	"cratedigger/pipeline"
	"cratedigger/pipeline/youtube"
)

// SourceKind names a source of videos.
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

// TellSource warns before the first page is read for a data folder that YouTube does
// not want programs to read its pages. The decision is the operator's.
func (p *Parts) TellSource(ctx context.Context) error {
	const told = "told/source"
	kind := ConfiguredSource(p.Config)
	if kind == SourceAPI {
		return nil
	}
	before, _, err := p.Catalog.State(ctx, told)
	if err != nil || string(before) == string(kind) {
		return err
	}
	what := map[SourceKind]string{SourceWeb: "pages, which its robots.txt and terms of service", SourceFeed: "channel feeds, which its robots.txt"}[kind]
	p.Log.Warn("this is about to read YouTube's "+what+" keep from programs: whether to is your decision and responsibility. The official way is a key of the YouTube Data API (youtube.api_key). See \"Before you read YouTube\" in README.md; this is said once",
		"source", kind)
	return p.Catalog.SetState(ctx, told, []byte(kind))
}

// YouTubeOptions are the options of reading YouTube from the configuration. All readers
// start from these; the caller sets Counters, States and Log.
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
