package bolt

import (
	"time"

	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/youtube"
)

type storedQuery struct {
	Text    string `json:"text,omitempty"`
	Channel string `json:"channel,omitempty"`
	Upload  string `json:"upload,omitempty"`
	Length  string `json:"length,omitempty"`
	Pages   int    `json:"pages,omitempty"`
}

type storedBlocked struct {
	ID   string    `json:"id"`
	Name string    `json:"name,omitempty"`
	By   string    `json:"by,omitempty"`
	At   time.Time `json:"at,omitzero"`
}

type storedArtist struct {
	Name    string    `json:"name"`
	Channel string    `json:"channel,omitempty"`
	By      string    `json:"by,omitempty"`
	At      time.Time `json:"at,omitzero"`
}

type storedSong struct {
	Video  string    `json:"video"`
	Artist string    `json:"artist,omitempty"`
	Title  string    `json:"title,omitempty"`
	By     string    `json:"by,omitempty"`
	At     time.Time `json:"at,omitzero"`
}

// sameSongDays is what a guild has that an earlier program kept.
const sameSongDays = 365

type storedGuild struct {
	Name            string          `json:"name,omitempty"`
	Joined          time.Time       `json:"joined,omitzero"`
	Left            time.Time       `json:"left,omitzero"`
	Channel         string          `json:"channel,omitempty"`
	Queries         []storedQuery   `json:"queries,omitempty"`
	Schedule        []string        `json:"schedule,omitempty"`
	Scrape          string          `json:"scrape,omitempty"`
	Retrain         string          `json:"retrain,omitempty"`
	Recap           string          `json:"recap,omitempty"`
	Duels           string          `json:"duels,omitempty"`
	Zone            string          `json:"zone,omitempty"`
	Picks           int             `json:"picks,omitempty"`
	Exploration     float64         `json:"exploration,omitempty"`
	Wildcard        bool            `json:"wildcard,omitempty"`
	Votes           string          `json:"votes,omitempty"`
	Language        string          `json:"language,omitempty"`
	MentionRole     string          `json:"mention,omitempty"`
	MinSeconds      int             `json:"minseconds,omitempty"`
	MaxSeconds      int             `json:"maxseconds,omitempty"`
	MusicOnly       bool            `json:"musiconly,omitempty"`
	Languages       []string        `json:"languages,omitempty"`
	BlockedChannels []storedBlocked `json:"blockedchannels,omitempty"`
	Kinds           []string        `json:"kinds,omitempty"`
	SameSongDays    *int            `json:"samesongdays,omitempty"`
	BlockedArtists  []storedArtist  `json:"blockedartists,omitempty"`
	BlockedSongs    []storedSong    `json:"blockedsongs,omitempty"`
	BlockedWords    []string        `json:"blockedwords,omitempty"`
	Paused          bool            `json:"paused,omitempty"`
	PauseReason     string          `json:"pausereason,omitempty"`
	ByHand          bool            `json:"byhand,omitempty"`
}

func storeGuild(g catalog.Guild) storedGuild {
	s := storedGuild{
		Name: g.Name, Joined: g.JoinedAt, Left: g.LeftAt, Channel: g.ChannelID, Schedule: g.Schedule,
		Scrape: g.Scrape, Retrain: g.Retrain, Recap: g.Recap, Duels: g.Duels, Zone: g.Zone, Picks: g.Picks,
		Exploration: finite(g.Exploration), Wildcard: g.Wildcard, Votes: g.Votes, Language: g.Language,
		MentionRole: g.MentionRole, MinSeconds: g.MinSeconds, MaxSeconds: g.MaxSeconds, MusicOnly: g.MusicOnly, Languages: g.Languages,
		BlockedWords: g.BlockedWords, Paused: g.Paused, PauseReason: g.PauseReason, ByHand: g.ByHand,
		Kinds: g.Kinds, SameSongDays: &g.SameSongDays,
	}
	for _, a := range g.BlockedArtists {
		s.BlockedArtists = append(s.BlockedArtists, storedArtist{a.Name, a.ChannelID, a.By, a.At})
	}
	for _, b := range g.BlockedSongs {
		s.BlockedSongs = append(s.BlockedSongs, storedSong{b.VideoID, b.Artist, b.Title, b.By, b.At})
	}
	for _, q := range g.Queries {
		s.Queries = append(s.Queries, storedQuery(q))
	}
	for _, b := range g.BlockedChannels {
		s.BlockedChannels = append(s.BlockedChannels, storedBlocked(b))
	}
	return s
}

func (s storedGuild) guild(id string) catalog.Guild {
	g := catalog.Guild{
		ID: id, Name: s.Name, JoinedAt: s.Joined, LeftAt: s.Left, ChannelID: s.Channel, Schedule: s.Schedule,
		Scrape: s.Scrape, Retrain: s.Retrain, Recap: s.Recap, Duels: s.Duels, Zone: s.Zone, Picks: s.Picks,
		Exploration: s.Exploration, Wildcard: s.Wildcard, Votes: s.Votes, Language: s.Language,
		MentionRole: s.MentionRole, MinSeconds: s.MinSeconds, MaxSeconds: s.MaxSeconds, MusicOnly: s.MusicOnly, Languages: s.Languages,
		BlockedWords: s.BlockedWords, Paused: s.Paused, PauseReason: s.PauseReason, ByHand: s.ByHand,
		Kinds: s.Kinds, SameSongDays: sameSongDays,
	}
	if s.SameSongDays != nil {
		g.SameSongDays = *s.SameSongDays
	}
	for _, a := range s.BlockedArtists {
		g.BlockedArtists = append(g.BlockedArtists, catalog.BlockedArtist{Name: a.Name, ChannelID: a.Channel, By: a.By, At: a.At})
	}
	for _, b := range s.BlockedSongs {
		g.BlockedSongs = append(g.BlockedSongs, catalog.BlockedSong{VideoID: b.Video, Artist: b.Artist, Title: b.Title, By: b.By, At: b.At})
	}
	for _, q := range s.Queries {
		g.Queries = append(g.Queries, youtube.Query(q))
	}
	for _, b := range s.BlockedChannels {
		g.BlockedChannels = append(g.BlockedChannels, catalog.BlockedChannel(b))
	}
	return g
}
