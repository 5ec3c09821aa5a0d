package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"cratedigger/cmd/internal/socket"
	"cratedigger/config"
	"cratedigger/internal/fakediscord"
	"cratedigger/internal/fakeyoutube"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/taste"
)

// types runs a command beside the running bot, which executes it, and returns what it
// prints.
func (w *town) types(args ...string) string {
	w.t.Helper()
	var out, errOut bytes.Buffer
	inv := &invocation{
		ctx: w.t.Context(), in: strings.NewReader(""), out: &out, errOut: &errOut, now: w.clock.Now,
		files: socket.LocalFiles{In: strings.NewReader(""), Out: &out},
		getenv: func(name string) string {
			return map[string]string{"CRATEDIGGER_DATA_DIR": w.dir, "CRATEDIGGER_DASHBOARD_LISTEN": "127.0.0.1:0"}[name]
		},
	}
	if code := inv.execute(args); code != 0 && args[0] != "doctor" { // which is strict about the machine
		w.t.Fatalf("%s ended with %d: %s%s", strings.Join(args, " "), code, out.String(), errOut.String())
	}
	return out.String()
}

// asks answers a slash command of the administrator's.
func (w *town) asks(command string) string {
	w.t.Helper()
	call, err := w.discord.Run(w.wait(), fakediscord.Interaction{ChannelID: w.channel, MemberID: w.admin, Command: command})
	if err != nil {
		w.t.Fatal(err)
	}
	w.rest()
	return call.Answer().Content
}

// TestEveryPlaceTellsTheSameFigures: the pages, the card, /status, the doctor, evaluate and
// the other commands read the hit rate, the model's three figures, the votes, the
// candidates and the next post's time, and none differs. The schedule has two lines, the
// later hour first, and one post was sent ahead of its time.
func TestEveryPlaceTellsTheSameFigures(t *testing.T) {
	w := newTown(t, fakeyoutube.Options{Seed: 7}, func(cfg *config.Config) {
		cfg.Defaults.Schedule = []string{"0 18 * * *", "0 9 * * *"}
		cfg.Defaults.Picks = 4
	})
	w.start()
	for range 6 { // all of it in seven days
		since := w.clock.Now()
		w.until(w.next(18, 1))
		for i, p := range w.posts(since) {
			truth, _ := w.youtube.Traits(p.VideoID)
			for m, member := range w.members {
				emoji := "👎"
				if truth.Genre == "jazz" {
					emoji = "👍"
				}
				if (i+m)%4 == 3 { // some say nothing
					continue
				}
				if err := w.discord.React(member, p.ChannelID, p.MessageID, emoji); err != nil {
					t.Fatal(err)
				}
			}
		}
		w.rest()
	}
	answer := w.asks("retrain")
	next, err := w.service.Loop.Upcoming(t.Context(), w.guild)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.service.Loop.PostNow(t.Context(), w.guild, next.Slot.Key, catalog.ByDashboard); err != nil {
		t.Fatal(err)
	}
	if err := w.service.Bot.Deliver(t.Context(), w.guild); err != nil {
		t.Fatal(err)
	}
	w.rest()

	board, err := w.service.Dashboard()
	if err != nil {
		t.Fatal(err)
	}
	front := httptest.NewServer(board)
	defer front.Close()
	page := func(path string) string {
		res, err := front.Client().Get(front.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		if err != nil || res.StatusCode != 200 {
			t.Fatal(path, res.Status, err)
		}
		return strings.NewReplacer("&#39;", "'", "\u00a0", " ").Replace(string(body))
	}
	at := "/g/" + w.guild
	places := map[string]string{
		"Home": page(at + "/home"), "Songs": page(at + "/songs"), "Model": page(at + "/model"), "API": page("/api/v1/models?guild=" + w.guild),
		"/status": w.asks("status"), "/retrain": answer, "/taste": w.asks("taste"),
		"doctor": w.types("doctor", "--offline"), "card": w.types("model", "card"), "evaluate": w.types("evaluate"),
	}
	// same holds that the places tell the same numbers, each as its pattern reads them.
	same := func(what string, patterns map[string]string, round func(string) string) (told string) {
		t.Helper()
		var first string
		for place, pattern := range patterns {
			found := regexp.MustCompile(pattern).FindStringSubmatch(places[place])
			if found == nil {
				t.Errorf("%s does not tell %s:\n%s", place, what, places[place][:min(len(places[place]), 3000)])
				continue
			}
			for i := range found[1:] {
				found[i+1] = round(found[i+1])
			}
			if now := strings.Join(found[1:], " "); told == "" {
				told, first = now, place
			} else if now != told {
				t.Errorf("%s: %s tells %s, %s tells %s", what, first, told, place, now)
			}
		}
		return told
	}
	asIs := func(s string) string { return s }

	hits := same("the hit rate", map[string]string{
		"Home": `(\d+) of (\d+) picks were liked; of random`, "Model": `liked \((\d+) of (\d+)\)`,
		"/status": `(\d+) of (\d+) picks were liked`, "doctor": `last seven days (\d+) of (\d+) picks were liked`,
	}, asIs)
	same("what random picks would have", map[string]string{"Home": `expects (\d+) ± (\d+)`, "/status": `expect (\d+) ± (\d+)`}, asIs)
	votes := same("the votes", map[string]string{
		"Songs": `learned from (\d+) votes`, "Model": `learned from (\d+) votes`, "/retrain": `learned from (\d+) votes`, "/taste": `learned from (\d+) votes`,
		"/status": `count (\d+) votes`, "doctor": `(\d+) votes;`, "card": `"votes": (\d+)`,
	}, asIs)
	candidates := same("the candidates", map[string]string{"Home": `(\d+) songs are up next`, "Songs": `Up next <span>(\d+)<`, "/status": `(\d+) of them are up next`}, asIs)
	var ranked []json.RawMessage
	if err := json.Unmarshal([]byte(w.types("rank", "--json", "-n", "0")), &ranked); err != nil || fmt.Sprint(len(ranked)) != candidates {
		t.Errorf("rank lists %d songs, and there are %s candidates (%v)", len(ranked), candidates, err)
	}
	milli := func(s string) string {
		v, err := strconv.ParseFloat(s, 64)
		if err != nil {
			t.Error(err)
		}
		return fmt.Sprintf("%.3f", v)
	}
	const number = `(\d*\.\d+)`
	stored := `"average_precision": ?` + number + `,\s*"roc_auc": ?` + number + `,\s*"log_loss": ?` + number
	figures := same("the model's figures", map[string]string{
		"Model": `Average precision ` + number + ` · ROC AUC ` + number + ` · log loss ` + number, "doctor": `average precision ` + number + `, ROC AUC ` + number + `, log loss ` + number,
		"card": `"ensemble": {\s*` + stored, "API": `"ensemble": {\s*` + stored, "evaluate": `ensemble +` + number + ` +` + number + ` +` + number,
	}, milli)
	t.Logf("hits %s; votes %s; figures %s", hits, votes, figures)

	// The next post, by /status, which writes a second of Unix.
	unix := regexp.MustCompile(`Next: <t:(\d+):f>`).FindStringSubmatch(places["/status"])
	if unix == nil {
		t.Fatal("/status does not tell the next post")
	}
	second, _ := strconv.ParseInt(unix[1], 10, 64)
	due := time.Unix(second, 0).UTC()
	if want := next.Slot.At.Add(9 * time.Hour); !due.Equal(want) && !due.Equal(next.Slot.At.Add(15*time.Hour)) {
		t.Errorf("the next post is at %s, after one at %s was sent", due, next.Slot.At)
	}
	for place, want := range map[string]string{"Home": " at " + due.Format("15:04 MST"), "doctor": "posts next on " + due.Format("Mon 2 Jan 15:04 MST") + ", "} {
		if !strings.Contains(places[place], want) {
			t.Errorf("%s does not tell that the next post is at %s", place, due)
		}
	}
	upcoming, err := w.service.Loop.Upcoming(t.Context(), w.guild)
	if err != nil || !upcoming.Slot.At.Equal(due) {
		t.Errorf("the picks are of %s, and /status says %s (%v)", upcoming.Slot.At, due, err)
	}

	// What is compared is not nothing.
	champion, _, err := w.service.Catalog.Champion(t.Context(), w.guild)
	if err != nil {
		t.Fatal(err)
	}
	var card taste.Card
	if err := json.Unmarshal(champion.Card, &card); err != nil || card.Ensemble == nil || card.Votes < 50 || hits == "" {
		t.Errorf("too little was lived: %+v (%v)", card.Votes, err)
	}
}
