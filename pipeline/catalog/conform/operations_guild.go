package conform

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"pgregory.net/rapid"

	"cratedigger/pipeline/catalog"
)

// others adds the operations on guilds, members and what they told.
func (w *world) others(all map[string]func(*rapid.T)) {
	all["duel"] = func(t *rapid.T) {
		d := draw{t}
		duel := catalog.Duel{GuildID: d.guild(), A: d.spoil(d.video()), B: d.video(), At: d.time()}
		if d.yes("a member's") {
			duel.MemberID, duel.Choice = d.member(), pick(d, "choice", append(slices.Clone(catalog.DuelChoices), "")...)
		}
		w.do(t, "Duel", func(ctx context.Context, s catalog.Store) (any, error) { return none(s.Duel(ctx, duel)) })
	}
	owner := func(d draw) (guildID, memberID, batch string) {
		return d.guild(), pick(d, "owner", append([]string{""}, memberIDs...)...), pick(d, "batch", "b1", "b2")
	}
	all["add preferences"] = func(t *rapid.T) {
		g, m, b := owner(draw{t})
		told := some(1+draw{t}.up("more", 3), func(int) catalog.Preference { return draw{t}.preference(g, m, b) })
		w.do(t, "AddPreferences", func(ctx context.Context, s catalog.Store) (any, error) { return s.AddPreferences(ctx, told...) })
	}
	all["replace preferences"] = func(t *rapid.T) {
		g, m, b := owner(draw{t})
		told := some(draw{t}.up("more", 3), func(int) catalog.Preference { return draw{t}.preference(g, m, b) })
		w.do(t, "ReplacePreferences", func(ctx context.Context, s catalog.Store) (any, error) {
			return none(s.ReplacePreferences(ctx, g, m, b, told...))
		})
	}
	all["remove preferences"] = func(t *rapid.T) {
		g, m, b := owner(draw{t})
		b = pick(draw{t}, "which", b, "")
		w.do(t, "RemovePreferences", func(ctx context.Context, s catalog.Store) (any, error) { return s.RemovePreferences(ctx, g, m, b) })
	}
	all["save guild"] = func(t *rapid.T) {
		d := draw{t}
		g := catalog.Guild{
			ID: d.spoil(d.guild()), Name: "Crate", JoinedAt: d.time(), ChannelID: "5", Schedule: []string{"0 18 * * *"}, Zone: "Europe/Lisbon", Picks: d.up("picks", 9), Exploration: .5,
			SameSongDays: d.up("days", 2), PauseReason: pick(d, "reason", "", "Member 77 took the channel away."),
			BlockedChannels: []catalog.BlockedChannel{{ID: "UC1", Name: "N", By: d.member(), At: d.time()}},
			BlockedArtists:  []catalog.BlockedArtist{{Name: "Otto Venn", By: d.member()}}, BlockedSongs: []catalog.BlockedSong{{VideoID: d.video(), Title: "Low Tide", By: d.member()}},
		}
		w.do(t, "SaveGuild", func(ctx context.Context, s catalog.Store) (any, error) { return none(s.SaveGuild(ctx, g)) })
	}
	all["update guild"] = func(t *rapid.T) {
		g, picks := draw{t}.guild(), draw{t}.up("picks", 9)
		w.do(t, "UpdateGuild", func(ctx context.Context, s catalog.Store) (any, error) {
			return none(s.UpdateGuild(ctx, g, func(g *catalog.Guild) error {
				if g.Picks = picks; picks == 9 {
					return errors.New("too many")
				}
				return nil
			}))
		})
	}
	all["take over"] = func(t *rapid.T) {
		from, to := draw{t}.guild(), draw{t}.guild()
		if from == to {
			t.Skip()
		}
		w.do(t, "TakeOver", func(ctx context.Context, s catalog.Store) (any, error) { return s.TakeOver(ctx, from, to) })
	}
	all["start run"] = func(t *rapid.T) {
		d := draw{t}
		r := catalog.Run{GuildID: pick(d, "guild", append([]string{""}, guildIDs...)...), Kind: pick(d, "kind", catalog.RunPost, catalog.RunScrape), By: catalog.Asker(d.member())}
		if r.GuildID != "" && d.yes("for a slot") {
			r.Slot = slotKeys(r.GuildID)[d.up("slot", 1)]
		}
		given := ""
		w.do(t, "StartRun", func(ctx context.Context, s catalog.Store) (any, error) {
			r := r
			if s == catalog.Store(w.plain) {
				r.ID = given // the store chooses it
			}
			r, err := s.StartRun(ctx, r)
			given = r.ID
			return r, err
		})
	}
	all["finish run"] = func(t *rapid.T) {
		d := draw{t}
		ids := slices.Sorted(maps.Keys(w.plain.runs))
		r := w.plain.runs[pick(d, "run", append(ids, "norun")...)]
		if r.ID == "" {
			r = catalog.Run{ID: "norun", GuildID: d.guild(), Kind: catalog.RunPost}
		}
		r.Ended, r.Outcome = time.Time{}, pick(d, "outcome", "", catalog.OutcomeFailed, catalog.OutcomeDegraded)
		r.Counts, r.Alarms = map[string]int{"found": d.up("found", 3)}, []string{fmt.Sprintf("Member %s was slow.", d.member())}
		r.Coverage = map[string]catalog.Coverage{"watch": {Pages: 1, Fields: map[string]int{"title": 1}}}
		w.do(t, "FinishRun", func(ctx context.Context, s catalog.Store) (any, error) { return none(s.FinishRun(ctx, r)) })
	}
	all["count"] = func(t *rapid.T) {
		name, n := draw{t}.spoil(pick(draw{t}, "counter", counterNames...)), uint64(draw{t}.up("n", 5))
		w.do(t, "AddCounter", func(ctx context.Context, s catalog.Store) (any, error) { return s.AddCounter(ctx, name, n) })
	}
	all["state"] = func(t *rapid.T) {
		name := pick(draw{t}, "state", stateNames...)
		data := pick(draw{t}, "data", nil, []byte{}, []byte(`{"78":9,"guild":"1002"}`), []byte("\xff 77 \xfe"))
		w.do(t, "SetState", func(ctx context.Context, s catalog.Store) (any, error) { return none(s.SetState(ctx, name, data)) })
	}
	all["unnamed"] = func(t *rapid.T) {
		member, yes := draw{t}.spoil(draw{t}.member()), draw{t}.yes("unnamed")
		w.do(t, "SetUnnamed", func(ctx context.Context, s catalog.Store) (any, error) { return none(s.SetUnnamed(ctx, member, yes)) })
	}
	all["model"] = func(t *rapid.T) {
		d := draw{t}
		g, champion, card := d.guild(), d.yes("champion"), []byte(fmt.Sprintf(`{"n":%d}`, w.n))
		parts := some(d.up("parts", 3), func(int) []byte { return []byte(pick(d, "part", "", "trees", "words")) })
		w.do(t, "SaveModel", func(ctx context.Context, s catalog.Store) (any, error) {
			return s.SaveModel(ctx, g, card, parts, champion)
		})
	}
	all["promote"] = func(t *rapid.T) {
		g, version := draw{t}.guild(), draw{t}.up("version", 8)
		w.do(t, "Promote", func(ctx context.Context, s catalog.Store) (any, error) { return none(s.Promote(ctx, g, version)) })
	}
	all["forget member"] = func(t *rapid.T) {
		g, m := pick(draw{t}, "guild", append([]string{""}, guildIDs...)...), draw{t}.spoil(draw{t}.member())
		w.do(t, "ForgetMember", func(ctx context.Context, s catalog.Store) (any, error) { return s.ForgetMember(ctx, g, m) })
	}
	all["forget guild"] = func(t *rapid.T) {
		g := draw{t}.spoil(draw{t}.guild())
		w.do(t, "ForgetGuild", func(ctx context.Context, s catalog.Store) (any, error) { return none(s.ForgetGuild(ctx, g)) })
	}
	all["prune"] = func(t *rapid.T) {
		votes, logs := pick(draw{t}, "votes", time.Time{}, draw{t}.time()), pick(draw{t}, "logs", time.Time{}, draw{t}.time())
		w.do(t, "Prune", func(ctx context.Context, s catalog.Store) (any, error) { return s.Prune(ctx, votes, logs) })
	}
	all["begin recovery"] = func(t *rapid.T) {
		g := draw{t}.guild()
		w.do(t, "BeginRecovery", func(ctx context.Context, s catalog.Store) (any, error) { return s.BeginRecovery(ctx, g) })
	}
	all["recover posts"] = func(t *rapid.T) {
		d := draw{t}
		g := d.guild()
		posts := some(1+d.up("more", 2), func(i int) catalog.Post {
			n := d.up("which", 3)
			return catalog.Post{ID: fmt.Sprint(g, "post", n), GuildID: g, ChannelID: "5", MessageID: fmt.Sprint(g, "5", n), VideoID: d.video(), Position: n, CreatedAt: d.time(), SentAt: d.time()}
		})
		w.do(t, "RecoverPosts", func(ctx context.Context, s catalog.Store) (any, error) { return s.RecoverPosts(ctx, posts...) })
	}
	all["finish recovery"] = func(t *rapid.T) {
		g := draw{t}.guild()
		notice := pick(draw{t}, "notice", nil, &catalog.Outbox{ID: g + "/recovered", GuildID: g, ChannelID: "5", Kind: catalog.OutboxNotice, Text: "Read again."})
		w.do(t, "FinishRecovery", func(ctx context.Context, s catalog.Store) (any, error) { return none(s.FinishRecovery(ctx, g, notice)) })
	}
}
