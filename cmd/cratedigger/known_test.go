//go:build unix

package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"cratedigger/config"
	"cratedigger/internal/fakediscord"
	"cratedigger/internal/fakeyoutube"
	"cratedigger/pipeline/catalog"
)

// watched finds the ids in links to videos.
var watched = regexp.MustCompile(`(?:watch\?v=|youtu\.be/)([0-9A-Za-z_-]{11})`)

func linked(text string) (ids []string) {
	for _, m := range watched.FindAllStringSubmatch(text, -1) {
		if !slices.Contains(ids, m[1]) {
			ids = append(ids, m[1])
		}
	}
	return ids
}

// TestLabelledSongsAreNotRecommendedBack labels songs by all four doors, a file,
// the terminal, the dashboard and /label, trains from them, and looks through
// every list.
func TestLabelledSongsAreNotRecommendedBack(t *testing.T) {
	w := newTown(t, fakeyoutube.Options{Seed: 7}, func(cfg *config.Config) {
		cfg.Defaults.Exploration, cfg.Defaults.Wildcard = 0, false // the best by score
	})
	w.start()
	w.until(w.next(17, 1)) // the search before the posts
	jazz := func(id string) bool {
		truth, _ := w.youtube.Traits(id)
		return truth.Genre == "jazz"
	}
	typed := func(stdin string, args ...string) string {
		t.Helper()
		code, out, errOut := execute(t, w.dir, stdin, args...)
		if code != 0 {
			t.Fatalf("%q ended with %d: %s", args, code, errOut)
		}
		return out
	}
	type row struct {
		ID    string `json:"video_id"`
		Known bool   `json:"known"`
		Model int    `json:"model"`
	}
	rank := func() (rows []row) {
		t.Helper()
		if err := json.Unmarshal([]byte(typed("", "rank", "-n", "0", "--json")), &rows); err != nil {
			t.Fatal(err)
		}
		return rows
	}

	// The first door: a file, of the best and the worst.
	rows, owner := rank(), map[string]bool{}
	file := "video_id,y\n"
	likes, others := 0, 0
	for _, r := range rows {
		if n := map[bool]*int{true: &likes, false: &others}[jazz(r.ID)]; *n < 7 {
			*n++
			owner[r.ID] = true
			file += fmt.Sprintf("%s,%t\n", r.ID, jazz(r.ID))
		}
	}
	typed(file, "labels", "import", "-")

	// The second: the terminal.
	for range 3 {
		asked := linked(typed("q\n", "label", "-n", "1"))
		if len(asked) != 1 || owner[asked[0]] {
			t.Fatalf("the terminal asks for %v", asked)
		}
		typed(map[bool]string{true: "y\n", false: "n\n"}[jazz(asked[0])], "label", "-n", "1")
		owner[asked[0]] = true
	}

	// The third: the dashboard, its list and its page for labels.
	pages, err := w.service.Dashboard()
	if err != nil {
		t.Fatal(err)
	}
	front := httptest.NewServer(pages)
	defer front.Close()
	page := front.URL + "/g/" + w.guild
	var list struct{ Songs []row }
	picks := func() []row {
		t.Helper()
		res, err := http.Get(page + "/songs.json?limit=10000")
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		if err := json.NewDecoder(res.Body).Decode(&list); err != nil {
			t.Fatal(err)
		}
		return list.Songs
	}
	for i, path := range []string{"/vote", "/label", "/vote"} {
		id := picks()[i].ID
		if owner[id] {
			t.Errorf("the dashboard lists %s, which the owner has labelled", id)
		}
		res, err := http.PostForm(page+path, url.Values{"video": {id}, "vote": {map[bool]string{true: "up", false: "down"}[jazz(id)]}})
		if err != nil || res.StatusCode != http.StatusOK {
			t.Fatalf("%s gave %v, %v", path, res, err)
		}
		res.Body.Close()
		owner[id] = true
		if slices.ContainsFunc(picks(), func(r row) bool { return r.ID == id }) {
			t.Errorf("after %s the dashboard still lists %s", path, id)
		}
	}

	// With nobody else, the guild's posts have none of them.
	if run, err := w.service.Loop.Retrain(t.Context(), w.guild, "test", "", nil); err != nil || run.Counts["promoted"] != 1 {
		t.Fatalf("training gave %+v, %v", run, err)
	}
	before := w.clock.Now()
	w.until(w.next(18, 1))
	posts := w.posts(before)
	if len(posts) != 5 {
		t.Errorf("%d posts", len(posts))
	}
	for _, p := range posts {
		if owner[p.VideoID] || p.ModelVersion == 0 {
			t.Errorf("posted %s by model %d; the owner has labelled it: %v", p.VideoID, p.ModelVersion, owner[p.VideoID])
		}
	}

	// The fourth: /label, of one member.
	ada, member := w.members[0], map[string]bool{}
	call, err := w.discord.Run(w.wait(), fakediscord.Interaction{ChannelID: w.channel, MemberID: ada, Command: "label"})
	if err != nil {
		t.Fatal(err)
	}
	w.rest()
	panel := call.Answer().ID
	button := regexp.MustCompile(`"custom_id":\s*"([^"]*:([ud]):\d+)"`)
	for range 3 { // the fourth is a duel
		m := call.Answer()
		asked := linked(m.Content)
		if len(asked) != 1 || owner[asked[0]] || member[asked[0]] {
			t.Fatalf("/label asks for %v: %q", asked, m.Content)
		}
		member[asked[0]] = true
		for _, b := range button.FindAllStringSubmatch(string(m.Components), -1) {
			if (b[2] == "u") == jazz(asked[0]) {
				if call, err = w.discord.Run(w.wait(), fakediscord.Interaction{ChannelID: w.channel, MemberID: ada, MessageID: panel, CustomID: b[1]}); err != nil {
					t.Fatal(err)
				}
			}
		}
		w.rest()
	}
	w.until(w.next(4, 31).AddDate(0, 0, 1)) // the trainings of two nights

	// The owner's lists are without theirs, and mark the member's that were not posted.
	open := maps.Clone(member)
	for _, p := range w.posts(time.Time{}) {
		delete(open, p.VideoID)
	}
	if len(open) == 0 {
		t.Fatal("all that the member labelled was posted")
	}
	for name, rows := range map[string][]row{"rank": rank(), "the dashboard": picks()} {
		marked := 0
		for _, r := range rows {
			if owner[r.ID] {
				t.Errorf("%s lists %s, which the owner has labelled", name, r.ID)
			}
			if member[r.ID] != r.Known {
				t.Errorf("%s says of %s known %v", name, r.ID, r.Known)
			}
			if r.Known {
				marked++
			}
		}
		if marked != len(open) || len(rows) < 10 {
			t.Errorf("%s marks %d of %d", name, marked, len(rows))
		}
	}
	dry := linked(typed("", "run", "--dry-run"))
	if len(dry) != 5 || slices.ContainsFunc(dry, func(id string) bool { return owner[id] }) {
		t.Errorf("a dry run would post %v", dry)
	}

	// A member's list is without their own, and has what the owner likes.
	recommended := func(asker string) []string {
		t.Helper()
		w.until(w.clock.Now().Add(6 * time.Second)) // a member's next list takes five
		call, err := w.discord.Run(w.wait(), fakediscord.Interaction{ChannelID: w.channel, MemberID: asker, Command: "recommend", Options: map[string]any{"count": 8}})
		if err != nil {
			t.Fatal(err)
		}
		w.rest()
		return linked(call.Answer().Content)
	}
	best := recommended(ada)
	if len(best) != 8 || !slices.ContainsFunc(best, func(id string) bool { return owner[id] }) || slices.ContainsFunc(best, func(id string) bool { return member[id] }) {
		t.Errorf("ada is recommended %v", best)
	}
	for _, id := range best { // she answers as /label does
		if _, err := w.service.Catalog.Vote(t.Context(), catalog.VoteChange{GuildID: w.guild, VideoID: id, MemberID: ada, Up: true, Set: true, Source: catalog.SourceImport, At: w.clock.Now()}); err != nil {
			t.Fatal(err)
		}
	}
	next := recommended(ada)
	if len(next) == 0 {
		t.Error("ada is recommended nothing more")
	}
	for _, id := range next {
		if slices.Contains(best, id) {
			t.Errorf("ada is recommended %s again, which she has labelled", id)
		}
	}
	again := slices.DeleteFunc(recommended(w.members[1]), func(id string) bool { return member[id] })
	if len(again) < 5 || !slices.Equal(again, best[:len(again)]) {
		t.Errorf("ben, who has labelled nothing, is recommended %v, and ada was %v", again, best)
	}
	if call, err = w.discord.Run(w.wait(), fakediscord.Interaction{ChannelID: w.channel, MemberID: w.members[1], Command: "predict", Options: map[string]any{"link": slices.Sorted(maps.Keys(member))[0]}}); err != nil {
		t.Fatal(err)
	}
	w.rest()
	if said := call.Answer().Content; !strings.Contains(said, "without those votes") {
		t.Errorf("/predict of a known video says %q", said)
	}

	// Others vote, so the guild may be shown what only the owner knows.
	before = w.clock.Now()
	for range 3 { // which of them are picked is drawn
		w.until(w.next(18, 1))
	}
	if posts := w.posts(before); !slices.ContainsFunc(posts, func(p catalog.Post) bool { return owner[p.VideoID] }) {
		t.Errorf("none of the %d posts is of what the owner likes", len(posts))
	}
}
