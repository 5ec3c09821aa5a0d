package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"cratedigger/bot/discord"
	"cratedigger/bot/text"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/youtube"
)

const (
	duelEach   = 4 // each so many questions of /label is about two songs
	duelVoters = 3 // from so many answers on those who answered are told the counts

	duelSkip catalog.DuelChoice = "skip" // in /label; never stored
)

// duelRow is what an outbox row of kind duel holds as JSON.
type duelRow struct {
	A string `json:"a"` // videos
	B string `json:"b"`
}

func readDuelRow(text string) (row duelRow, err error) {
	if err := json.Unmarshal([]byte(text), &row); err != nil {
		return row, fmt.Errorf("the duel's content is broken: %w", err)
	}
	_, a := youtube.ParseID(row.A)
	_, b := youtube.ParseID(row.B)
	if !a || !b {
		return row, errors.New("the duel's videos have no valid ids")
	}
	return row, nil
}

// duel asks a guild about two songs: it puts the question into the outbox and sends it.
func (o *outbox) duel(ctx context.Context, slot catalog.Slot) error {
	g, ok, err := o.open(ctx, slot)
	if err != nil || !ok {
		return err
	}
	pair, err := o.scores.Duel(ctx, g.ID, "", nil)
	if err != nil {
		return fmt.Errorf("no two songs for a duel could be chosen: %w", err)
	}
	if len(pair) == 2 {
		asked := duelRow{A: pair[0].Video.ID, B: pair[1].Video.ID}
		created, err := o.enqueue(ctx, slot, g, catalog.OutboxDuel, asked)
		if err != nil {
			return fmt.Errorf("the duel could not be written down: %w", err)
		}
		if created { // so that the guild is not asked again; after a crash here it may be
			if err := o.store.Duel(ctx, catalog.Duel{GuildID: g.ID, A: asked.A, B: asked.B, At: o.now()}); err != nil {
				return err
			}
		}
	}
	return o.deliver(ctx, g.ID)
}

// postedDuel is a duel as its guild sees it. It never shows a count.
func postedDuel(ctx context.Context, l *text.Language, store Catalog, row catalog.Outbox) (discord.Message, error) {
	asked, err := readDuelRow(row.Text)
	if err != nil {
		return discord.Message{}, err
	}
	var videos [2]catalog.Video
	for i, id := range []string{asked.A, asked.B} {
		if videos[i], _, err = store.Video(ctx, id); err != nil {
			return discord.Message{}, fmt.Errorf("a video could not be read: %w", err)
		}
		videos[i].ID = id
	}
	buttons := duelButtonsOf(l, asked.A, asked.B)
	return discord.Message{Content: l.Say("duel.heading") + "\n" + duelSongs(videos[0], videos[1]),
		Components: append([]discord.Component{discord.Row{Components: buttons}}, aboutRow(l, row.Nonce)...)}, nil
}

// duelQuestion is a duel as a question of /label, with left ones to come.
func (c *call) duelQuestion(a, b catalog.Video, left int) discord.Message {
	n := strconv.Itoa(left)
	buttons := append(duelButtonsOf(c.l, a.ID, b.ID, n),
		discord.Button{Style: discord.ButtonSecondary, Label: c.l.Say("label.skip"), CustomID: discord.CustomID(actionDuel, a.ID, b.ID, string(duelSkip), n)})
	return discord.Message{
		Content:    c.l.Say("label.duel", "i", labelRound-left+1, "n", labelRound) + "\n" + duelSongs(a, b),
		Components: []discord.Component{discord.Row{Components: buttons}},
	}
}

// duelSongs are the two songs of a duel, with bare links, so that the players unfold.
func duelSongs(a, b catalog.Video) string {
	return "**A** · " + headline(a, youtube.WatchURL(a.ID), "") + "\n**B** · " + headline(b, youtube.WatchURL(b.ID), "")
}

// duelButtonsOf are the answers to a duel; left is what follows the choice in their
// custom ids.
func duelButtonsOf(l *text.Language, a, b string, left ...string) (buttons []discord.Component) {
	for _, choice := range catalog.DuelChoices {
		buttons = append(buttons, discord.Button{Style: discord.ButtonSecondary, Label: duelLabel(l, choice),
			CustomID: discord.CustomID(actionDuel, append([]string{a, b, string(choice)}, left...)...)})
	}
	return buttons
}

func duelLabel(l *text.Language, choice catalog.DuelChoice) string {
	switch choice {
	case catalog.ChoseBoth:
		return l.Say("duel.both")
	case catalog.ChoseNeither:
		return l.Say("duel.neither")
	}
	return strings.ToUpper(string(choice))
}

// duelButtons are the answers to duels, in channels and in /label.
type duelButtons struct {
	store     Catalog
	labelling *labelling
	now       func() time.Time
}

// answer takes one answer. In a channel the same answer again takes it back, and from
// three answers on the member is told the counts; in /label the next question follows.
func (d *duelButtons) answer(ctx context.Context, c *call) error {
	a, okA := youtube.ParseID(c.id.Arg(0))
	b, okB := youtube.ParseID(c.id.Arg(1))
	choice, left, inLabel := catalog.DuelChoice(c.id.Arg(2)), 0, c.id.Arg(3) != ""
	if inLabel {
		left, _ = strconv.Atoi(c.id.Arg(3))
	}
	known := slices.Contains(catalog.DuelChoices, choice) || choice == duelSkip && inLabel
	if !okA || !okB || a == b || !known || inLabel && (left < 1 || left > labelRound) {
		return problem("error.unknown")
	}
	for _, id := range []string{a, b} { // a member can send any custom id
		if _, found, err := d.store.Find(ctx, c.guild.ID, id); err != nil {
			return fmt.Errorf("a find could not be read: %w", err)
		} else if !found {
			return problem("error.unknown")
		}
	}
	answer := catalog.Duel{GuildID: c.guild.ID, A: a, B: b, MemberID: c.in.UserID(), Choice: choice, At: d.now()}
	if inLabel {
		if choice != duelSkip {
			if err := d.store.Duel(ctx, answer); err != nil {
				return err
			}
		}
		return d.labelling.further(ctx, c, left, a, b)
	}
	duels, err := d.store.Duels(ctx, c.guild.ID)
	if err != nil {
		return fmt.Errorf("the answers to a duel could not be read: %w", err)
	}
	counts, voters := map[catalog.DuelChoice]int{choice: 1}, 1
	for _, other := range duels {
		said, same := other.Between(a, b)
		switch {
		case !same || other.MemberID == "":
		case other.MemberID != answer.MemberID:
			counts[said]++
			voters++
		case said == choice:
			answer.Choice = ""
		}
	}
	if err := d.store.Duel(ctx, answer); err != nil {
		return err
	}
	if answer.Choice == "" {
		return c.say(ctx, "duel.undone")
	}
	said := c.l.Say("duel.noted", "choice", duelLabel(c.l, choice))
	if voters >= duelVoters {
		said += "\n" + c.l.Say("duel.counts", "a", counts[catalog.ChoseA], "b", counts[catalog.ChoseB],
			"both", counts[catalog.ChoseBoth], "neither", counts[catalog.ChoseNeither])
	}
	return c.reply(ctx, discord.Message{Content: said})
}
