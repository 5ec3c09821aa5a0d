package text

import (
	"strings"
	"testing"

	"cratedigger/bot/discord"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/feature"
)

// Every kind of reason that a model gives has words in every language, and
// names that came from outside cannot format or mention.
func TestEveryKindOfReasonHasWords(t *testing.T) {
	all, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, tag := range all.Tags() {
		l := all.For(tag)
		say := func(r catalog.Reason) string {
			return l.Reason(r, discord.Title, func(id string) string { return "@" + id })
		}
		for _, r := range []catalog.Reason{
			{Kind: "channel", Words: []string{"Artist"}, Number: 2}, {Kind: "words", Words: []string{"acoustic"}}, {Kind: "fresh", Number: 1},
			{Kind: "fact", Words: []string{"views"}}, {Kind: "rule", Words: []string{"music"}}, {Kind: "explore"},
			{Kind: "like", Words: []string{"Blue Train"}}, {Kind: "query", Words: []string{"live jazz"}}, {Kind: "wildcard"}, {Kind: "seed", Words: []string{"1"}},
		} {
			if got := say(r); got == "" || strings.Contains(got, "{") {
				t.Errorf("%s: a reason of kind %s reads %q", tag, r.Kind, got)
			}
		}
		for _, fact := range feature.FactNames() {
			if got := say(catalog.Reason{Kind: "fact", Words: []string{fact}}); !l.Has("fact."+underscored(fact)) || strings.Contains(got, "_") {
				t.Errorf("%s: the fact %s reads %q", tag, fact, got)
			}
		}
		for _, r := range []catalog.Reason{{Kind: "like"}, {Kind: "query"}, {Kind: "words"}, {Kind: "new kind"}} {
			if got := say(r); got != "" {
				t.Errorf("%s: a reason of kind %s without words reads %q", tag, r.Kind, got)
			}
		}
		if got := say(catalog.Reason{Kind: "like", Words: []string{"**@everyone**"}}); strings.Contains(got, "**") {
			t.Errorf("a title got through as it is: %q", got)
		}
	}
}
