package bolt

import (
	"cratedigger/pipeline/catalog"
	"fmt"
	"testing"
)

// TestGenerationOfAGuild: a change of a video touches the guilds that have found it, and
// no other. Nobody misses a change, also when more have passed than are remembered.
func TestGenerationOfAGuild(t *testing.T) {
	c := openTest(t)
	of := func(guild string, ids ...string) []catalog.Sighting {
		var all []catalog.Sighting
		for _, id := range ids {
			s := sighting(id)
			s.GuildID = guild
			all = append(all, s)
		}
		return all
	}
	observe := func(all []catalog.Sighting) { must(c.Observe(t.Context(), all))(t) }
	observe(of("g1", "own00000001", "shared00001"))
	observe(of("g2", "own00000002", "shared00001"))
	const g1, g2, g3 = 1, 2, 4
	changed := func(what string, want int, change func()) {
		t.Helper()
		guilds := map[int]string{g1: "g1", g2: "g2", g3: "g3"}
		before := map[int]uint64{}
		for n, guild := range guilds {
			before[n] = must(c.Generation(t.Context(), guild))(t)
		}
		change()
		got := 0
		for n, guild := range guilds {
			now := must(c.Generation(t.Context(), guild))(t)
			if now < before[n] {
				t.Errorf("%s: the generation of %s fell", what, guild)
			}
			if now > before[n] {
				got |= n
			}
		}
		if got != want {
			t.Errorf("%s: the guilds %03b changed, want %03b", what, got, want)
		}
	}
	changed("nothing", 0, func() {})
	changed("a guild's own video", g1, func() { observe(of("g1", "own00000001")) })
	changed("a page read for nobody", g2, func() { observe(of("", "own00000002")) })
	changed("a shared video", g1|g2, func() { observe(of("g2", "shared00001")) })
	changed("another's find of a video", g1|g2, func() { observe(of("g1", "own00000002")) })
	changed("a guild's first find", g3, func() { observe(of("g3", "own00000003")) })
	changed("a video of nobody", 0, func() { observe(of("", "nobody00001")) })
	changed("a video that is dropped", g1|g2|g3, func() { must(c.DropVideos(t.Context(), "own00000003"))(t) })
	seeded := of("g2", "seeded00001")
	seeded[0].SeededBy = "m9"
	changed("a member's proposal", g2, func() { observe(seeded) })
	changed("that the member is forgotten", g2, func() { must(c.ForgetMember(t.Context(), "", "m9"))(t) })
	changed("a few among many changes", g1|g2, func() {
		for i := range 20 {
			observe(of("g9", fmt.Sprintf("other%06d", i)))
		}
		observe(of("", "own00000002", "nobody00001")) // g1 has found that too
		observe(of("g9", "other000001"))
	})
	ids := make([]string, changesKept)
	for i := range ids {
		ids[i] = "nobody00001"
	}
	changed("as many changes as are remembered", 0, func() { c.changes.note(ids) })
	changed("more", g1|g2|g3, func() {
		for range 3 {
			c.changes.note(ids)
		}
	})
}
