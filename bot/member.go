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
	"cratedigger/pipeline/song"
	"cratedigger/pipeline/youtube"
)

// memberCommands are the commands that every member may use.
type memberCommands struct {
	stages  Scores
	store   Catalog
	votes   *voteWriter
	skipped *skips
	imports *imports
	cool    *cooldowns
	people  *discord.People
	log     *slog.Logger
	now     func() time.Time
}

// recommend shows the member the best videos that were not posted yet and that
// they have not voted on. The next slot may still pick them.
func (m *memberCommands) recommend(ctx context.Context, c *call) error {
	if err := m.cool.take("rank/"+c.guild.ID+"/"+c.in.UserID(), coolRank); err != nil {
		return err
	}
	if err := c.later(ctx); err != nil {
		return err
	}
	n := c.in.Options().Number("count", 3, 1, mostSongs)
	artist := discord.Plain(c.in.Options().Text("artist"), discord.LimitChoice)
	if artist == "" {
		ranked, err := m.stages.Rank(ctx, c.guild.ID, c.in.UserID(), 0)
		if err != nil {
			return fmt.Errorf("the videos could not be ranked: %w", err)
		}
		return c.songs(ctx, ranked, n, "recommend.heading", "recommend.none")
	}
	ranked, err := m.stages.ByArtist(ctx, c.guild.ID, artist, c.in.UserID(), 0)
	if err != nil {
		return fmt.Errorf("the songs of an artist could not be ranked: %w", err)
	}
	if len(ranked) > 0 { // as its songs write the name
		for _, name := range ranked[0].Video.Performers() {
			if song.ArtistKey(name) == song.ArtistKey(artist) {
				artist = name
			}
		}
	}
	return c.songs(ctx, ranked, n, "recommend.artist.heading", "recommend.artist.none", "artist", discord.Title(artist, limitChannel))
}

// complete completes the options of /recommend.
func (m *memberCommands) complete(ctx context.Context, c *call) ([]choice, error) {
	name, typed := c.in.Options().Focused()
	if name != "artist" {
		return nil, nil
	}
	return artistChoices(ctx, m.stages, c.guild.ID, typed)
}

// likeShown is how many songs "More like this" shows.
const likeShown = 3

// like is "More like this": songs that are like a pick and were not posted yet.
func (m *memberCommands) like(ctx context.Context, c *call) error {
	post, err := c.post(ctx, m.store, c.id.Arg(0))
	if err != nil {
		return err
	}
	video, ok, err := m.store.Video(ctx, post.VideoID)
	if err != nil {
		return fmt.Errorf("a video could not be read: %w", err)
	} else if !ok {
		return problem("error.no_post")
	}
	if err := m.cool.take("rank/"+c.guild.ID+"/"+c.in.UserID(), coolRank); err != nil {
		return err
	}
	if err := c.later(ctx); err != nil {
		return err
	}
	ranked, err := m.stages.Like(ctx, c.guild.ID, post.VideoID, c.in.UserID(), 0)
	if err != nil {
		return fmt.Errorf("what is like a pick could not be ranked: %w", err)
	}
	name, _ := video.Named()
	return c.songs(ctx, ranked, likeShown, "like.heading", "like.none", "title", discord.Title(name, limitTitle))
}

// songs shows the first n of some songs that were not posted yet, under a heading, or
// says that there are none; args are those of both texts.
func (c *call) songs(ctx context.Context, ranked []pipeline.Ranked, n int, heading, none string, args ...any) error {
	ranked = slices.DeleteFunc(ranked, func(r pipeline.Ranked) bool { return r.Posted })
	if len(ranked) == 0 {
		return c.say(ctx, none, args...)
	}
	ranked = ranked[:min(n, len(ranked))]
	lines := []string{c.l.Say(heading, append(args, "n", len(ranked))...)}
	var ids []string
	for i, r := range ranked {
		ids = append(ids, r.Video.ID)
		address := youtube.WatchURL(r.Video.ID)
		if len(ranked) > likeShown { // the players of many would part the list from its buttons
			address = "<" + address + ">"
		}
		line := headline(r.Video, address, strings.Join(reasons(c.l, r.Reasons), " · "))
		if len(ranked) > 1 {
			line = fmt.Sprintf("%d. %s", i+1, line)
		}
		lines = append(lines, line)
	}
	return c.reply(ctx, discord.Message{Content: discord.Join(lines, "\n\n"), Components: songRows(ids, nil)})
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

// unused returns a claim, unless the page was read and only holds no video: it
// was one of the day's pages all the same.
func (m *memberCommands) unused(key string, err error) {
	if _, read := errors.AsType[*pipeline.VideoError](err); !read {
		m.cool.give(key)
	}
}

// predict reads a video now and shows its score.
func (m *memberCommands) predict(ctx context.Context, c *call) error {
	videoID, err := c.videoID()
	if err != nil {
		return err
	}
	key := "predict/" + c.guild.ID + "/" + c.in.UserID()
	if err := m.cool.take(key, CoolPredict); err != nil {
		return err
	}
	if err := c.later(ctx); err != nil {
		return err
	}
	x, err := m.stages.Predict(ctx, c.guild.ID, videoID)
	if err != nil {
		m.unused(key, err)
		return fmt.Errorf("the video could not be scored: %w", err)
	}
	chance := c.l.Say("predict.rule", "percent", percent(x.Score))
	if x.ModelVersion > 0 {
		chance = c.l.Say("predict.model", "percent", percent(x.Score))
	}
	votes, err := standing(ctx, m.store, c.guild.ID, c.in.UserID())
	if err != nil {
		return err
	}
	answer := c.explained(x, chance)
	answer.Components = songRows([]string{videoID}, votes)
	return c.reply(ctx, answer)
}

// seed proposes a video: it becomes a candidate with the member's credit. A video
// that would not be picked is refused; one that another member proposed keeps that
// member's credit.
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
	name, by := video.Named()
	title, channel := discord.Title(name, limitTitle), discord.Title(by, limitChannel)
	if err != nil {
		if refused, ok := errors.AsType[*pipeline.RefusedError](err); ok {
			return c.say(ctx, "seed.refused", "title", title, "channel", channel, "why", c.refusal(refused.Why))
		}
		m.unused(key, err)
		return fmt.Errorf("the video could not be read: %w", err)
	}
	if credit != c.in.UserID() {
		if credit, err = nameable(ctx, m.store, credit); err != nil {
			return err
		}
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

// why explains a pick: the one a link names, else the guild's last one.
func (m *memberCommands) why(ctx context.Context, c *call) error {
	videoID := ""
	if c.in.Options().Text("link") != "" {
		var err error
		if videoID, err = c.videoID(); err != nil {
			return err
		}
	}
	posts, err := m.store.Posts(ctx, c.guild.ID, time.Time{})
	if err != nil {
		return fmt.Errorf("the posts could not be read: %w", err)
	}
	for _, p := range slices.Backward(posts) {
		if p.State == catalog.StateSent && (videoID == "" || p.VideoID == videoID) {
			return m.explain(ctx, c, p.VideoID, &p)
		}
	}
	if videoID == "" {
		return problem("why.none")
	}
	return m.explain(ctx, c, videoID, nil)
}

// whyPick is the button of a pick.
func (m *memberCommands) whyPick(ctx context.Context, c *call) error {
	post, err := c.post(ctx, m.store, c.id.Arg(0))
	if err != nil {
		return err
	}
	return m.explain(ctx, c, post.VideoID, &post)
}

// explain says what moves a video's score; if post is set, also the score when it
// was picked and whether it was picked for another reason.
func (m *memberCommands) explain(ctx context.Context, c *call, videoID string, post *catalog.Post) error {
	if _, ok, err := m.store.Video(ctx, videoID); err != nil {
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
	answer := c.explained(x, c.chance(x, post))
	if post == nil {
		return c.reply(ctx, answer)
	}
	named, err := withoutUnnamed(ctx, m.store, post.Reasons)
	if err != nil {
		return err
	}
	for _, r := range named {
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

// chance puts a score into words. If post is known to have had another score when it was
// picked, the text names that one too. post may be nil.
func (c *call) chance(x pipeline.Explanation, post *catalog.Post) string {
	now, learned := percent(x.Score), x.ModelVersion > 0
	then, knew := now, learned
	if post != nil && post.Policy != catalog.PolicyRecovered {
		then, knew = percent(post.Score), post.ModelVersion > 0
	}
	switch {
	case learned && !knew:
		return c.l.Say("why.since", "then", then, "percent", now)
	case learned && then != now:
		return c.l.Say("why.moved", "then", then, "percent", now)
	case learned:
		return c.l.Say("why.model", "percent", now)
	case !knew && then != now:
		return c.l.Say("why.rule.moved", "then", then, "percent", now)
	}
	return c.l.Say("why.rule", "percent", now)
}

const (
	shownParts   = 8 // contributions that are put into words and bars
	shownArtists = 3 // of a song
)

// explained puts a score into words, below the sentence chance, with a chart of the
// features that moved it.
func (c *call) explained(x pipeline.Explanation, chance string) discord.Message {
	var b strings.Builder
	b.WriteString(named(x.Video) + "\n" + chance)
	if x.Known && x.ModelVersion > 0 {
		b.WriteString(" " + c.l.Say("explain.known"))
	}
	if len(x.Video.Performers()) > 0 {
		for _, a := range x.Artists[:min(len(x.Artists), shownArtists)] {
			if a.Liked+a.Disliked > 0 {
				b.WriteString("\n" + c.l.Say("why.artist", "artist", discord.Title(a.Name, limitChannel), "votes", thumbs(a.Liked, a.Disliked)))
			}
		}
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
	m := discord.Message{Content: discord.Cut(b.String(), discord.LimitContent-100-limitNumbers) + "\n<" + youtube.WatchURL(x.Video.ID) + ">"}
	c.draw(&m, c.l.Say("chart.why"), x.Parts[:min(len(x.Parts), shownParts)])
	return m
}

// part is one contribution in words, with what the video has there.
func (c *call) part(p pipeline.Part) string {
	name := c.l.Part(p, discord.Title)
	if amount := c.l.Amount(p.Name, p.Number); amount != "" {
		name += " (" + amount + ")"
	}
	return name
}

// limitNumbers is how many UTF-16 units a message may spend on names that the
// chart's font cannot draw.
const limitNumbers = 800

// draw attaches contributions to a message as bars to both sides, in the dark
// colours that most of Discord has. Names that the picture's font lacks have
// numbers there, which the message explains. Nothing is attached when there is
// nothing to draw, or when drawing fails: the words say the same.
func (c *call) draw(m *discord.Message, name string, parts []pipeline.Part) {
	if len(parts) == 0 {
		return
	}
	bars := chart.BarChart{Title: name, X: chart.Axis{Label: c.l.Say("chart.weight")}, Signed: true}
	for _, p := range parts {
		bars.Bars = append(bars.Bars, chart.Bar{Label: c.l.Part(p, discord.Plain), Note: c.l.Amount(p.Name, p.Number), Value: p.Weight, Rest: p.Kind == pipeline.PartRest})
	}
	drawn := chart.Bars(bars)
	png, err := drawn.PNG(chart.Dark, 2)
	if err != nil {
		c.log.Warn("a chart could not be drawn", "guild", c.guild.ID, "error", err)
		return
	}
	m.File = &discord.File{Name: "cratedigger.png", ContentType: "image/png", Reader: bytes.NewReader(png)}
	var plain, titles []string
	for i, text := range drawn.Numbered() {
		plain = append(plain, fmt.Sprintf("[%d] %s", i+1, text))
		titles = append(titles, fmt.Sprintf("[%d] %s", i+1, discord.Title(text, 60)))
	}
	if m.Alt = drawn.Text(); len(plain) == 0 {
		return
	}
	// First, for the text may be cut.
	m.Alt = c.l.Say("chart.numbers", "list", strings.Join(plain, ", ")) + "\n" + m.Alt
	m.Content += discord.Cut("\n"+c.l.Say("chart.numbers", "list", strings.Join(titles, ", ")), limitNumbers)
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
	liked, votes, err := mostLiked(ctx, m.store, c.guild.ID, since, mostSongs)
	if err != nil {
		return err
	}
	if len(liked) == 0 {
		return c.say(ctx, "top.none")
	}
	mine, err := standing(ctx, m.store, c.guild.ID, c.in.UserID())
	if err != nil {
		return err
	}
	lines := []string{c.l.Say("top.heading."+period, "n", votes)}
	for i, item := range liked {
		lines = append(lines, fmt.Sprintf("%d. %s", i+1, itemLine(c.l, item)))
	}
	lines = append(lines, playAll(c.l, liked))
	return c.reply(ctx, discord.Message{Content: discord.Join(lines, "\n"), Components: songRows(itemIDs(liked), mine)})
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
		lines := append([]string{c.l.Say("taste.none", "n", t.Votes)}, c.artistLines(t.Artists)...)
		return c.reply(ctx, discord.Message{Content: discord.Join(lines, "\n")})
	}
	lines := append([]string{c.l.Say("taste.heading", "n", t.Learned)}, c.artistLines(t.Artists)...)
	for _, group := range []struct {
		key   string
		parts []pipeline.Part
	}{{"queries", t.Queries}, {"channels", t.Channels}, {"words", t.Words}} {
		for i, sign := range []float64{1, -1} {
			if list := c.tasteList(group.parts, func(p pipeline.Part) string {
				switch {
				case p.Weight*sign <= 0:
					return ""
				case p.Kind == pipeline.PartQuery:
					return "‘" + discord.Title(p.Name, 40) + "’"
				}
				return c.part(p)
			}); list != "" {
				lines = append(lines, c.l.Say("taste."+group.key+[]string{".likes", ".dislikes"}[i], "list", list))
			}
		}
	}
	if list := c.tasteList(t.Facts, c.l.Prefers); list != "" {
		lines = append(lines, c.l.Say("taste.facts", "list", list))
	}
	all := slices.Concat(t.Queries, t.Channels, t.Words)
	slices.SortStableFunc(all, func(a, b pipeline.Part) int { return cmp.Compare(math.Abs(b.Weight), math.Abs(a.Weight)) })
	answer := discord.Message{Content: discord.Cut(discord.Join(lines, "\n"), discord.LimitContent-limitNumbers)}
	c.draw(&answer, c.l.Say("chart.taste"), all[:min(len(all), 12)])
	return c.reply(ctx, answer)
}

// artistLines names the artists that the guild likes, and those that it does not, with
// how many of their songs it liked and disliked.
func (c *call) artistLines(artists []pipeline.ArtistRecord) (lines []string) {
	for _, likes := range []bool{true, false} {
		var said []string
		for _, a := range artists {
			if (a.Liked > a.Disliked) == likes && len(said) < 6 {
				said = append(said, fmt.Sprintf("%s (%s)", discord.Title(a.Name, 40), thumbs(a.Liked, a.Disliked)))
			}
		}
		if key := map[bool]string{true: "taste.artists.likes", false: "taste.artists.dislikes"}[likes]; len(said) > 0 {
			lines = append(lines, c.l.Say(key, "list", strings.Join(said, ", ")))
		}
	}
	return lines
}

// tasteList is the strongest of some parts as say words them, "" for none.
func (c *call) tasteList(parts []pipeline.Part, say func(pipeline.Part) string) string {
	var said []string
	for _, p := range parts {
		if name := say(p); name != "" && len(said) < 6 && !slices.Contains(said, name) {
			said = append(said, name)
		}
	}
	return strings.Join(said, ", ")
}

// privacy shows what the bot keeps of a member, or offers to delete it.
func (m *memberCommands) privacy(ctx context.Context, c *call) error {
	sub, _ := c.in.Subcommand()
	if sub == "forget-me" {
		return c.reply(ctx, discord.Message{Content: c.l.Say("privacy.sure"), Components: []discord.Component{
			discord.Row{Components: []discord.Component{
				discord.Button{Style: discord.ButtonDanger, Label: c.l.Say("privacy.forget"), CustomID: discord.CustomID(actionForget)}}}}})
	}
	votes, err := m.store.MemberVotes(ctx, c.guild.ID, c.in.UserID())
	if err != nil {
		return fmt.Errorf("your votes could not be read: %w", err)
	}
	told, err := m.store.Preferences(ctx, c.guild.ID, c.in.UserID())
	if err != nil {
		return fmt.Errorf("what you told could not be read: %w", err)
	}
	lines := []string{c.l.Say("privacy.kept"), c.l.Say("privacy.seen")}
	if len(told) > 0 {
		lines = append(lines, c.l.Say("privacy.told", "n", len(told)))
	}
	lines = append(lines, c.l.Say("privacy.votes", "n", len(votes)))
	slices.SortFunc(votes, func(a, b catalog.Vote) int { return b.At.Compare(a.At) })
	for _, v := range votes[:min(len(votes), 10)] {
		emoji := emojiDown
		if v.Value > 0 {
			emoji = emojiUp
		}
		lines = append(lines, fmt.Sprintf("%s <%s> %s", emoji, youtube.WatchURL(v.VideoID), moment(v.At)))
	}
	duels, err := m.store.Duels(ctx, c.guild.ID)
	if err != nil {
		return fmt.Errorf("your answers to duels could not be read: %w", err)
	}
	if n := len(slices.DeleteFunc(duels, func(d catalog.Duel) bool { return d.MemberID != c.in.UserID() })); n > 0 {
		lines = append(lines, c.l.Say("privacy.duels", "n", n))
	}
	unnamed, err := m.store.Unnamed(ctx, c.in.UserID())
	if err != nil {
		return fmt.Errorf("whether you may be named could not be read: %w", err)
	}
	lines = append(lines, c.l.Say(map[bool]string{true: "privacy.unnamed", false: "privacy.named"}[unnamed]))
	return c.reply(ctx, discord.Message{Content: discord.Join(lines, "\n"), Components: c.nameRow(unnamed)})
}

// nameRow is the button by which members say whether they may be named.
func (c *call) nameRow(unnamed bool) []discord.Component {
	label, wish := "privacy.unname", "off"
	if unnamed {
		label, wish = "privacy.name", "on"
	}
	return []discord.Component{discord.Row{Components: []discord.Component{
		discord.Button{Style: discord.ButtonSecondary, Label: c.l.Say(label), CustomID: discord.CustomID(actionName, wish)}}}}
}

// nameMe keeps whether the member may be named with what they proposed.
func (m *memberCommands) nameMe(ctx context.Context, c *call) error {
	wish := c.id.Arg(0)
	if wish != "on" && wish != "off" {
		return problem("error.unknown")
	}
	unnamed := wish == "off"
	if err := m.store.SetUnnamed(ctx, c.in.UserID(), unnamed); err != nil {
		return fmt.Errorf("your wish could not be kept: %w", err)
	}
	key := map[bool]string{true: "privacy.unnamed", false: "privacy.named"}[unnamed]
	return c.update(ctx, discord.Message{Content: c.l.Say(key), Components: c.nameRow(unnamed)})
}

// forget deletes everything of a member, in all guilds.
func (m *memberCommands) forget(ctx context.Context, c *call) error {
	if err := m.votes.flush(ctx); err != nil {
		return err
	}
	n, err := m.store.ForgetMember(ctx, "", c.in.UserID())
	if err != nil {
		return fmt.Errorf("your votes could not be deleted: %w", err)
	}
	m.votes.forget(c.in.UserID())
	m.skipped.forget(c.in.UserID())
	m.imports.forget(c.in.UserID())
	m.cool.forget(c.in.UserID())
	m.people.Forget(c.in.UserID())
	m.log.Info("a member asked to be forgotten", "guild", c.guild.ID, "votes", n)
	return c.update(ctx, discord.Message{Content: c.l.Say("privacy.forgotten", "n", n) + "\n" + c.l.Say("privacy.reactions"), Bare: true})
}
