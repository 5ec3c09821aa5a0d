//go:build unix

package house_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"cratedigger/internal/fakediscord"
	"cratedigger/internal/fakeyoutube"
)

// newcomer follows docs/getting-started.md, with a stand-in for Discord and one
// for YouTube, and a stopwatch.
type newcomer struct {
	t       *testing.T
	dir     string // a clean checkout
	env     []string
	discord *fakediscord.Server
	begun   time.Time

	channel, me, friend string // in the server
}

func (n *newcomer) lap(what string) {
	n.t.Logf("%5.1f s  %s", time.Since(n.begun).Seconds(), what)
}

// TestGettingStartedGuide does what the guide says, word by word, from the
// build to the first votes. The clicks in Discord's developer portal and their
// two and a half minutes are left out. With CRATEDIGGER_LONG=1 it keeps to the
// pace at which the bot reads YouTube by default.
func TestGettingStartedGuide(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds the program")
	}
	n := &newcomer{t: t, dir: cleanCheckout(t)}
	guide, err := os.ReadFile(filepath.Join(n.dir, "docs", "getting-started.md"))
	if err != nil {
		t.Fatal(err)
	}
	n.arrive()
	n.begun = time.Now()
	var stop func()
	for _, block := range fences(t, filepath.Join(n.dir, "docs", "getting-started.md")) {
		shell, why, _ := strings.Cut(block.info, " ")
		if shell != "sh" || why != "" && why != "account" {
			continue
		}
		for _, command := range block.lines {
			switch {
			case strings.Contains(command, " demo "):
			case command == "./cratedigger run":
				stop = n.run(command)
			default:
				out := n.typed(command)
				if strings.HasSuffix(command, "doctor") && (strings.Contains(out, "fail  ") || strings.Contains(out, "warn  ")) {
					t.Errorf("%s says\n%s", command, out)
				}
			}
			n.lap(command)
			if command == "./cratedigger config init" {
				n.putToken()
			}
		}
	}
	if stop == nil {
		t.Fatal("the guide never starts the bot")
	}
	n.setUp(string(guide))
	n.vote()
	stop()
	n.lap("Ctrl-C")
}

// arrive makes the server that the bot was invited into.
func (n *newcomer) arrive() {
	var err error
	if n.discord, err = fakediscord.New(fakediscord.Options{RateLimits: true}); err != nil {
		n.t.Fatal(err)
	}
	n.t.Cleanup(func() { n.discord.Close() })
	tube, err := fakeyoutube.New(fakeyoutube.Options{Seed: 3})
	if err != nil {
		n.t.Fatal(err)
	}
	n.t.Cleanup(tube.Close)
	guild := n.discord.AddGuild(fakediscord.Guild{Name: "My server"})
	n.channel = n.discord.AddChannel(guild, fakediscord.Channel{Name: "music"})
	n.me = n.discord.AddMember(guild, fakediscord.Member{Name: "me", Permissions: fakediscord.PermManageGuild})
	n.friend = n.discord.AddMember(guild, fakediscord.Member{Name: "friend"})
	n.env = append(clean(os.Environ()), "CRATEDIGGER_DISCORD_BASE_URL="+n.discord.URL(), "CRATEDIGGER_YOUTUBE_BASE_URL="+tube.URL(),
		"CRATEDIGGER_DISCORD_FATAL_WAIT=0s", "CRATEDIGGER_DASHBOARD_LISTEN=127.0.0.1:0") // the machine may have something on 8080
	if os.Getenv("CRATEDIGGER_LONG") == "" {
		n.env = append(n.env, "CRATEDIGGER_YOUTUBE_REQUEST_INTERVAL=0s")
	}
}

func (n *newcomer) command(line string) *exec.Cmd {
	ctx, cancel := context.WithTimeout(n.t.Context(), 10*time.Minute)
	n.t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, "bash", "-c", "exec "+line)
	cmd.Dir, cmd.Env = n.dir, n.env
	return cmd
}

// typed runs a command to its end, which must be a good one.
func (n *newcomer) typed(line string) string {
	n.t.Helper()
	out, err := n.command(line).CombinedOutput()
	if err != nil {
		n.t.Fatalf("%s: %v\n%s", line, err, out)
	}
	return string(out)
}

// putToken puts the token where the guide says.
func (n *newcomer) putToken() {
	n.t.Helper()
	path := filepath.Join(n.dir, "config.yaml")
	data, err := os.ReadFile(path)
	if err != nil {
		n.t.Fatal(err)
	}
	if bytes.Count(data, []byte("\n  token: \"\"\n")) != 1 {
		n.t.Fatalf("there is no one line token: \"\" in\n%s", data)
	}
	data = bytes.Replace(data, []byte(`token: ""`), []byte(`token: "`+n.discord.Token()+`"`), 1)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		n.t.Fatal(err)
	}
}

// run starts the bot; stop presses Ctrl-C.
func (n *newcomer) run(line string) (stop func()) {
	n.t.Helper()
	cmd := n.command(line)
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		n.t.Fatal(err)
	}
	stop = sync.OnceFunc(func() {
		if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
			n.t.Error(err)
		}
		if err := cmd.Wait(); err != nil {
			n.t.Errorf("%s ended with %v\n%s", line, err, log.String())
		}
	})
	n.t.Cleanup(stop)
	n.until("the commands are there", func() bool { return n.discord.Connected() > 0 && len(n.discord.Commands("")) > 0 })
	return stop
}

func (n *newcomer) until(what string, ok func() bool) {
	n.t.Helper()
	ctx, cancel := context.WithTimeout(n.t.Context(), 10*time.Minute)
	defer cancel()
	if err := n.discord.Until(ctx, ok); err != nil {
		n.t.Fatalf("never: %s: %v", what, err)
	}
}

// part is a menu or a button of a message, by what it shows.
type part struct {
	Type        int
	CustomID    string `json:"custom_id"`
	Label       string
	Placeholder string
	Options     []struct{ Label, Value string }
	Components  []part
}

// setUp does section 4: each bold name in it must be a menu or a button of what
// /setup answers.
func (n *newcomer) setUp(guide string) {
	n.t.Helper()
	_, section, found := strings.Cut(guide, "\n## 4. ")
	section, _, _ = strings.Cut(section, "\n## ")
	if !found || !strings.Contains(section, "`/setup`") {
		n.t.Fatal("section 4 of the guide is not about /setup")
	}
	panel := n.does(fakediscord.Interaction{Command: "setup"})
	if !panel.Ephemeral() {
		n.t.Error("everybody sees the set-up")
	}
	parts := shownParts(n.t, panel)
	named := regexp.MustCompile(`\*\*(.+?)\*\*`).FindAllStringSubmatch(section, -1)
	if len(named) < 6 {
		n.t.Errorf("the guide names only %q", named)
	}
	for _, m := range named {
		i := slices.IndexFunc(parts, func(p part) bool { return strings.HasPrefix(p.Placeholder+p.Label, m[1]) })
		if i < 0 {
			n.t.Errorf("the guide speaks of %q, and /setup shows no such thing", m[1])
			continue
		}
		p := parts[i]
		press := fakediscord.Interaction{MessageID: panel.ID, CustomID: p.CustomID}
		switch {
		case p.Type == 8:
			press.Values = []string{n.channel}
		case len(p.Options) > 0:
			press.Values = []string{p.Options[1].Value}
		}
		answer := n.does(press)
		switch m[1] {
		case "Favourites":
			if !strings.Contains(section, "`Artist – Title`") || !strings.Contains(section, "`\"Tyler, The Creator\"`") {
				n.t.Error("the guide gives no example of favourites")
			}
			press.Form = map[string]string{"liked": "Burial – Archangel, \"Tyler, The Creator\"", "disliked": "Nightcore"}
			if answer = n.does(press); !strings.Contains(answer.Content, "artist Tyler, The Creator") {
				n.t.Errorf("the favourites are answered with %q", answer.Content)
			}
		case "Time zone":
			if !strings.Contains(section, "`Europe/Lisbon`") {
				n.t.Error("the guide gives no example of a zone")
			}
			answer = n.does(fakediscord.Interaction{MessageID: panel.ID, CustomID: p.CustomID, Form: map[string]string{"zone": "Europe/Lisbon"}})
		}
		if strings.Contains(answer.Content, "wrong") {
			n.t.Errorf("%s: %s", m[1], answer.Content)
		}
		n.lap("/setup: " + m[1])
	}
	n.until("the first songs are posted", func() bool { return len(n.posts()) > 0 && n.reactable() })
	n.lap("the first songs are in the channel")
	if first := n.discord.Messages(n.channel)[0]; !strings.Contains(first.Content, "10 more votes until I learn") {
		n.t.Errorf("the heading does not say that it knows nobody's taste yet: %s", first.Content)
	}
}

// does is what the newcomer does in Discord, and the answer.
func (n *newcomer) does(in fakediscord.Interaction) fakediscord.Message {
	n.t.Helper()
	in.ChannelID, in.MemberID = n.channel, n.me
	ctx, cancel := context.WithTimeout(n.t.Context(), time.Minute)
	defer cancel()
	call, err := n.discord.Run(ctx, in)
	if err != nil {
		n.t.Fatalf("%+v: %v", in, err)
	}
	return call.Answer()
}

func shownParts(t *testing.T, m fakediscord.Message) []part {
	t.Helper()
	var rows, parts []part
	if err := json.Unmarshal(m.Components, &rows); err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		parts = append(parts, r.Components...)
	}
	return parts
}

// posts are the messages with a video.
func (n *newcomer) posts() (posts []fakediscord.Message) {
	for _, m := range n.discord.Messages(n.channel) {
		if strings.Contains(m.Content, "https://www.youtube.com/watch?v=") {
			posts = append(posts, m)
		}
	}
	return posts
}

// reactable tells whether the last post can be voted on.
func (n *newcomer) reactable() bool {
	posts := n.posts()
	return len(posts[len(posts)-1].Reactions) == 2
}

// vote does section 5, and looks whether the votes were taken.
func (n *newcomer) vote() {
	n.t.Helper()
	want := map[string]string{}
	for i, p := range n.posts() {
		emoji := []string{"👍", "👎"}[i%2]
		if err := n.discord.React(n.friend, n.channel, p.ID, emoji); err != nil {
			n.t.Fatal(err)
		}
		_, id, _ := strings.Cut(p.Content, "watch?v=")
		want[id[:11]] = []string{"1", "0"}[i%2]
	}
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		rows, err := csv.NewReader(strings.NewReader(n.typed("./cratedigger labels export -"))).ReadAll()
		if err != nil {
			n.t.Fatal(err)
		}
		got := map[string]string{}
		id, y := slices.Index(rows[0], "video_id"), slices.Index(rows[0], "y")
		for _, row := range rows[1:] {
			got[row[id]] = row[y]
		}
		if maps.Equal(got, want) {
			break
		}
		if time.Now().After(deadline) {
			n.t.Fatalf("the votes %v became the labels %v", want, got)
		}
	}
	n.lap("the votes are counted")
}
