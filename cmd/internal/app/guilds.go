package app

import (
	"context"
	"errors"
	"fmt"
	"reflect"
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

// newGuild is a guild that the bot has just joined: it has the configuration's
// defaults.
func newGuild(cfg *config.Config, id, name string, now time.Time) catalog.Guild {
	g := defaultGuild(cfg.Defaults)
	g.ID, g.Name, g.JoinedAt = id, name, now.UTC()
	return g
}

// defaultGuild is a guild with the defaults of the configuration.
func defaultGuild(d config.Guild) catalog.Guild {
	g := catalog.Guild{
		ChannelID: string(d.Channel),
		Schedule:  slices.Clone(d.Schedule), Scrape: d.Scrape, Retrain: d.Retrain, Recap: d.Recap, Duels: d.Duels,
		Zone: d.Zone, Picks: d.Picks,
		Exploration: d.Exploration, Wildcard: d.Wildcard, Votes: d.Votes, Language: d.Language,
		MinSeconds: d.MinSeconds, MaxSeconds: d.MaxSeconds, MusicOnly: d.MusicOnly,
		Languages: pick.ReadLanguages(strings.Join(d.Languages, ",")),
		Kinds:     pick.ReadKinds(strings.Join(d.Kinds, ",")), SameSongDays: d.SameSongDays,
	}
	for _, q := range d.Queries {
		g.Queries = append(g.Queries, youtube.Query(q))
	}
	return g
}

// CheckDefaults returns the defaults of the configuration that are beyond the limits of
// a guild.
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
		if b.Index >= 0 && key != "languages" && key != "kinds" { // reading them drops repetitions, so an index may differ from the file's
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

// Serves reports whether this program serves a guild: the bot serves the guilds that it
// is in and that the configuration lists; without Discord only the local guild is served.
func (p *Parts) Serves(g catalog.Guild) bool {
	if !g.LeftAt.IsZero() || (g.ID == catalog.LocalGuild) != p.Local {
		return false
	}
	listed := p.Config.Discord.Guilds
	return p.Local || len(listed) == 0 || slices.Contains(listed, config.ID(g.ID))
}

// GuildID returns the id of the guild that a command works on. named is its id or
// name. If it is empty, the guild is the only one that the bot serves. If the bot serves
// none, or serves one person without Discord, it is [catalog.LocalGuild].
func (p *Parts) GuildID(ctx context.Context, named string) (string, error) {
	guilds, err := p.Catalog.Guilds(ctx)
	if err != nil {
		return "", err
	}
	if named != "" {
		return p.namedGuild(ctx, guilds, named)
	}
	guilds = slices.DeleteFunc(guilds, func(g catalog.Guild) bool {
		// Where no bot runs, it may be meant that one person's labels are for themselves.
		return !p.Serves(g) && !(g.ID == catalog.LocalGuild && g.LeftAt.IsZero() && p.Connected == nil)
	})
	switch {
	case p.Local || len(guilds) == 0 && p.Connected == nil || len(guilds) == 1 && guilds[0].ID == catalog.LocalGuild:
		return catalog.LocalGuild, p.localGuild(ctx)
	case len(guilds) == 0:
		return "", errors.New("the running bot is in no guild yet: invite it first")
	case len(guilds) == 1:
		return guilds[0].ID, nil
	}
	return "", fmt.Errorf("there are %d guilds, so name one with --guild; known: %s", len(guilds), guildList(guilds))
}

// namedGuild finds a guild by its id or its name.
func (p *Parts) namedGuild(ctx context.Context, guilds []catalog.Guild, named string) (string, error) {
	if named == catalog.LocalGuild {
		return named, p.localGuild(ctx)
	}
	var found []catalog.Guild
	for _, g := range guilds {
		if g.ID == named {
			return named, nil
		}
		if strings.EqualFold(g.Name, named) {
			found = append(found, g)
		}
	}
	switch len(found) {
	case 0:
		return "", fmt.Errorf("guild %s is not known here; known: %s", named, guildList(guilds))
	case 1:
		return found[0].ID, nil
	}
	return "", fmt.Errorf("%d guilds are called %s, so name one by its id: %s", len(found), named, guildList(found))
}

// localGuild makes sure that there is the guild of one person without Discord. It
// follows the defaults of the configuration until somebody has changed its settings
// by hand.
func (p *Parts) localGuild(ctx context.Context) error {
	g, found, err := p.Catalog.Guild(ctx, catalog.LocalGuild)
	if err != nil {
		return err
	}
	if !found {
		g = newGuild(p.Config, catalog.LocalGuild, "this machine", p.Clock.Now())
		p.Log.Info("there is a guild of its own for one person without Discord", "guild", g.ID)
		return p.Catalog.SaveGuild(ctx, g)
	}
	if !p.followed(&g) {
		return nil
	}
	return p.Catalog.UpdateGuild(ctx, g.ID, func(g *catalog.Guild) error { p.followed(g); return nil })
}

// followed sets the local guild's settings to the configuration's defaults and reports
// whether anything changed.
func (p *Parts) followed(g *catalog.Guild) (changed bool) {
	now := *g
	if !g.ByHand {
		now = newGuild(p.Config, g.ID, g.Name, g.JoinedAt)
	}
	now.LeftAt = time.Time{}
	changed = !reflect.DeepEqual(now, *g)
	*g = now
	return changed
}

// guildList lists the names of guilds for an error.
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
