package app

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	words "cratedigger/bot/text"
	"cratedigger/config"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/limit"
	"cratedigger/pipeline/pick"
	"cratedigger/pipeline/youtube"
)

// LocalGuild is the id of the guild that commands use in a data folder without a bot.
const LocalGuild = "local"

// newGuild is a guild that the bot has just joined: it has the configuration's
// defaults.
func newGuild(cfg *config.Config, id, name string, now time.Time) catalog.Guild {
	g := defaultGuild(cfg.Defaults)
	g.ID, g.Name, g.JoinedAt = id, name, now.UTC()
	return g
}

// defaultGuild is the defaults of the configuration as a guild has them.
func defaultGuild(d config.Guild) catalog.Guild {
	g := catalog.Guild{
		ChannelID: string(d.Channel),
		Schedule:  slices.Clone(d.Schedule), Scrape: d.Scrape, Retrain: d.Retrain, Recap: d.Recap,
		Zone: d.Zone, Picks: d.Picks,
		Exploration: d.Exploration, Wildcard: d.Wildcard, Votes: d.Votes, Language: d.Language,
		MinSeconds: d.MinSeconds, MaxSeconds: d.MaxSeconds, MusicOnly: d.MusicOnly,
		Languages: pick.ReadLanguages(strings.Join(d.Languages, ",")),
	}
	for _, q := range d.Queries {
		g.Queries = append(g.Queries, youtube.Query(q))
	}
	return g
}

// CheckDefaults says, for the configuration, which defaults a guild may not have.
func CheckDefaults(d config.Guild) (faults []config.Fault, err error) {
	broken := limit.New(words.Languages()).Check(defaultGuild(d))
	if len(broken) == 0 {
		return nil, nil
	}
	english, err := EnglishTexts()
	if err != nil {
		return nil, err
	}
	for _, b := range broken {
		key, part, nested := strings.Cut(b.Limit.Setting, ".")
		if b.Index >= 0 && key != "languages" { // whose regions and repetitions are gone
			key += fmt.Sprintf("[%d]", b.Index)
		}
		if nested {
			key += "." + part
		}
		if quoted := strconv.Quote(b.Value); len(quoted) > 80 {
			b.Value = strings.ToValidUTF8(quoted[1:60], "") + "…"
		} else {
			b.Value = quoted[1 : len(quoted)-1]
		}
		faults = append(faults, config.Fault{Key: key, Text: english.Broken(b)})
	}
	return faults, nil
}

// LimitTexts says of each default of a guild, by its key, what it may be.
func LimitTexts() (map[string]string, error) {
	english, err := EnglishTexts()
	if err != nil {
		return nil, err
	}
	all := map[string]string{}
	for _, l := range limit.New(words.Languages()) {
		key, part, nested := strings.Cut(l.Setting, ".")
		what := english.Limit(l)
		switch {
		case nested:
			what = all["defaults."+key] + "; " + part + ": " + what
		case l.Most > 0:
			what = fmt.Sprintf("a list of at most %d, each %s", l.Most, what)
		}
		all["defaults."+key] = what
	}
	return all, nil
}

// EnglishTexts are the texts in English, which the documents and the command line use.
func EnglishTexts() (*words.Language, error) {
	c, err := words.Load()
	if err != nil {
		return nil, err
	}
	return c.For(words.English), nil
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
