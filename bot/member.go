package bot

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"cratedigger/bot/discord"
	"cratedigger/pipeline"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/youtube"
)

// recommend shows the best videos that were not posted yet, to the member
// alone. Nothing is used up: the next slot may pick them.
func (b *Bot) recommend(ctx context.Context, c *call) error {
	if err := c.later(ctx); err != nil {
		return err
	}
	n := c.in.Options().Number("count", 3, 1, mostRecommended)
	ranked, err := b.opts.Stages.Rank(ctx, c.guild.ID, 0)
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

// videoID reads the option "link": a link of YouTube's or an id.
func (c *call) videoID() (string, error) {
	link := c.in.Options().Text("link")
	videoID, ok := youtube.ParseID(link)
	if !ok {
		return "", problem("error.no_link", "link", discord.Title(link, limitTitle))
	}
	return videoID, nil
}

// cooled claims a costly thing or says how long to wait.
func (c *call) cooled(key string, d time.Duration) error {
	if wait := c.b.cool.take(key, c.b.now(), d); wait > 0 {
		return problem("error.cooldown", "when", relative(c.b.now().Add(wait)))
	}
	return nil
}

// predict reads a video now and shows its score.
func (b *Bot) predict(ctx context.Context, c *call) error {
	videoID, err := c.videoID()
	if err != nil {
		return err
	}
	key := "predict/" + c.guild.ID + "/" + c.in.UserID()
	if err := c.cooled(key, coolPredict); err != nil {
		return err
	}
	if err := c.later(ctx); err != nil {
		return err
	}
	x, err := b.opts.Stages.Predict(ctx, c.guild.ID, videoID)
	if err != nil {
		b.cool.give(key)
		return fmt.Errorf("the video could not be scored: %w", err)
	}
	return c.reply(ctx, c.explained(x, "predict"))
}

// seed proposes a video: it becomes a candidate with the member's credit.
func (b *Bot) seed(ctx context.Context, c *call) error {
	videoID, err := c.videoID()
	if err != nil {
		return err
	}
	key := "seed/" + c.guild.ID + "/" + c.in.UserID()
	if err := c.cooled(key, coolSeed); err != nil {
		return err
	}
	if err := c.later(ctx); err != nil {
		return err
	}
	video, err := b.opts.Stages.Seed(ctx, c.guild.ID, videoID, c.in.UserID())
	if err != nil {
		b.cool.give(key)
		return fmt.Errorf("the video could not be read: %w", err)
	}
	return c.say(ctx, "seed.done", "title", discord.Title(video.Title, limitTitle), "channel", discord.Title(video.Channel, limitChannel))
}

// why explains a pick: the one a link names, else the guild's last one.
func (b *Bot) why(ctx context.Context, c *call) error {
	if c.in.Options().Text("link") != "" {
		videoID, err := c.videoID()
		if err != nil {
			return err
		}
		return b.explain(ctx, c, videoID)
	}
	posts, err := b.opts.Catalog.Posts(c.guild.ID, b.now().AddDate(0, 0, -30))
	if err != nil {
		return fmt.Errorf("the posts could not be read: %w", err)
	}
	for _, p := range slices.Backward(posts) {
		if p.State == catalog.StateSent {
			return b.explain(ctx, c, p.VideoID, p.Reasons...)
		}
	}
	return problem("why.none")
}

// onWhy is the button of a pick.
func (b *Bot) onWhy(ctx context.Context, c *call) error {
	post, err := c.post(c.id.Arg(0))
	if err != nil {
		return err
	}
	return b.explain(ctx, c, post.VideoID, post.Reasons...)
}

// explain says what moved a video's score, and of a pick, by the reasons of its
// post, whether something else than its score brought it there.
func (b *Bot) explain(ctx context.Context, c *call, videoID string, posted ...catalog.Reason) error {
	if _, ok, err := b.opts.Catalog.Video(videoID); err != nil {
		return fmt.Errorf("a video could not be read: %w", err)
	} else if !ok {
		return problem("why.unknown")
	}
	if err := c.later(ctx); err != nil {
		return err
	}
	x, err := b.opts.Stages.Explain(ctx, c.guild.ID, videoID)
	if err != nil {
		return fmt.Errorf("the score could not be explained: %w", err)
	}
	m := c.explained(x, "why")
	for _, r := range posted {
		switch r.Kind {
		case catalog.ReasonWildcard:
			m.Content = c.l.Say("why.wildcard") + "\n" + m.Content
		case catalog.ReasonExplore:
			m.Content = c.l.Say("why.explore") + "\n" + m.Content
		case catalog.ReasonSeed:
			m.Content = reason(c.l, r) + "\n" + m.Content
		}
	}
	return c.reply(ctx, m)
}

// shownParts is how many contributions are put into words and bars.
const shownParts = 8

// explained is a score in words and, where there is something to draw, a
// small chart.
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

// part is one contribution in words.
func (c *call) part(p pipeline.Part) string {
	name := discord.Title(p.Name, 40)
	switch p.Kind {
	case pipeline.PartWord:
		name = "‘" + name + "’"
	case pipeline.PartFact:
		name = factName(c.l, p.Name)
	case pipeline.PartLike:
		name = c.l.Say("reason.like", "title", name)
		if p.Weight < 0 { // and all other liked videos even less
			name = c.l.Say("part.unlike")
		}
	case pipeline.PartRest:
		name = c.l.Say("part.rest")
	}
	if p.Value != "" {
		name += " (" + discord.Title(p.Value, 40) + ")"
	}
	return name
}

// top shows what the guild liked most.
func (b *Bot) top(ctx context.Context, c *call) error {
	period := c.in.Options().Text("period")
	since := b.now().AddDate(0, 0, -7)
	switch period {
	case "month":
		since = b.now().AddDate(0, -1, 0)
	case "all":
		since = time.Time{}
	default:
		period = "week"
	}
	liked, votes, err := b.mostLiked(c.guild.ID, since, 10)
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
func (b *Bot) taste(ctx context.Context, c *call) error {
	if err := c.later(ctx); err != nil {
		return err
	}
	t, err := b.opts.Stages.Taste(ctx, c.guild.ID)
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
	slices.SortStableFunc(all, func(a, b pipeline.Part) int { return strongerFirst(a.Weight, b.Weight) })
	return c.reply(ctx, discord.Message{Content: discord.Join(lines, "\n"), File: c.partsChart(c.l.Say("chart.taste"), all[:min(len(all), 12)])})
}

// strongerFirst orders weights by their size.
func strongerFirst(a, b float64) int {
	a, b = max(a, -a), max(b, -b)
	switch {
	case a > b:
		return -1
	case a < b:
		return 1
	}
	return 0
}

// help says what the bot is and which commands there are.
func (b *Bot) help(ctx context.Context, c *call) error {
	lines := []string{c.l.Say("help.intro"), ""}
	for _, s := range specs {
		if s.onMessage || s.admin && !c.in.Manages() {
			continue
		}
		lines = append(lines, fmt.Sprintf("`/%s` %s", c.l.Say("command."+s.name+".name"), c.l.Say("command."+s.name)))
	}
	return c.reply(ctx, discord.Message{Content: discord.Join(append(lines, "", c.l.Say("help.privacy")), "\n")})
}

// privacy shows or deletes what is kept of a member.
func (b *Bot) privacy(ctx context.Context, c *call) error {
	sub, _ := c.in.Subcommand()
	if sub == "forget-me" {
		return c.reply(ctx, discord.Message{Content: c.l.Say("privacy.sure"), Components: []discord.Component{
			discord.Row{Components: []discord.Component{
				discord.Button{Style: discord.ButtonDanger, Label: c.l.Say("privacy.forget"), CustomID: discord.CustomID(actionForget)}}}}})
	}
	votes, err := b.opts.Catalog.MemberVotes(c.guild.ID, c.in.UserID())
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

// onForget deletes everything of a member, everywhere.
func (b *Bot) onForget(ctx context.Context, c *call) error {
	if err := b.votes.flush(ctx); err != nil {
		return err
	}
	n, err := b.opts.Catalog.ForgetMember("", c.in.UserID())
	if err != nil {
		return fmt.Errorf("your votes could not be deleted: %w", err)
	}
	b.votes.forget(c.in.UserID())
	b.skipped.forget(c.in.UserID()) // a cool-down names the member for another minute at most
	b.log.Info("a member asked to be forgotten", "guild", c.guild.ID, "votes", n)
	return c.update(ctx, discord.Message{Content: c.l.Say("privacy.forgotten", "n", n), Bare: true})
}
