package bot

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"cratedigger/bot/discord"
	"cratedigger/internal/fakediscord"
	"cratedigger/pipeline"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/taste"
	"cratedigger/pipeline/youtube"
)

// untilSaid waits until a call's answer holds a text.
func (w *world) untilSaid(c *fakediscord.Call, part string) {
	w.t.Helper()
	w.until("the answer says "+part, func() bool { return strings.Contains(c.Answer().Content, part) })
}

func TestLongWorkShowsProgress(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	step := make(chan struct{})
	w.stages.retrain = func(ctx context.Context, p pipeline.Progress) (catalog.Run, error) {
		for i := range 4 {
			p("training", i, 4)
			<-step
		}
		return catalog.Run{Counts: map[string]int{"votes": 40, "model": 2, "promoted": 1}}, nil
	}
	in := fakediscord.Interaction{ChannelID: w.channel, MemberID: w.admin, Command: "retrain"}
	c, err := w.discord.Run(w.ctx, in)
	if err != nil {
		t.Fatal(err)
	}
	if c.Kind() != 5 {
		t.Errorf("the first answer has type %d, want deferred", c.Kind())
	}
	w.untilSaid(c, "0 of 4")
	step <- struct{}{}
	w.untilSaid(c, "1 of 4")

	// A second call says who is at it.
	other, err := w.discord.Run(w.ctx, in)
	if err != nil {
		t.Fatal(err)
	}
	if got := other.Answer().Content; !strings.Contains(got, "<@"+w.admin+">") || !strings.Contains(got, "<t:1795370400:R>") {
		t.Errorf("the second call was answered %q", got)
	}
	n := len(c.History())
	time.Sleep(20 * time.Millisecond) // twenty of the test's edit intervals without a change
	if m := len(c.History()); m != n {
		t.Errorf("%d edits without a change", m-n)
	}
	for range 3 {
		step <- struct{}{}
	}
	w.settle()
	if got := c.Answer(); !strings.Contains(got.Content, "I've learned from 40 votes, and choose by that from now on.") || len(string(got.Components)) > 2 {
		t.Errorf("the end: %q %s", got.Content, got.Components)
	}
}

func TestLongWorkIsCancelled(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	started := make(chan struct{})
	w.stages.scrape = func(ctx context.Context, p pipeline.Progress) (catalog.Run, error) {
		close(started)
		<-ctx.Done()
		return catalog.Run{Outcome: catalog.OutcomeCancelled}, ctx.Err()
	}
	c, err := w.discord.Run(w.ctx, fakediscord.Interaction{ChannelID: w.channel, MemberID: w.admin, Command: "rescrape"})
	if err != nil {
		t.Fatal(err)
	}
	<-started
	press := fakediscord.Interaction{ChannelID: w.channel, MemberID: w.admin, MessageID: c.Answer().ID, CustomID: discord.CustomID(actionCancel, string(catalog.RunScrape), w.admin)}
	if _, err := w.discord.Run(w.ctx, press); err != nil {
		t.Fatal(err)
	}
	w.untilSaid(c, "Cancelled")
}

// TestLongWorkOfABotThatStops: who waits hears whether the bot comes back.
func TestLongWorkOfABotThatStops(t *testing.T) {
	t.Parallel()
	for want, stop := range map[string]func(*world){
		"I am restarting": func(w *world) { w.stop() },
		"do not come back before my operator has looked": func(w *world) { w.discord.CloseGateway(4014) },
	} {
		w := newWorld(t, withBot(func(o *Options) { o.Sleep = hurried }))
		started := make(chan struct{})
		w.stages.scrape = func(ctx context.Context, p pipeline.Progress) (catalog.Run, error) {
			close(started)
			<-ctx.Done()
			return catalog.Run{Outcome: catalog.OutcomeCancelled}, ctx.Err()
		}
		c, err := w.discord.Run(w.ctx, fakediscord.Interaction{ChannelID: w.channel, MemberID: w.admin, Command: "rescrape"})
		if err != nil {
			t.Fatal(err)
		}
		<-started
		stop(w)
		w.untilSaid(c, want)
	}
}

// longRetraining starts a training that is half done until release is closed.
func (w *world) longRetraining() (release chan struct{}) {
	w.t.Helper()
	release = make(chan struct{})
	w.stages.retrain = func(ctx context.Context, p pipeline.Progress) (catalog.Run, error) {
		p("training", 1, 2)
		<-release
		return catalog.Run{Counts: map[string]int{"votes": 40, "model": 2}}, nil
	}
	c, err := w.discord.Run(w.ctx, fakediscord.Interaction{ChannelID: w.channel, MemberID: w.admin, Command: "retrain"})
	if err != nil {
		w.t.Fatal(err)
	}
	w.untilSaid(c, "1 of 2")
	return release
}

func TestLongWorkBeyondTheToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	release := w.longRetraining()
	w.clock.add(15 * time.Minute)
	close(release)
	w.settle()
	messages := w.discord.Messages(w.channel)
	if len(messages) != 1 || !strings.Contains(messages[0].Content, "I've learned from 40 votes") {
		t.Errorf("the channel has %+v", messages)
	}
}

// TestTokenOfAnInteractionIsNotTheBots: Discord answers 401 to an expired
// interaction, which does not mean that it refuses the bot's token.
func TestTokenOfAnInteractionIsNotTheBots(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	release := w.longRetraining()
	w.discord.Break(func(r *http.Request) *fakediscord.Fault {
		if strings.Contains(r.URL.Path, "/webhooks/") {
			return &fakediscord.Fault{Status: 401, Code: 50027}
		}
		return nil
	})
	close(release)
	w.settle()
	messages := w.discord.Messages(w.channel)
	if len(messages) != 1 || !strings.Contains(messages[0].Content, "I've learned from 40 votes") {
		t.Errorf("the end of the work was not told in the channel: %+v", messages)
	}
	if !w.bot.Connected() {
		t.Error("the bot has stopped")
	}
}

func TestErrorsHaveACodeThatTheLogHas(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.stages.explain = func(string) (pipeline.Explanation, error) {
		return pipeline.Explanation{}, errors.New("the page said nothing")
	}
	c := w.do(fakediscord.Interaction{Command: "predict", Options: map[string]any{"link": "vid-0000001"}})
	content := c.Answer().Content
	_, rest, _ := strings.Cut(content, "`")
	code, _, ok := strings.Cut(rest, "`")
	if !ok || len(code) != 4 || strings.Contains(content, "the page said nothing") {
		t.Fatalf("answer %q", content)
	}
	if !strings.Contains(w.log.String(), "code="+code) || !strings.Contains(w.log.String(), "the page said nothing") {
		t.Errorf("the log does not have the code %s and the cause", code)
	}
}

func TestPanicsAreCaught(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.stages.explain = func(string) (pipeline.Explanation, error) { panic("a mistake") }
	c := w.do(fakediscord.Interaction{Command: "predict", Options: map[string]any{"link": "vid-0000001"}})
	if !strings.Contains(c.Answer().Content, "Something went wrong") {
		t.Errorf("answer %q", c.Answer().Content)
	}
	w.reacts(t) // and the bot goes on
}

func TestButtonsVote(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.configure(func(g *catalog.Guild) { g.Votes = votesButtons })
	posts := w.deliver(1)
	m, _ := w.discord.Message(w.channel, posts[0].MessageID)
	if len(m.Reactions) != 0 {
		t.Errorf("reactions %v on a guild that votes by buttons", m.Reactions)
	}
	press := func(action string, want int, said string) {
		t.Helper()
		c := w.do(fakediscord.Interaction{MessageID: m.ID, CustomID: discord.CustomID(action, posts[0].ID)})
		if got := w.vote(posts[0].ID, w.ben); got != want {
			t.Errorf("after %s the vote is %d, want %d", action, got, want)
		}
		if got := c.Answer(); !got.Ephemeral() || !strings.Contains(got.Content, said) {
			t.Errorf("answer %q", got.Content)
		}
	}
	press(actionUp, 1, "👍 Noted")
	press(actionDown, -1, "👎 Noted")
	press(actionDown, 1, "took your vote back") // falls back to the 👍 that is still set
	press(actionUp, 0, "took your vote back")
}

func TestCommandsAreRegisteredOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if n := w.discord.CommandPuts(); n != 1 {
		t.Fatalf("%d overwrites at the first start", n)
	}
	restart := func() {
		t.Helper()
		if err := w.stop(); err != nil {
			t.Fatal(err)
		}
		w.newBot(nil)
		w.run()
	}
	restart()
	if n := w.discord.CommandPuts(); n != 1 {
		t.Errorf("%d overwrites after a restart with the same commands", n)
	}
	if err := w.catalog.SetState(t.Context(), "commands/"+w.discord.BotID(), []byte("another hash")); err != nil {
		t.Fatal(err)
	}
	restart()
	if n := w.discord.CommandPuts(); n != 2 {
		t.Errorf("%d overwrites after the commands changed", n)
	}
	for _, r := range w.discord.Requests() {
		if strings.HasSuffix(r.Path, "/applications/@me") {
			t.Errorf("Discord was asked for the application, which READY names: %s %s", r.Method, r.Path)
		}
	}
}

func TestGuildsComeAndGo(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withBot(func(o *Options) { o.NewGuild = func(id, name string) catalog.Guild { return catalog.Guild{Picks: 7} } }))
	posts := w.deliver(1)
	if err := w.discord.React(w.ana, w.channel, posts[0].MessageID, "👍"); err != nil {
		t.Fatal(err)
	}
	w.settle()
	w.discord.RemoveGuild(w.guild)
	w.settle()
	if g := w.settings(); g.LeftAt.IsZero() || g.Picks != 7 {
		t.Errorf("after leaving: %+v", g)
	}
	w.discord.AddGuild(fakediscord.Guild{ID: w.guild, Name: "Vinyl Club again"})
	w.settle()
	if g := w.settings(); !g.LeftAt.IsZero() || g.Name != "Vinyl Club again" || g.ChannelID != w.channel {
		t.Errorf("after coming back: %+v", g)
	}
	if got := w.vote(posts[0].ID, w.ana); got != 1 {
		t.Errorf("the vote became %d", got)
	}
}

func TestAllowList(t *testing.T) {
	t.Parallel()
	w := newWorld(t, notStarted(), withBot(func(o *Options) { o.Guilds = []string{"1"} }))
	w.run()
	if _, ok, _ := w.catalog.Guild(t.Context(), w.guild); ok {
		t.Error("a guild that is not on the list was written down")
	}
	c := w.do(fakediscord.Interaction{Command: "help"})
	if !strings.Contains(c.Answer().Content, "not let me work") {
		t.Errorf("answer %q", c.Answer().Content)
	}
}

func TestLabelAsksOneAfterAnother(t *testing.T) {
	t.Parallel()
	w, _ := liveWorld(t)
	w.stages.noDuels = true // so all questions are about one video
	for _, id := range videoIDs(12) {
		if _, err := w.catalog.Observe(w.ctx, []catalog.Sighting{{Video: youtube.Video{ID: id}, GuildID: w.guild}}); err != nil {
			t.Fatal(err)
		}
	}
	c := w.do(fakediscord.Interaction{Command: "label"})
	panel := c.Answer().ID
	var seen []string
	for i := range labelRound {
		content := c.Answer().Content
		for _, videoID := range videoIDs(12) {
			if strings.Contains(content, videoID) {
				seen = append(seen, videoID)
				left := labelRound - i
				answer := []string{"u", "d", "s"}[i%3]
				next, err := w.discord.Run(w.ctx, fakediscord.Interaction{ChannelID: w.channel, MemberID: w.ben, MessageID: panel,
					CustomID: discord.CustomID(actionLabel, videoID, answer, strconv.Itoa(left))})
				if err != nil {
					t.Fatal(err)
				}
				w.settle()
				if i < labelRound-1 {
					c = next
				}
				break
			}
		}
	}
	for i, a := range seen {
		for _, b := range seen[:i] {
			if a == b {
				t.Errorf("%s was asked twice", a)
			}
		}
	}
	votes, err := w.catalog.MemberVotes(t.Context(), w.guild, w.ben)
	if err != nil {
		t.Fatal(err)
	}
	labels := 0
	for _, v := range votes {
		if v.PostID == "" && v.Value != 0 {
			labels++
		}
	}
	if labels < 6 {
		t.Errorf("%d labels from %d questions", labels, len(seen))
	}
}

func TestForgetMe(t *testing.T) {
	t.Parallel()
	w, posts := liveWorld(t)
	c := w.do(fakediscord.Interaction{Command: "privacy", Sub: "forget-me"})
	done := w.do(fakediscord.Interaction{MessageID: c.Answer().ID, CustomID: discord.CustomID(actionForget)})
	if !strings.Contains(done.Answer().Content, "I deleted 1 vote") {
		t.Errorf("answer %q", done.Answer().Content)
	}
	if got := w.vote(posts[0].ID, w.ben); got != 0 {
		t.Errorf("the vote is still there: %d", got)
	}
	// A reaction still stands on Discord, where a comparison finds it.
	if err := w.discord.React(w.cy, w.channel, posts[1].MessageID, "👍"); err != nil {
		t.Fatal(err)
	}
	w.settle()
	c = w.do(fakediscord.Interaction{MemberID: w.cy, Command: "privacy", Sub: "forget-me"})
	w.do(fakediscord.Interaction{MemberID: w.cy, MessageID: c.Answer().ID, CustomID: discord.CustomID(actionForget)})
	w.bot.comparison.all(w.ctx, missedYoung)
	w.settle()
	if got := w.vote(posts[1].ID, w.cy); got != 0 {
		t.Errorf("a comparison brought the forgotten vote back: %d", got)
	}
	w.reacts(t) // what is done from now on counts
}

// TestTokenStaysInside runs everything at the most verbose level and looks for
// the token in all that came out.
func TestTokenStaysInside(t *testing.T) {
	const token = "MTA1NDk3.GhJk2L.abcdefghijklmnopqrstuvwxyz0123456789AB"
	w := newWorld(t, withDiscord(func(o *fakediscord.Options) { o.Token = token }), withBot(func(o *Options) { o.Sleep = hurried }))
	w.deliver(1)
	w.discord.CutGateway()
	w.until("it is back", w.bot.Connected)
	w.reacts(t)
	w.discord.Break(func(r *http.Request) *fakediscord.Fault { return &fakediscord.Fault{Status: 403} })
	w.clock.add(time.Hour)
	w.slot(w.guild, w.channel, w.clock.Now(), 1, nil)
	if err := w.bot.Deliver(w.ctx, w.guild); err != nil && strings.Contains(err.Error(), token) {
		t.Error("an error holds the token")
	}
	if strings.Contains(w.log.String(), token) {
		t.Error("the log holds the token")
	}
}

// TestDiscordSaysWhoRanks: /status and /retrain say as taste.Ranker does that the rule
// ranks though there is a model.
func TestDiscordSaysWhoRanks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.stages.retrain = func(context.Context, pipeline.Progress) (catalog.Run, error) {
		return catalog.Run{Said: "it ranks by the rule", Counts: map[string]int{"votes": 12, "model": 1, "promoted": 1}}, nil
	}
	for i, rule := range []string{taste.RuleNoBetter, taste.RuleFew, taste.RuleOneClass} {
		card, err := json.Marshal(taste.Card{Rule: rule})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.catalog.SaveModel(t.Context(), w.guild, card, [][]byte{[]byte("model")}, true); err != nil {
			t.Fatal(err)
		}
		want := taste.Ranker{Champion: i + 1, Rule: rule}.String()
		for _, command := range []string{"status", "retrain"} {
			w.untilSaid(w.do(fakediscord.Interaction{MemberID: w.admin, Command: command}), want)
		}
	}
}
