package bot

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"cratedigger/bot/discord"
	"cratedigger/pipeline"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/youtube"
)

// labelRound is how many videos one /label asks about.
const labelRound = 10

// labelling is /label and the buttons under its questions.
type labelling struct {
	stages  Scores
	store   Catalog
	votes   *voteWriter
	now     func() time.Time
	skipped skips
}

// skips is the videos that members were asked about lately, so that a skipped one
// is not asked about again at once. A restart forgets them.
type skips struct {
	mu  sync.Mutex
	all map[string][]string
}

// add notes videos and returns the newest ones of the member.
func (s *skips) add(key string, videoIDs ...string) []string {
	const members, videos = 1000, 100
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.all == nil || len(s.all) >= members && s.all[key] == nil {
		s.all = map[string][]string{}
	}
	list := append(s.all[key], videoIDs...)
	s.all[key] = list[max(0, len(list)-videos):]
	return slices.Clone(s.all[key])
}

// forget drops what a member was asked about, in every guild.
func (s *skips) forget(memberID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	maps.DeleteFunc(s.all, func(key string, _ []string) bool { return strings.HasSuffix(key, "/"+memberID) })
}

// ask asks the member about what the guild would be asked next, one by one.
func (a *labelling) ask(ctx context.Context, c *call) error {
	if err := c.later(ctx); err != nil {
		return err
	}
	m, err := a.next(ctx, c, labelRound, nil)
	if err != nil {
		return err
	}
	return c.reply(ctx, m)
}

// answer takes one answer and asks the next.
func (a *labelling) answer(ctx context.Context, c *call) error {
	videoID, ok := youtube.ParseID(c.id.Arg(0))
	left, err := strconv.Atoi(c.id.Arg(2))
	if !ok || err != nil || left < 1 || left > labelRound {
		return problem("error.unknown")
	}
	// A member can send any custom id: only labels of the guild's finds are stored.
	if _, asked, err := a.store.Find(ctx, c.guild.ID, videoID); err != nil {
		return fmt.Errorf("a find could not be read: %w", err)
	} else if !asked {
		return problem("error.unknown")
	}
	if answer := c.id.Arg(1); answer == "u" || answer == "d" {
		// The later answer counts, so it takes the other flag away.
		at := a.now()
		change := catalog.VoteChange{GuildID: c.guild.ID, VideoID: videoID, MemberID: c.in.UserID(), Up: answer != "u", Source: catalog.SourceImport, At: at}
		set := change
		set.Up, set.Set = answer == "u", true
		if err := a.votes.apply(ctx, change, set); err != nil {
			return fmt.Errorf("a label could not be stored: %w", err)
		}
	}
	return a.further(ctx, c, left, videoID)
}

// further asks the next question after one about some videos, or ends.
func (a *labelling) further(ctx context.Context, c *call, left int, videoIDs ...string) error {
	if left == 1 {
		return c.update(ctx, discord.Message{Content: c.l.Say("label.done"), Bare: true})
	}
	if err := c.client.Answer(ctx, c.in, discord.Answer{Type: discord.AnswerUpdateLater}, nil); err != nil {
		return err
	}
	c.answered = true
	m, err := a.next(ctx, c, left-1, a.skipped.add(c.guild.ID+"/"+c.in.UserID(), videoIDs...))
	if err != nil {
		return err
	}
	return c.reply(ctx, m)
}

// next is the question about the next video, or about two, with left ones to come.
func (a *labelling) next(ctx context.Context, c *call, left int, exclude []string) (discord.Message, error) {
	if (labelRound-left+1)%duelEach == 0 {
		pair, err := a.stages.Duel(ctx, c.guild.ID, c.in.UserID(), exclude)
		if err != nil {
			return discord.Message{}, fmt.Errorf("no two songs to ask about could be chosen: %w", err)
		}
		if len(pair) == 2 {
			return c.duelQuestion(pair[0].Video, pair[1].Video, left), nil
		}
	}
	ranked, err := a.stages.LabelNext(ctx, c.guild.ID, labelRound, exclude)
	if err != nil {
		return discord.Message{}, fmt.Errorf("no videos to label could be chosen: %w", err)
	}
	votes, err := a.store.MemberVotes(ctx, c.guild.ID, c.in.UserID())
	if err != nil {
		return discord.Message{}, fmt.Errorf("your votes could not be read: %w", err)
	}
	known := map[string]bool{}
	for _, id := range exclude {
		known[id] = true
	}
	for _, v := range votes {
		known[v.VideoID] = true
	}
	for _, r := range ranked {
		if !known[r.Video.ID] {
			return c.question(r, left), nil
		}
	}
	return discord.Message{Content: c.l.Say("label.none"), Bare: true}, nil
}

func (c *call) question(r pipeline.Ranked, left int) discord.Message {
	n := strconv.Itoa(left)
	button := func(emoji, label, answer string) discord.Button {
		b := discord.Button{Style: discord.ButtonSecondary, Label: label, CustomID: discord.CustomID(actionLabel, r.Video.ID, answer, n)}
		if emoji != "" {
			b.Emoji = &discord.Emoji{Name: emoji}
		}
		return b
	}
	return discord.Message{
		Content: c.l.Say("label.question", "i", labelRound-left+1, "n", labelRound) + "\n" + headline(r.Video, youtube.WatchURL(r.Video.ID), ""),
		Components: []discord.Component{discord.Row{Components: []discord.Component{
			button(emojiUp, "", "u"), button(emojiDown, "", "d"), button("", c.l.Say("label.skip"), "s"),
		}}},
	}
}
