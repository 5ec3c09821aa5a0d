package main

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"cratedigger/cmd/internal/app"
	"cratedigger/config"
	"cratedigger/internal/fakediscord"
	"cratedigger/internal/fakeyoutube"
	"cratedigger/pipeline"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/catalog/bolt"
)

// forms are the ways in which an id may stand in a file: as text, as text within
// base64 (the bytes of a JSON value) at each of its three offsets, and as a
// number.
func forms(t *testing.T, id string) map[string][]byte {
	t.Helper()
	n, err := strconv.ParseUint(id, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]byte{
		"text": []byte(id), "little-endian": binary.LittleEndian.AppendUint64(nil, n), "big-endian": binary.BigEndian.AppendUint64(nil, n),
		"varint": binary.AppendVarint(nil, int64(n)), "uvarint": binary.AppendUvarint(nil, n),
	}
	for offset := range 3 {
		encoded := base64.StdEncoding.EncodeToString(append(make([]byte, offset), id...))
		// The characters at either end also depend on the neighbours.
		all[fmt.Sprint("base64, ", offset)] = []byte(encoded[(offset*8+5)/6 : (offset+len(id))*8/6])
	}
	return all
}

// tracesIn are the places of a bbolt file that hold an id: "live" pages that
// some row is on, and how many "freed" ones, which the database will write over.
func tracesIn(t *testing.T, data []byte, id string) (live []string, freed int) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "copy.db")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{ReadOnly: true, PreLoadFreelist: true})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	tx, err := db.Begin(false)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	size := db.Info().PageSize
	free := func(page int) bool {
		info, err := tx.Page(page)
		if err != nil {
			t.Fatal(err)
		}
		return info == nil || info.Type == "free" // nil: beyond the last page in use
	}
	for form, pattern := range forms(t, id) {
		for from := 0; ; {
			at := bytes.Index(data[from:], pattern)
			if at < 0 {
				break
			}
			at += from
			from = at + 1
			if free(at / size) {
				freed++
				continue
			}
			live = append(live, fmt.Sprintf("page %d as %s: %q", at/size, form, data[max(0, at-80):min(len(data), at+80)]))
		}
	}
	return live, freed
}

// traces holds a catalogue's file, and the models in it, against an id.
func (w *town) traces(path, id string) (live []string) {
	w.t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		w.t.Fatal(err)
	}
	live, freed := tracesIn(w.t, data, id)
	w.t.Logf("%s: %d live traces of %s, %d on freed pages", path, len(live), id, freed)
	c, err := bolt.Open(path, bolt.Options{})
	if err != nil {
		w.t.Fatal(err)
	}
	defer c.Close()
	models, err := c.Models(w.t.Context(), w.guild)
	if err != nil || len(models) == 0 {
		w.t.Fatalf("%d models (%v)", len(models), err)
	}
	for _, m := range models {
		if m, _, err = c.Model(w.t.Context(), w.guild, m.Version); err != nil {
			w.t.Fatal(err)
		}
		for form, pattern := range forms(w.t, id) {
			if bytes.Contains(m.Card, pattern) || bytes.Contains(m.Blob, pattern) {
				live = append(live, fmt.Sprintf("model %d as %s", m.Version, form))
			}
		}
	}
	return live
}

// TestForgetMeLeavesNothing: an administrator and a member do all that a person
// can do, and ask to be forgotten while a recap that credits them waits. Texts in which
// only a failure names them (why a guild is paused, what a run or a message failed of)
// do not come about here; TestForgetReachesCopies has them.
func TestForgetMeLeavesNothing(t *testing.T) {
	w := newTown(t, fakeyoutube.Options{Seed: 7}, func(cfg *config.Config) {
		cfg.Defaults.Exploration, cfg.Defaults.Wildcard, cfg.Defaults.Votes = 0, false, "both"
		cfg.Defaults.Picks = 10
	})
	w.start()
	admin, member := w.admin, w.members[0]
	do := func(in fakediscord.Interaction) *fakediscord.Call {
		t.Helper()
		in.ChannelID = w.channel
		call, err := w.discord.Run(w.wait(), in)
		if err != nil {
			t.Fatal(err)
		}
		w.rest()
		return call
	}
	w.until(w.next(18, 1))
	first := w.posts(time.Time{})

	// Both propose what may be posted next, in turn.
	next, err := w.service.Loop.Rank(t.Context(), w.guild, "", 0)
	next = slices.DeleteFunc(next, func(r pipeline.Ranked) bool { return r.Posted })
	if err != nil || len(next) < 16 {
		t.Fatalf("%d candidates (%v)", len(next), err)
	}
	for i, p := range next[:16] {
		do(fakediscord.Interaction{MemberID: []string{admin, member}[i%2], Command: "seed", Options: map[string]any{"link": p.Video.ID}})
		w.until(w.clock.Now().Add(2 * time.Minute))
	}
	since := w.clock.Now()
	w.until(w.next(18, 1))
	second := w.posts(since)
	credited := map[string]int{}
	for _, p := range second {
		for _, r := range p.Reasons {
			if r.Kind == catalog.ReasonSeed {
				credited[r.Words[0]]++
			}
		}
	}
	if credited[admin] == 0 || credited[member] == 0 {
		t.Fatalf("the posts credit %v", credited)
	}

	// They vote with reactions and buttons, label, block, ask for a block, and
	// have a model trained.
	for _, p := range append(slices.Clone(first), second...) {
		emoji := "👎"
		if p.Slot == second[0].Slot || p.Position == 0 {
			emoji = "👍"
		}
		for _, who := range []string{admin, member, w.members[1]} {
			if err := w.discord.React(who, p.ChannelID, p.MessageID, emoji); err != nil {
				t.Fatal(err)
			}
		}
	}
	w.rest()
	press := func(who, message, id string) {
		do(fakediscord.Interaction{MemberID: who, MessageID: message, CustomID: id})
	}
	duel := catalog.Slot{Key: w.guild + "/duel/2026-03-04T19:00", GuildID: w.guild, Kind: catalog.RunDuel, At: w.clock.Now()}
	if err := w.service.Bot.Duel(t.Context(), duel); err != nil {
		t.Fatal(err)
	}
	messages := w.discord.Messages(w.channel)
	asked := messages[len(messages)-1]
	for _, who := range []string{admin, member} {
		press(who, asked.ID, customIDs(t, asked)[0]) // A
		list := do(fakediscord.Interaction{MemberID: who, Command: "recommend"}).Answer()
		press(who, list.ID, customIDs(t, list)[0]) // 👍
		message, _ := w.discord.Message(w.channel, first[1].MessageID)
		press(who, message.ID, customIDs(t, message)[0]) // 👍
		message, _ = w.discord.Message(w.channel, first[2].MessageID)
		press(who, message.ID, customIDs(t, message)[2]) // not this channel
		question := do(fakediscord.Interaction{MemberID: who, Command: "label"}).Answer()
		id := customIDs(t, question)[0]
		press(who, question.ID, id)
	}
	if duels, err := w.service.Catalog.Duels(t.Context(), w.guild); err != nil || len(duels) != 3 {
		t.Fatalf("%d duels, %v", len(duels), err)
	}
	do(fakediscord.Interaction{MemberID: admin, Command: "retrain"})

	// The week's recap waits, for Discord takes no message; a run of the
	// administrator's is going.
	w.discord.Break(func(r *http.Request) *fakediscord.Fault {
		if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, w.channel+"/messages") {
			return &fakediscord.Fault{Status: 500}
		}
		return nil
	})
	slot := catalog.Slot{Key: w.guild + "/recap/2026-03-04T19:00", GuildID: w.guild, Kind: catalog.RunRecap, At: w.clock.Now()}
	if err := w.service.Bot.Recap(t.Context(), slot); err == nil {
		t.Fatal("the recap was sent while Discord took nothing")
	}
	c := w.service.Catalog
	going, err := c.StartRun(t.Context(), catalog.Run{GuildID: w.guild, Kind: catalog.RunScrape, By: catalog.Asker(admin)})
	if err != nil {
		t.Fatal(err)
	}
	file, err := w.service.File()
	if err != nil {
		t.Fatal(err)
	}
	before, err := file.BackupDaily(t.Context(), 5)
	if err != nil {
		t.Fatal(err)
	}
	for _, who := range []string{admin, member} {
		if len(w.traces(before, who)) < 10 {
			t.Errorf("there is little to forget of %s", who)
		}
	}
	older, err := os.ReadFile(before)
	if err != nil {
		t.Fatal(err)
	}

	for _, who := range []string{admin, member} {
		sure := do(fakediscord.Interaction{MemberID: who, Command: "privacy", Sub: "forget-me"}).Answer()
		press(who, sure.ID, customIDs(t, sure)[0])
	}
	if err := c.FinishRun(t.Context(), going); err != nil {
		t.Fatal(err)
	}
	w.discord.Break(nil)
	if err := w.service.Bot.Deliver(t.Context(), w.guild); err != nil {
		t.Fatal(err)
	}
	w.rest()
	messages = w.discord.Messages(w.channel)
	if recap := messages[len(messages)-1]; !strings.Contains(recap.Content, "watch_videos") || strings.Contains(recap.Content, "<@") {
		t.Errorf("the recap says %q", recap.Content)
	}
	w.until(w.clock.Now().Add(25 * time.Hour)) // comparisons, a post, a training, a backup
	after, err := file.BackupDaily(t.Context(), 5)
	if err != nil {
		t.Fatal(err)
	}
	w.stop()
	for _, file := range []string{filepath.Join(w.dir, app.CatalogueFile), after} {
		for _, who := range []string{admin, member} {
			for _, trace := range w.traces(file, who) {
				t.Errorf("%s is known still: %s", who, trace)
			}
		}
	}
	// What the search would have found: any of the old pages, were it live.
	if live, _ := tracesIn(t, older, w.members[1]); len(live) == 0 {
		t.Error("the search finds nobody")
	}
}

// customIDs are the ids of a message's buttons.
func customIDs(t *testing.T, m fakediscord.Message) (ids []string) {
	t.Helper()
	for _, part := range strings.Split(string(m.Components), `"custom_id":"`)[1:] {
		id, _, _ := strings.Cut(part, `"`)
		ids = append(ids, id)
	}
	if len(ids) == 0 {
		t.Fatalf("%q has no buttons", m.Content)
	}
	return ids
}
