package bot

import (
	"strings"
	"testing"

	"cratedigger/bot/discord"
	"cratedigger/bot/text"
	"cratedigger/internal/fakediscord"
	"cratedigger/pipeline"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/feature"
)

// TestWhyTellsThenAndNow: the post has said one chance, and the model has learned
// since.
func TestWhyTellsThenAndNow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	posts := w.slot(w.guild, w.channel, w.clock.Now(), 4, func(p *catalog.Post) {
		switch p.Position {
		case 0:
			p.ModelVersion, p.Labels, p.Score = 3, 140, 0.68
		case 1:
			p.ModelVersion, p.Labels, p.Score = 3, 140, 0.83
		case 2:
			p.Score = 0.61 // by the rule
		case 3:
			p.ModelVersion, p.Labels, p.Score = 3, 140, 0.68
		}
	})
	if err := w.bot.Deliver(w.ctx, w.guild); err != nil {
		t.Fatal(err)
	}
	posts, err := w.catalog.Posts(t.Context(), w.guild, posts[0].CreatedAt)
	if err != nil {
		t.Fatal(err)
	}
	version := 5
	w.stages.explain = func(id string) (pipeline.Explanation, error) {
		x := pipeline.Explanation{Ranked: pipeline.Ranked{Video: video(id, "Song", "Artist"), Score: 0.83, ModelVersion: version}}
		return x, nil
	}
	for i, want := range []string{
		"68 % when I picked it, 83 % now: that is the chance", "I give it 83 %: that is the chance",
		"I picked it by a simple rule, with 61 of 100 points.", "68 % when I picked it, 83 % now: that is the chance",
	} {
		for _, in := range []fakediscord.Interaction{
			{MessageID: posts[i].MessageID, CustomID: discord.CustomID(actionWhy, posts[i].ID)},
			{Command: "why", Options: map[string]any{"link": posts[i].VideoID}},
		} {
			if got := w.do(in).Answer().Content; !strings.Contains(got, want) {
				t.Errorf("post %d lacks %q:\n%s", i, want, got)
			}
		}
	}
	if got := w.do(fakediscord.Interaction{Command: "why"}).Answer().Content; !strings.Contains(got, "68 % when I picked it") {
		t.Errorf("of the last one:\n%s", got)
	}
	version = 0
	if got := w.do(fakediscord.Interaction{Command: "why", Options: map[string]any{"link": posts[2].VideoID}}).Answer().Content; !strings.Contains(got, "61 of 100 points when I picked it, 83 now") {
		t.Errorf("by the rule:\n%s", got)
	}
}

// TestTasteHasDirections: searches first, and what each fact is liked for.
func TestTasteHasDirections(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.stages.taste = pipeline.Taste{ModelVersion: 4, Votes: 131,
		Queries:  []pipeline.Part{{Kind: "query", Name: "live session", Weight: 0.5}, {Kind: "query", Name: "new metal", Weight: -0.4}},
		Channels: []pipeline.Part{{Kind: "channel", Name: "Artist 2", Weight: 0.7}},
		Words:    []pipeline.Part{{Kind: "word", Name: "acoustic", Weight: 0.9}, {Kind: "word", Name: "remix", Weight: -0.8}},
		Facts: []pipeline.Part{{Kind: "fact", Name: "duration", Weight: 0.6}, {Kind: "fact", Name: "age", Weight: -0.3}, {Kind: "fact", Name: "capitals", Weight: -0.2},
			{Kind: "fact", Name: "capitalised", Weight: 0.1}, {Kind: "fact", Name: "duration", Weight: 0.05}, {Kind: "fact", Name: "new fact", Weight: 0.04}},
	}
	got := w.do(fakediscord.Interaction{Command: "taste"}).Answer().Content
	_, got, _ = strings.Cut(got, "\n")
	if want := `Searches it likes: ‘live session’
Searches it does not like: ‘new metal’
Channels it likes: Artist 2
Words it likes: ‘acoustic’
Words it does not like: ‘remix’
What else it prefers: longer videos, newer videos, few capital letters, titles Written Like This`; got != want {
		t.Errorf("it says\n%s\nwant\n%s", got, want)
	}
}

// TestEveryFactHasTextsOfItsOwn: no two facts are called the same, and each says
// what more and what less of it is.
func TestEveryFactHasTextsOfItsOwn(t *testing.T) {
	all, err := text.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, tag := range all.Tags() {
		l := all.For(tag)
		said := map[string]string{}
		for _, fact := range feature.FactNames() {
			keys := []string{"fact." + fact, "fact." + fact + ".more", "fact." + fact + ".less"}
			if fact == "category" { // one cannot have more of it
				keys = keys[:1]
			}
			for _, key := range keys {
				words := l.Say(key)
				if words == key || len(l.Forms(key)) == 0 {
					t.Errorf("%s: there is no %s", tag, key)
				}
				if other, ok := said[words]; ok && (other != "fact."+fact || key != "fact."+fact+".more") {
					t.Errorf("%s: %s and %s are both %q", tag, other, key, words)
				}
				said[words] = key
			}
		}
	}
}
