package dashboard

import (
	"context"

	"cratedigger/pipeline"
	"cratedigger/pipeline/catalog"
)

// Store is what the dashboard asks of the catalogue. *catalog.Catalog is one.
type Store interface {
	GuildStore
	VoteStore
	Library
	Records
}

// GuildStore keeps the guilds' settings.
type GuildStore interface {
	Guild(id string) (catalog.Guild, bool, error)
	Guilds() ([]catalog.Guild, error)
	UpdateGuild(id string, change func(*catalog.Guild) error) error
}

// VoteStore keeps the votes.
type VoteStore interface {
	Votes(guildID string) ([]catalog.Vote, error)
	Vote(ctx context.Context, changes ...catalog.VoteChange) ([]catalog.Vote, error)
}

// Library is the videos.
type Library interface {
	Video(id string) (catalog.Video, bool, error)
	VideoCount() int
	// Generation grows at each change of videos.
	Generation() uint64
}

// Records is what was done.
type Records interface {
	History(guildID string) (catalog.History, error)
	Runs(guildID string, limit int) ([]catalog.Run, error)
	// Models is a guild's models without their blobs.
	Models(guildID string) ([]catalog.Model, error)
}

// Taster says what a guild's model has learned, in words and channels.
// pipeline.Loop is one.
type Taster interface {
	Taste(ctx context.Context, guildID string) (pipeline.Taste, error)
}
