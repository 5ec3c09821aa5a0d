// Package config holds the program's settings: their defaults, where they come
// from and what makes them valid.
//
// A setting has a key such as youtube.request_interval. Its value is looked for
// in four places, the later one wins:
//
//  1. the default, in [Default];
//  2. the YAML file;
//  3. the environment: CRATEDIGGER_ and the key in capitals with _ for the dot,
//     CRATEDIGGER_YOUTUBE_REQUEST_INTERVAL. A secret may be given as the name of
//     a file that holds it, CRATEDIGGER_DISCORD_TOKEN_FILE;
//  4. the command line.
//
// [Load] reads all of them and reports every problem at once, each as one
// sentence with its key and its place. The package is imported by the command
// alone: all other parts receive what they need as plain values.
//
// The doc comments of the fields below are what docs/configuration.md and
// `cratedigger config init` show; `go generate ./config ./cmd/cratedigger` renews
// both. What a guild may choose is not decided here: whoever loads says what is
// wrong with the defaults of a guild, and what they may be.
package config

//go:generate go test -run=^TestGenerated$ -update .

import "time"

// Config is every setting of the program.
type Config struct {
	// DataDir is the folder that holds everything the bot knows: the catalogue,
	// the backups, the cache of pages and the socket of the running bot. It is
	// created when missing.
	DataDir string `key:"data_dir"`
	// Seed is the start of all randomness. The same seed, clock and data folder
	// give the same picks.
	Seed uint64 `key:"seed"`
	// Memory is about how much the models and rankings of guilds may take in memory
	// between their uses. What was used longest ago is dropped beyond that, and loaded again
	// when it is needed. 0: a third of GOMEMLIMIT, or 1GiB where that is not set.
	Memory Bytes `key:"memory"`
	// PrepareAhead says whether a post's picks are chosen after the search for it and
	// held until its minute, when they are looked at once more. The dashboard shows them
	// before. Without it they are chosen in that minute, from all votes until then.
	PrepareAhead bool `key:"prepare_ahead"`

	Discord   Discord   `key:"discord"`
	YouTube   YouTube   `key:"youtube"`
	Defaults  Guild     `key:"defaults"`
	Taste     Taste     `key:"taste"`
	Dashboard Dashboard `key:"dashboard"`
	Metrics   Metrics   `key:"metrics"`
	Log       Log       `key:"log"`
	Backup    Backup    `key:"backup"`
	Store     Store     `key:"store"`
	Retention Retention `key:"retention"`
}

// Discord says who the bot is and where it may be.
type Discord struct {
	// Token is the bot's token, from the Bot page of the application at
	// https://discord.com/developers/applications. Only `run` and `doctor` use
	// it.
	Token Secret `key:"token"`
	// Guilds are the ids of the only servers that the bot serves. Empty: all
	// that invite it.
	Guilds []ID `key:"guilds"`
	// BaseURL is the origin that stands for https://discord.com, for a
	// compatible server. Requests and the gateway's address follow it.
	BaseURL URL `key:"base_url"`
	// CallsPerSecond is how many calls go to Discord in a second, answers to
	// commands and buttons apart. Discord allows 50, and more only to very large
	// bots. 0: any number, for a compatible server without a limit.
	CallsPerSecond int `key:"calls_per_second" range:"0..1000"`
	// FatalWait is how long `run` waits in a container before it ends with exit
	// code 78, after Discord has refused the token: a restart policy would
	// otherwise use up the day's logins. Outside a container, and at a terminal,
	// it ends at once.
	FatalWait time.Duration `key:"fatal_wait" range:"0s..24h"`
}

// YouTube says where videos are read from, and how gently.
type YouTube struct {
	// Source is what videos are read from: "web" (the public pages), "api" (the
	// official YouTube Data API, needs api_key), "feed" (only the feeds of the
	// channels that queries name, and no searches) or "auto" (api when there is
	// a key, else web).
	Source string `key:"source" oneof:"auto,web,api,feed"`
	// APIKey is a key of the YouTube Data API v3.
	APIKey Secret `key:"api_key"`
	// RequestInterval is the mean time between two requests to YouTube. 0: they
	// follow each other at once.
	RequestInterval time.Duration `key:"request_interval" range:"0s..10m"`
	// Cookie is sent to YouTube with each request for a page. Empty: only the one
	// that answers YouTube's question about cookies with no.
	Cookie Secret `key:"cookie"`
	// Proxy is the address of an HTTP proxy for requests to YouTube, such as
	// http://name:password@127.0.0.1:3128. As it may hold a password, it is shown
	// nowhere. Empty: none, whatever the environment says.
	Proxy Secret `key:"proxy"`
	// PagesPerDay is how many pages are read a day, over all guilds.
	PagesPerDay int `key:"pages_per_day" range:"1..100000"`
	// BaseURL is the origin that stands for https://www.youtube.com.
	BaseURL URL `key:"base_url"`
	// APIBaseURL is the origin of the YouTube Data API.
	APIBaseURL URL `key:"api_base_url"`
	// FeedBaseURL is the origin of the channels' feeds.
	FeedBaseURL URL `key:"feed_base_url"`
}

// Guild is what a guild has on the day it invites the bot. From then on the
// guild's own settings (/setup, /cratedigger settings, the dashboard) win.
type Guild struct {
	// Channel is the channel of the posts: its id, or its name without #. Empty:
	// none until somebody uses /setup.
	Channel Channel `key:"channel"`
	// Queries are the searches that find videos. Each is a text, or a section
	// with text (or channel, the id of a YouTube channel to follow), upload (how
	// old at most), length (empty: medium) and pages of results to read (one).
	Queries []Query `key:"queries"`
	// Schedule is when the picks are posted: cron lines (minute, hour, day of
	// month, month, day of week) in the zone. The dashboard and /cratedigger schedule
	// offer days and hours.
	Schedule []string `key:"schedule"`
	// Scrape is the cron line of the search. Empty: an hour before each post.
	Scrape string `key:"scrape"`
	// Retrain is the cron line of the training.
	Retrain string `key:"retrain"`
	// Recap is the cron line of the recap of the week. Empty: none.
	Recap string `key:"recap"`
	// Duels is the cron line of "A or B?", which asks the channel which of two songs
	// it likes better, such as 0 19 * * 3. Empty: none.
	Duels string `key:"duels"`
	// Zone is the time zone of these cron lines, by its IANA name.
	Zone string `key:"zone"`
	// Picks is how many videos are posted at once.
	Picks int `key:"picks"`
	// Exploration is how much the picks try what the model is unsure of: 0 never,
	// 1 always. The dashboard and Discord show it as 0 to 100.
	Exploration float64 `key:"exploration"`
	// Wildcard says whether one pick, marked 🎲, is chosen because its score is
	// uncertain and it is unlike what was posted.
	Wildcard bool `key:"wildcard"`
	// Votes is what members vote with.
	Votes string `key:"votes"`
	// Language is the language of the posts. Empty: the one of the server.
	Language string `key:"language"`
	// MinSeconds is the length of the shortest video that is posted.
	MinSeconds int `key:"min_seconds"`
	// MaxSeconds is the length of the longest video that is posted. 0: any.
	MaxSeconds int `key:"max_seconds"`
	// Languages are the languages of videos that may be posted, by their codes
	// (en, pt). Empty: any. Where YouTube does not say what is spoken in a video,
	// the letters of its title decide; what cannot be told may be posted.
	Languages []string `key:"languages"`
	// MusicOnly keeps videos out that YouTube does not file under Music.
	MusicOnly bool `key:"music_only"`
	// Kinds are posted though only music is: mix (also playlists and radio),
	// album, karaoke, reaction, talk. Empty: none of them.
	Kinds []string `key:"kinds"`
	// SameSongDays is how many days after a post no other upload of its song is
	// posted; the same video never is again. 0: another upload may come at once.
	SameSongDays int `key:"same_song_days"`
}

// Taste says how votes become a model; docs/how-it-learns.md tells of it.
type Taste struct {
	// HalfLife is the age at which a vote counts half.
	HalfLife time.Duration `key:"half_life" range:"24h..87600h"`
	// Packaging are phrases of titles that say how a video is wrapped and that no
	// model may read, such as "official music video". Case and punctuation do not
	// matter. They come beside the built-in ones.
	Packaging []string `key:"packaging"`
	// BuiltInPackaging says whether the built-in phrases are taken out too.
	BuiltInPackaging bool `key:"built_in_packaging"`
	// JudgeFrom is the number of labels from which the newest votes decide
	// whether a new model replaces the one that serves. With fewer, it does if it
	// is better than guessing.
	JudgeFrom int `key:"judge_from" range:"10..1000000"`
	// JudgeVotes is how many votes must be newer than the model that serves to
	// hold a new one back.
	JudgeVotes int `key:"judge_votes" range:"5..100000"`
	// JudgeCertainty is the share of bootstrap draws in which a new model must be
	// worse on those votes to be held back.
	JudgeCertainty float64 `key:"judge_certainty" range:"0.5..1"`
	// TuneTrials is how many sets of parameters the weekly search tries, and a
	// search on demand that names no number. 0: no weekly search.
	TuneTrials int `key:"tune_trials" range:"0..1000"`
	// TuneTime is how long a search may go on.
	TuneTime time.Duration `key:"tune_time" range:"1s..24h"`
}

// Dashboard is the owner's page.
type Dashboard struct {
	// Listen is the address of the dashboard. Empty: none. When the environment
	// has PORT and this is not set, it is that port on every address. On any
	// address but loopback the dashboard needs a password; without one only
	// /healthz and /readyz answer there.
	Listen Address `key:"listen"`
	// Password opens the dashboard.
	Password Secret `key:"password"`
	// PasswordHash is the bcrypt hash of the password, instead of it.
	PasswordHash Secret `key:"password_hash"`
	// TrustedProxies are the networks of the reverse proxies in front of the
	// dashboard, such as 127.0.0.1 or 172.16.0.0/12. Guesses of the password are
	// counted for the last address before them that X-Forwarded-For names; what
	// others say in that header is not read.
	TrustedProxies []Network `key:"trusted_proxies"`
	// PprofListen is a loopback address for Go's profiler, which needs a
	// dashboard to run beside. Empty: none.
	PprofListen Address `key:"pprof_listen"`
}

// Metrics are the numbers for Prometheus.
type Metrics struct {
	// Enabled says whether /metrics is served.
	Enabled bool `key:"enabled"`
	// Listen is an address of its own for /metrics. Empty: the dashboard's.
	Listen Address `key:"listen"`
}

// Log is what the program says while it runs.
type Log struct {
	// Level is the least important kind of line that is written. `cratedigger
	// log` changes it while the bot runs.
	Level string `key:"level" oneof:"debug,info,warn,error"`
	// Format is "text" for people, "json" for machines, or "auto": text on a
	// terminal and json elsewhere.
	Format string `key:"format" oneof:"auto,text,json"`
}

// Backup is about the daily copy of the catalogue.
type Backup struct {
	// Keep is how many daily backups are kept. 0: no backups are made.
	Keep int `key:"keep" range:"0..365"`
	// Hour is the hour of the day, in UTC, of the backup.
	Hour int `key:"hour" range:"0..23"`
}

// Store is about the catalogue's file.
type Store struct {
	// OnCorrupt is what to do with a damaged catalogue: "stop" with a sentence
	// that names the newest good backup, or "restore" that backup and go on. The
	// damaged file is kept in both cases.
	OnCorrupt string `key:"on_corrupt" oneof:"stop,restore"`
	// MinFreeBytes is the free space below which nothing is written any more. 0:
	// the space is not looked at.
	MinFreeBytes Bytes `key:"min_free_bytes"`
}

// Retention says how long things are kept.
type Retention struct {
	// Votes is how long a vote is kept, and what a member told of their taste, as by a
	// file of likes. 0: as long as the guild.
	Votes time.Duration `key:"votes" range:"0s..87600h"`
	// LeftGuilds is how long the data of a guild is kept after the bot was
	// removed from it. 0: for ever.
	LeftGuilds time.Duration `key:"left_guilds" range:"0s..87600h"`
	// Runs is how long the record of what ran is kept.
	Runs time.Duration `key:"runs" range:"24h..87600h"`
}

// day is the unit in which retention is thought of.
const day = 24 * time.Hour

// Default returns the settings of a program that was told nothing.
func Default() *Config {
	return &Config{
		DataDir: "data",
		Seed:    1,
		Discord: Discord{
			BaseURL:        "https://discord.com",
			CallsPerSecond: 45,
			FatalWait:      15 * time.Minute,
		},
		YouTube: YouTube{
			Source:          "auto",
			RequestInterval: 2 * time.Second,
			PagesPerDay:     500,
			BaseURL:         "https://www.youtube.com",
			APIBaseURL:      "https://www.googleapis.com",
			FeedBaseURL:     "https://www.youtube.com",
		},
		Defaults: Guild{
			Schedule:    []string{"0 18 * * *"},
			Retrain:     "0 4 * * *",
			Recap:       "0 19 * * 0",
			Zone:        "UTC",
			Picks:       5,
			Exploration: 0.5,
			Wildcard:    true,
			Votes:       "reactions",
			MinSeconds:  60,
			MaxSeconds:  900,
			MusicOnly:   true,

			SameSongDays: 365,
		},
		Taste: Taste{
			HalfLife: 90 * day, BuiltInPackaging: true, JudgeFrom: 200, JudgeVotes: 20, JudgeCertainty: 0.9,
			TuneTrials: 30, TuneTime: 2 * time.Minute,
		},
		Dashboard: Dashboard{Listen: "127.0.0.1:8080"},
		Metrics:   Metrics{Enabled: true},
		Log:       Log{Level: "info", Format: "auto"},
		Backup:    Backup{Keep: 7, Hour: 3},
		Store:     Store{OnCorrupt: "stop", MinFreeBytes: 64 << 20},
		Retention: Retention{LeftGuilds: 90 * day, Runs: 90 * day},
	}
}
