package bot

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"slices"
	"strings"
	"time"

	"cratedigger/bot/chart"
	"cratedigger/bot/discord"
	"cratedigger/pipeline"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/pick"
	"cratedigger/pipeline/youtube"
)

// memberCommands are the commands that every member may use.
type memberCommands struct {
	stages Scores
	store  Catalog
	votes  *voteWriter
	cool   *cooldowns
	log    *slog.Logger
	now    func() time.Time
}

// recommend shows the member the best videos that were not posted yet. The next
// slot may still pick them.
func (m *memberCommands) recommend(ctx context.Context, c *call) error {
	if err := c.later(ctx); err != nil {
		return err
	}
	n := c.in.Options().Number("count", 3, 1, mostRecommended)
	ranked, err := m.stages.Rank(ctx, c.guild.ID, 0)
	if err != nil {
		return fmt.Errorf("the videos could not be ranked: %w", err)
	}
	ranked = slices.DeleteFunc(ranked, func(r pipeline.Ranked) bool { return r.Posted })
	if len(ranked) == 0 {
		return c.say(ctx, "recommend.none")
	}
	lines := []string{c.l.Say("recommend.heading", "n", min(n, len(ranked)))}
	for _, r := range ranked[:min(n, len(ranked))] {
		line := fmt.Sprintf("**%s** · %s\n", discord.Title(r.Video.Title, limitTitle), discord.Title(r.Video.Channel, limitChannel))
		if why := reasons(c.l, r.Reasons); len(why) > 0 {
			line += strings.Join(why, " · ") + "\n"
		}
		lines = append(lines, line+youtube.WatchURL(r.Video.ID))
	}
	return c.reply(ctx, discord.Message{Content: discord.Join(lines, "\n\n")})
}

// videoID reads the option "link": a YouTube link or an id.
func (c *call) videoID() (string, error) {
	link := c.in.Options().Text("link")
	videoID, ok := youtube.ParseID(link)
	if !ok {
		return "", problem("error.no_link", "link", discord.Title(link, limitTitle))
	}
	return videoID, nil
}

// predict reads a video now and shows its score.
func (m *memberCommands) predict(ctx context.Context, c *call) error {
	videoID, err := c.videoID()
	if err != nil {
		return err
	}
	key := "predict/" + c.guild.ID + "/" + c.in.UserID()
	if err := m.cool.take(key, coolPredict); err != nil {
		return err
	}
	if err := c.later(ctx); err != nil {
		return err
	}
	x, err := m.stages.Predict(ctx, c.guild.ID, videoID)
	if err != nil {
		if _, read := errors.AsType[*pipeline.VideoError](err); !read {
			m.cool.give(key)
		}
		return fmt.Errorf("the video could not be scored: %w", err)
	}
	return c.reply(ctx, c.explained(x, "predict"))
}

// seed proposes a video: it becomes a candidate with the member's credit. What would
// not be picked is refused, and what another member has proposed is that member's.
func (m *memberCommands) seed(ctx context.Context, c *call) error {
	videoID, err := c.videoID()
	if err != nil {
		return err
	}
	key := "seed/" + c.guild.ID + "/" + c.in.UserID()
	if err := m.cool.take(key, coolSeed); err != nil {
		return err
	}
	if err := c.later(ctx); err != nil {
		return err
	}
	video, credit, err := m.stages.Seed(ctx, c.guild.ID, videoID, c.in.UserID())
	title, channel := discord.Title(video.Title, limitTitle), discord.Title(video.Channel, limitChannel)
	if err != nil {
		if refused, ok := errors.AsType[*pipeline.RefusedError](err); ok {
			return c.say(ctx, "seed.refused", "title", title, "channel", channel, "why", c.refusal(refused.Why))
		}
		if _, read := errors.AsType[*pipeline.VideoError](err); !read {
			m.cool.give(key)
		}
		return fmt.Errorf("the video could not be read: %w", err)
	}
	if credit != c.in.UserID() {
		return c.say(ctx, "seed.known", "title", title, "channel", channel, "member", cmp.Or(mention(credit), c.l.Say("seed.somebody")))
	}
	return c.say(ctx, "seed.done", "title", title, "channel", channel)
}

// refusal says why a video is not picked, to follow its title.
func (c *call) refusal(why pick.Refusal) string {
	if why.Bar == pick.BarStatus {
		return c.videoStatus(why.Status)
	}
	return c.l.Say("refused."+string(why.Bar), "word", discord.Title(why.Word, limitTitle), "min", c.guild.MinSeconds, "max", c.guild.MaxSeconds)
}

// videoStatus says why YouTube does not show a video, or that it is not known.
func (c *call) videoStatus(s youtube.Status) string {
	if key := "video." + string(s); c.l.Has(key) {
		return c.l.Say(key)
	}
	return c.l.Say("video.other")
}

// why explains the video of a link, or without one the guild's last pick.
func (m *memberCommands) why(ctx context.Context, c *call) error {
	if c.in.Options().Text("link") != "" {
		videoID, err := c.videoID()
		if err != nil {
			return err
		}
		return m.explain(ctx, c, videoID)
	}
	posts, err := m.store.Posts(c.guild.ID, m.now().AddDate(0, 0, -30))
	if err != nil {
		return fmt.Errorf("the posts could not be read: %w", err)
	}
	for _, p := range slices.Backward(posts) {
		if p.State == catalog.StateSent {
			return m.explain(ctx, c, p.VideoID, p.Reasons...)
		}
	}
	return problem("why.none")
}

// whyPick is the button of a pick.
func (m *memberCommands) whyPick(ctx context.Context, c *call) error {
	post, err := c.post(m.store, c.id.Arg(0))
	if err != nil {
		return err
	}
	return m.explain(ctx, c, post.VideoID, post.Reasons...)
}

// explain says what moved a video's score. posted is the reasons of its post: they
// tell whether it was picked as the wildcard, to explore, or as a proposal.
func (m *memberCommands) explain(ctx context.Context, c *call, videoID string, posted ...catalog.Reason) error {
	if _, ok, err := m.store.Video(videoID); err != nil {
		return fmt.Errorf("a video could not be read: %w", err)
	} else if !ok {
		return problem("why.unknown")
	}
	if err := c.later(ctx); err != nil {
		return err
	}
	x, err := m.stages.Explain(ctx, c.guild.ID, videoID)
	if err != nil {
		return fmt.Errorf("the score could not be explained: %w", err)
	}
	answer := c.explained(x, "why")
	for _, r := range posted {
		switch r.Kind {
		case catalog.ReasonWildcard:
			answer.Content = c.l.Say("why.wildcard") + "\n" + answer.Content
		case catalog.ReasonExplore:
			answer.Content = c.l.Say("why.explore") + "\n" + answer.Content
		case catalog.ReasonSeed:
			answer.Content = c.l.Reason(r, discord.Title, mention) + "\n" + answer.Content
		}
	}
	return c.reply(ctx, answer)
}

// shownParts is how many contributions are put into words and bars.
const shownParts = 8

// explained is a score in words, with a chart of what moved it.
func (c *call) explained(x pipeline.Explanation, key string) discord.Message {
	var b strings.Builder
	fmt.Fprintf(&b, "**%s** · %s\n", discord.Title(x.Video.Title, limitTitle), discord.Title(x.Video.Channel, limitChannel))
	switch {
	case x.ModelVersion == 0:
		b.WriteString(c.l.Say(key+".rule", "percent", percent(x.Score)))
	default:
		b.WriteString(c.l.Say(key+".model", "percent", percent(x.Score), "version", x.ModelVersion))
	}
	for i, sign := range []float64{1, -1} {
		var words []string
		for _, p := range x.Parts {
			if p.Weight*sign > 0 && !p.Minor && len(words) < shownParts/2 {
				words = append(words, c.part(p))
			}
		}
		if len(words) > 0 {
			b.WriteString("\n" + c.l.Say([]string{"why.for", "why.against"}[i], "list", strings.Join(words, ", ")))
		}
	}
	m := discord.Message{Content: discord.Cut(b.String(), discord.LimitContent-100) + "\n<" + youtube.WatchURL(x.Video.ID) + ">"}
	m.File = c.partsChart(c.l.Say("chart.why"), x.Parts[:min(len(x.Parts), shownParts)])
	return m
}

// part is one contribution in words, with what the video has there.
func (c *call) part(p pipeline.Part) string {
	name := c.l.Part(p, discord.Title)
	if p.Value != "" {
		name += " (" + discord.Title(p.Value, 40) + ")"
	}
	return name
}

// partsChart draws contributions as bars to both sides, in the dark colours that
// most members see Discord in. It is nil when there is nothing to draw or drawing
// fails: the words say the same.
func (c *call) partsChart(name string, parts []pipeline.Part) *discord.File {
	if len(parts) == 0 {
		return nil
	}
	bars := chart.BarChart{Title: name, X: chart.Axis{Label: c.l.Say("chart.weight")}, Signed: true}
	for _, p := range parts {
		bars.Bars = append(bars.Bars, chart.Bar{Label: c.l.Part(p, discord.Plain), Note: discord.Plain(p.Value, 24), Value: p.Weight})
	}
	drawn := chart.Bars(bars)
	png, err := drawn.PNG(chart.Dark, 2)
	if err != nil {
		c.log.Warn("a chart could not be drawn", "guild", c.guild.ID, "error", err)
		return nil
	}
	return &discord.File{Name: "cratedigger.png", ContentType: "image/png", Reader: bytes.NewReader(png)}
}

// top shows what the guild liked most.
func (m *memberCommands) top(ctx context.Context, c *call) error {
	period := c.in.Options().Text("period")
	since := m.now().AddDate(0, 0, -7)
	switch period {
	case "month":
		since = m.now().AddDate(0, -1, 0)
	case "all":
		since = time.Time{}
	default:
		period = "week"
	}
	liked, votes, err := mostLiked(m.store, c.guild.ID, since, 10)
	if err != nil {
		return err
	}
	if len(liked) == 0 {
		return c.say(ctx, "top.none")
	}
	lines := []string{c.l.Say("top.heading."+period, "n", votes)}
	for i, item := range liked {
		lines = append(lines, fmt.Sprintf("%d. %s", i+1, itemLine(c.l, item)))
	}
	lines = append(lines, playAll(c.l, liked))
	return c.reply(ctx, discord.Message{Content: discord.Join(lines, "\n")})
}

// taste shows what the guild's model has learned.
func (m *memberCommands) taste(ctx context.Context, c *call) error {
	if err := c.later(ctx); err != nil {
		return err
	}
	t, err := m.stages.Taste(ctx, c.guild.ID)
	if err != nil {
		return fmt.Errorf("the taste could not be read: %w", err)
	}
	if t.ModelVersion == 0 {
		return c.say(ctx, "taste.none", "n", t.Votes)
	}
	lines := []string{c.l.Say("taste.heading", "n", t.Votes, "version", t.ModelVersion)}
	for _, group := range []struct {
		key   string
		parts []pipeline.Part
	}{{"words", t.Words}, {"channels", t.Channels}, {"facts", t.Facts}} {
		for _, sign := range []float64{1, -1} {
			var names []string
			for _, p := range group.parts {
				if p.Weight*sign > 0 && len(names) < 6 {
					names = append(names, c.part(p))
				}
			}
			if len(names) > 0 {
				side := "likes"
				if sign < 0 {
					side = "dislikes"
				}
				lines = append(lines, c.l.Say("taste."+group.key+"."+side, "list", strings.Join(names, ", ")))
			}
		}
	}
	all := slices.Concat(t.Words, t.Channels, t.Facts)
	slices.SortStableFunc(all, func(a, b pipeline.Part) int { return cmp.Compare(math.Abs(b.Weight), math.Abs(a.Weight)) })
	return c.reply(ctx, discord.Message{Content: discord.Join(lines, "\n"), File: c.partsChart(c.l.Say("chart.taste"), all[:min(len(all), 12)])})
}

// privacy shows what the bot keeps of a member, or offers to delete it.
func (m *memberCommands) privacy(ctx context.Context, c *call) error {
	sub, _ := c.in.Subcommand()
	if sub == "forget-me" {
		return c.reply(ctx, discord.Message{Content: c.l.Say("privacy.sure"), Components: []discord.Component{
			discord.Row{Components: []discord.Component{
				discord.Button{Style: discord.ButtonDanger, Label: c.l.Say("privacy.forget"), CustomID: discord.CustomID(actionForget)}}}}})
	}
	votes, err := m.store.MemberVotes(c.guild.ID, c.in.UserID())
	if err != nil {
		return fmt.Errorf("your votes could not be read: %w", err)
	}
	lines := []string{c.l.Say("privacy.kept"), c.l.Say("privacy.votes", "n", len(votes))}
	slices.SortFunc(votes, func(a, b catalog.Vote) int { return b.At.Compare(a.At) })
	for _, v := range votes[:min(len(votes), 10)] {
		emoji := emojiDown
		if v.Value > 0 {
			emoji = emojiUp
		}
		lines = append(lines, fmt.Sprintf("%s <%s> %s", emoji, youtube.WatchURL(v.VideoID), moment(v.At)))
	}
	return c.reply(ctx, discord.Message{Content: discord.Join(lines, "\n")})
}

// forget deletes everything of a member, in all guilds.
func (m *memberCommands) forget(ctx context.Context, c *call) error {
	if err := m.votes.flush(ctx); err != nil {
		return err
	}
	n, err := m.store.ForgetMember("", c.in.UserID())
	if err != nil {
		return fmt.Errorf("your votes could not be deleted: %w", err)
	}
	m.log.Info("a member asked to be forgotten", "guild", c.guild.ID, "votes", n)
	return c.update(ctx, discord.Message{Content: c.l.Say("privacy.forgotten", "n", n), Bare: true})
}
