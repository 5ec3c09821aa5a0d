//go:build unix

package main

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"cratedigger/cmd/internal/app"
	"cratedigger/internal/fakediscord"
	"cratedigger/pipeline/catalog/bolt"
)

// kept is what a data folder has of a guild's posts and votes by reaction.
func kept(t *testing.T, dataDir, guild string) (posts []string, votes map[string]int) {
	t.Helper()
	c, err := bolt.Open(filepath.Join(dataDir, app.CatalogueFile), bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	h, err := c.History(t.Context(), guild)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range h.Posts {
		posts = append(posts, fmt.Sprint(p.ID, p.ChannelID, p.MessageID, p.VideoID, p.State))
	}
	votes = map[string]int{}
	for _, v := range h.Votes {
		votes[v.PostID+" "+v.MemberID] = v.Value
	}
	return posts, votes
}

// TestRecoverCommand: the program posts, members react, and the disk is lost. The
// command is killed in the middle, goes on beside the running bot, and what is back is
// what was lost.
func TestRecoverCommand(t *testing.T) {
	s, d := newShell(t)
	guild := d.AddGuild(fakediscord.Guild{Name: "Vinyl Club"})
	channel := d.AddChannel(guild, fakediscord.Channel{Name: "music"})
	admin := d.AddMember(guild, fakediscord.Member{Name: "Ada", Permissions: fakediscord.PermManageGuild})
	data := s.env["CRATEDIGGER_DATA_DIR"]

	stop := s.running(d)
	wait := t.Context()
	if err := d.Until(wait, func() bool { return len(d.Commands("")) > 0 }); err != nil {
		t.Fatal(err)
	}
	setup := fakediscord.Interaction{ChannelID: channel, MemberID: admin, Command: "setup", Options: map[string]any{"channel": channel, "count": 5}}
	if _, err := d.Run(wait, setup); err != nil {
		t.Fatal(err)
	}
	if err := d.Until(wait, func() bool {
		all := d.Messages(channel)
		return len(all) == 6 && len(all[5].Reactions) == 2
	}); err != nil {
		t.Fatal(err)
	}
	for i, m := range d.Messages(channel)[1:] {
		for k := range 4 {
			member := d.AddMember(guild, fakediscord.Member{Name: fmt.Sprint("m", i, k)})
			if err := d.React(member, channel, m.ID, []string{"👍", "👎"}[(i+k)%2]); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := d.Settle(wait); err != nil {
		t.Fatal(err)
	}
	if code, log := stop(); code != 0 {
		t.Fatalf("the bot ended with %d:\n%s", code, log)
	}
	posts, votes := kept(t, data, guild)
	if len(posts) != 5 || len(votes) != 20 {
		t.Fatalf("%d posts and %d votes", len(posts), len(votes))
	}
	if _, errOut, code := s.typed("", "recover"); code != 1 || !strings.Contains(errOut, "has 5 posts and 20 votes here") {
		t.Errorf("where nothing is lost, it ends with %d: %s", code, errOut)
	}

	if err := os.RemoveAll(data); err != nil {
		t.Fatal(err)
	}
	var lists atomic.Int64
	held := make(chan struct{})
	d.Break(func(r *http.Request) *fakediscord.Fault {
		if r.Method == http.MethodGet && strings.Contains(r.URL.Path, "/reactions/") && lists.Add(1) == 9 {
			return &fakediscord.Fault{Before: func() { <-held }}
		}
		return nil
	})
	killed := s.starts(0, "recover")
	for deadline := time.Now().Add(time.Minute); lists.Load() < 9; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("it reads no reactions:\n%s", killed.log.String())
		}
	}
	if err := killed.cmd.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	killed.ends()
	close(held)
	d.Break(nil)
	if back, _ := kept(t, data, guild); len(back) != 5 {
		t.Fatalf("when it was killed, %d posts were back", len(back))
	}
	again := s.starts(0, "recover", "--guild", "vinyl club")
	if code := again.ends(); code != 0 || !strings.Contains(again.log.String(), "5 posts and 20 votes by reaction are back, from #music") ||
		strings.Count(again.log.String(), "Votes by buttons, labels, favourites, settings and blocks are not on Discord") != 2 {
		t.Fatalf("it ends with %d:\n%s", code, again.log.String())
	}
	same := func() {
		t.Helper()
		back, votesBack := kept(t, data, guild)
		if fmt.Sprint(back) != fmt.Sprint(posts) || fmt.Sprint(votesBack) != fmt.Sprint(votes) {
			t.Errorf("back are\n%v\n%v\nlost were\n%v\n%v", back, votesBack, posts, votes)
		}
		if all := d.Messages(channel); len(all) != 7 || !strings.Contains(all[6].Content, "My data was lost") {
			t.Errorf("the channel has %d messages, the last %q", len(all), all[len(all)-1].Content)
		}
	}
	same()

	// Once more, beside the running bot.
	if err := os.RemoveAll(data); err != nil {
		t.Fatal(err)
	}
	d.DeleteMessage(channel, d.Messages(channel)[6].ID)
	d.ForgetNonces()
	stop = s.running(d)
	if out, errOut, code := s.typed("", "recover"); code != 0 || !strings.Contains(out, "5 posts and 20 votes by reaction are back") {
		t.Errorf("beside the running bot it ends with %d: %s%s", code, out, errOut)
	}
	if code, log := stop(); code != 0 {
		t.Errorf("the bot ended with %d:\n%s", code, log)
	}
	same()

	if _, errOut, code := s.typed("", "recover", "--guild", "Elsewhere"); code != 1 || !strings.Contains(errOut, "it is in: "+guild+" (Vinyl Club)") {
		t.Errorf("a guild that the bot is not in: %d, %s", code, errOut)
	}
	s.env["CRATEDIGGER_DISCORD_TOKEN"] = ""
	if _, errOut, code := s.typed("", "recover"); code == 0 || !strings.Contains(errOut, "discord.token") {
		t.Errorf("without a token: %d, %s", code, errOut)
	}
}
