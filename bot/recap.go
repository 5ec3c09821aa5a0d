package bot

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"cratedigger/bot/discord"
	"cratedigger/bot/text"
	"cratedigger/pipeline"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/youtube"
)

// recapItems is how many videos a recap shows.
const recapItems = 3

// recapRow is what an outbox row of kind recap holds as JSON.
type recapRow struct {
	From  time.Time     `json:"from"`
	Votes int           `json:"votes"`
	Items []recapItem   `json:"items"`
	Week  pipeline.Week `json:"week"`
}

type recapItem struct {
	VideoID string `json:"video"`
	Title   string `json:"title"`
	Channel string `json:"channel"`
	Up      int    `json:"up"`
	Down    int    `json:"down"`
	Member  string `json:"-"`               // the member who proposed it; read when the recap is sent, as members may be forgotten before
	Query   string `json:"query,omitempty"` // the query that found it
}

// recap puts the week's most liked picks into a guild's outbox and sends it.
func (o *outbox) recap(ctx context.Context, slot catalog.Slot) error {
	g, ok, err := o.open(ctx, slot)
	if err != nil || !ok {
		return err
	}
	from := slot.At.AddDate(0, 0, -7)
	items, votes, err := mostLiked(ctx, o.store, g.ID, from, recapItems)
	if err != nil {
		return err
	}
	if len(items) > 0 {
		week, err := o.scores.Week(ctx, g.ID)
		if err != nil {
			o.log.WarnContext(ctx, "the recap does not say how many picks were liked", "guild", g.ID, "error", err)
		}
		if _, err := o.enqueue(ctx, slot, g, catalog.OutboxRecap, recapRow{From: from, Votes: votes, Items: items, Week: week}); err != nil {
			return fmt.Errorf("the recap could not be written down: %w", err)
		}
	}
	return o.deliver(ctx, g.ID)
}

// open is the guild of a slot; ok is false if nothing may be posted there now.
func (o *outbox) open(ctx context.Context, slot catalog.Slot) (g catalog.Guild, ok bool, err error) {
	g, ok, err = o.store.Guild(ctx, slot.GuildID)
	if err != nil {
		return g, false, fmt.Errorf("guild %s could not be read: %w", slot.GuildID, err)
	}
	return g, ok && g.ChannelID != "" && !g.Paused && g.LeftAt.IsZero(), nil
}

// enqueue writes what a slot posts into the outbox, its content as JSON. created is
// false if it stands there already.
func (o *outbox) enqueue(ctx context.Context, slot catalog.Slot, g catalog.Guild, kind catalog.OutboxKind, content any) (created bool, err error) {
	data, err := json.Marshal(content)
	if err != nil {
		return false, err
	}
	return o.store.Enqueue(ctx, catalog.Outbox{ID: slot.Key, GuildID: g.ID, ChannelID: g.ChannelID, Slot: slot.Key,
		Kind: kind, Text: string(data), CreatedAt: o.now()})
}

// mostLiked is the n posted songs that a guild liked most since a time, and how many
// votes it cast since then. Votes on uploads of one song count together, of a member
// the latest, with a post or without. It leaves out songs with no more likes than dislikes.
func mostLiked(ctx context.Context, store Catalog, guildID string, since time.Time, n int) (items []recapItem, votes int, err error) {
	all, err := store.Votes(ctx, guildID)
	if err != nil {
		return nil, 0, fmt.Errorf("the votes could not be read: %w", err)
	}
	posted := map[string]bool{}
	for _, v := range all {
		posted[v.VideoID] = posted[v.VideoID] || v.PostID != ""
	}
	all = slices.DeleteFunc(all, func(v catalog.Vote) bool {
		imported := v.PostID == "" && !discord.IsID(v.MemberID)
		return v.Value == 0 || imported || !posted[v.VideoID] || v.At.Before(since)
	})
	songs, err := firstUploads(ctx, store, all)
	if err != nil {
		return nil, 0, err
	}
	byVideo := map[string]*recapItem{}
	all = (catalog.History{Votes: all}).BySong(func(videoID string) string { return songs[videoID] }).Votes
	for _, v := range all {
		item := byVideo[v.VideoID]
		if item == nil {
			item = &recapItem{VideoID: v.VideoID}
			byVideo[v.VideoID] = item
		}
		if v.Value > 0 {
			item.Up++
		} else {
			item.Down++
		}
	}
	for _, item := range byVideo {
		if item.Up > item.Down {
			items = append(items, *item)
		}
	}
	slices.SortFunc(items, func(a, b recapItem) int {
		return cmp.Or((b.Up-b.Down)-(a.Up-a.Down), strings.Compare(a.VideoID, b.VideoID))
	})
	items = items[:min(len(items), n)]
	if len(items) == 0 {
		return nil, len(all), nil
	}
	for i := range items {
		video, _, err := store.Video(ctx, items[i].VideoID)
		if err != nil {
			return nil, 0, fmt.Errorf("a video could not be read: %w", err)
		}
		items[i].Title, items[i].Channel = video.Named()
	}
	return items, len(all), credit(ctx, store, guildID, items)
}

// firstUploads is the video on which the votes on each video's song count: of a song's
// uploads the one that was voted on first. A song that is not sure is its video.
func firstUploads(ctx context.Context, store Catalog, votes []catalog.Vote) (map[string]string, error) {
	votes = slices.Clone(votes)
	slices.SortStableFunc(votes, func(a, b catalog.Vote) int {
		return cmp.Or(a.At.Compare(b.At), strings.Compare(a.VideoID, b.VideoID))
	})
	first, uploads := map[string]string{}, map[string]string{}
	for _, v := range votes {
		if uploads[v.VideoID] != "" {
			continue
		}
		video, _, err := store.Video(ctx, v.VideoID)
		if err != nil {
			return nil, fmt.Errorf("a video could not be read: %w", err)
		}
		key := "video/" + v.VideoID
		if len(video.Performers()) > 0 {
			key = video.Song.Key()
		}
		if first[key] == "" {
			first[key] = v.VideoID
		}
		uploads[v.VideoID] = first[key]
	}
	return uploads, nil
}

// credit fills in who proposed videos, or what found them.
func credit(ctx context.Context, store Catalog, guildID string, items []recapItem) error {
	for i := range items {
		find, _, err := store.Find(ctx, guildID, items[i].VideoID)
		if err != nil {
			return fmt.Errorf("a find could not be read: %w", err)
		}
		if items[i].Member, err = nameable(ctx, store, find.SeededBy); err != nil {
			return err
		}
		if len(find.Queries) > 0 {
			items[i].Query = find.Queries[0]
		}
	}
	return nil
}

// nameable is a member's id, or "" if they asked not to be named.
func nameable(ctx context.Context, store Catalog, memberID string) (string, error) {
	unnamed, err := store.Unnamed(ctx, memberID)
	if err != nil {
		return "", fmt.Errorf("who may be named could not be read: %w", err)
	}
	if unnamed {
		return "", nil
	}
	return memberID, nil
}

// withoutUnnamed is a post's reasons without who proposed it, if they asked not to be
// named.
func withoutUnnamed(ctx context.Context, store Catalog, all []catalog.Reason) ([]catalog.Reason, error) {
	for i, r := range all {
		if r.Kind != catalog.ReasonSeed || len(r.Words) == 0 {
			continue
		}
		if member, err := nameable(ctx, store, r.Words[0]); err != nil || member == "" {
			return slices.Delete(slices.Clone(all), i, i+1), err
		}
	}
	return all, nil
}

// itemLine is one liked video in a list.
func itemLine(l *text.Language, item recapItem) string {
	return quietLink(item.Title, item.VideoID) + " · " + itemFacts(l, item)
}

// itemFacts is by whom a liked video is, its votes, and who or what found it.
func itemFacts(l *text.Language, item recapItem) string {
	line := discord.Title(item.Channel, limitChannel) + " · " + thumbs(item.Up, item.Down)
	if member := mention(item.Member); member != "" {
		line += " · " + l.Say("credit.member", "member", member)
	} else if item.Query != "" {
		line += " · " + l.Say("credit.query", "query", discord.Title(item.Query, 40))
	}
	return line
}

// thumbs counts likes and dislikes, each where there are any.
func thumbs(up, down int) string {
	var counts []string
	if up > 0 {
		counts = append(counts, fmt.Sprintf("%s %d", emojiUp, up))
	}
	if down > 0 {
		counts = append(counts, fmt.Sprintf("%s %d", emojiDown, down))
	}
	return strings.Join(counts, " ")
}

// quietLink is a video's name as a link whose player does not unfold.
func quietLink(name, videoID string) string {
	address := "<" + youtube.WatchURL(videoID) + ">"
	if link, ok := discord.Link(name, address, limitTitle); ok {
		return "**" + link + "**"
	}
	return fmt.Sprintf("**%s** %s", discord.Title(name, limitTitle), address)
}

// playAll is a link that plays all videos one after another.
func playAll(l *text.Language, items []recapItem) string {
	return l.Say("recap.play", "link", "<https://www.youtube.com/watch_videos?video_ids="+strings.Join(itemIDs(items), ",")+">")
}

// itemIDs are the ids of the items' videos.
func itemIDs(items []recapItem) (ids []string) {
	for _, item := range items {
		if videoID, ok := youtube.ParseID(item.VideoID); ok {
			ids = append(ids, videoID)
		}
	}
	return ids
}

// weekRate says how many picks of a week were liked, and how many of random songs would be.
func weekRate(l *text.Language, w pipeline.Week) string {
	return l.Say("recap.rate", "n", w.Liked, "picks", w.Picks, "expected", int(math.Round(w.Expected)), "deviation", int(math.Round(w.Deviation)))
}

// recapMessage is a week's recap as its guild sees it.
func recapMessage(ctx context.Context, l *text.Language, store Catalog, row catalog.Outbox) (discord.Message, error) {
	var r recapRow
	if err := json.Unmarshal([]byte(row.Text), &r); err != nil {
		return discord.Message{}, fmt.Errorf("the recap's content is broken: %w", err)
	}
	r.Items = r.Items[:min(len(r.Items), recapItems)] // one of an earlier version has more
	if err := credit(ctx, store, row.GuildID, r.Items); err != nil {
		return discord.Message{}, err
	}
	m := discord.Message{Content: l.Say("recap.heading", "n", r.Votes) + "\n"}
	if r.Week.Compared() {
		m.Content += weekRate(l, r.Week) + "\n"
	}
	m.Content += playAll(l, r.Items)
	for i, item := range r.Items {
		m.Embeds = append(m.Embeds, discord.Embed{
			Title: fmt.Sprintf("%d. %s", i+1, discord.Title(item.Title, limitTitle)), URL: youtube.WatchURL(item.VideoID),
			Description: itemFacts(l, item), Thumbnail: &discord.Picture{URL: youtube.CoverURL(item.VideoID)},
		})
	}
	m.Components = append(songRows(itemIDs(r.Items), nil), aboutRow(l, row.Nonce)...)
	return m, nil
}
