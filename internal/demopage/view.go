package demopage

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"html/template"
	"regexp"
	"slices"
	"strings"
	"time"

	"cratedigger/internal/fakediscord"
)

// Card is what unfolds under a link to a video.
type Card struct {
	VideoID, Title, Channel string
	Seconds                 int
}

// messageView is a message as the template shows it.
type messageView struct {
	ID, AuthorID, Author, Initial string
	Hue                           int
	Bot, Own, Ephemeral, Thinking bool
	Edited                        bool
	At                            time.Time
	Day, Clock                    string
	Unix                          int64
	Call                          string // "Ana used /recommend", above an answer
	Body                          template.HTML
	Cards                         []Card
	Embeds                        []embedView
	Images                        []string
	Rows                          []rowView
	Reactions                     []reactionView
	Apps                          []string // commands on a message
	Mark                          string   // "liked" or "other": what the members' hidden taste says of a pick; "" while unknown
}

type embedView struct {
	Title, URL    string
	Hue           int
	Text          template.HTML
	Fields        []fieldView
	Image, Footer string
}

type fieldView struct {
	Name   string
	Value  template.HTML
	Inline bool
}

type rowView struct {
	Buttons []buttonView
	Menu    *menuView
}

type buttonView struct {
	ID, Label, Emoji, URL, Kind string
	Disabled                    bool
}

type menuView struct {
	ID, Placeholder string
	Min, Max        int
	Disabled        bool
	Options         []optionView
}

type optionView struct {
	Value, Label, Detail string
	Chosen               bool
}

type reactionView struct {
	Emoji, Who string
	Count      int
	Mine       bool
}

// youtubeLink finds the videos that a message links.
var youtubeLink = regexp.MustCompile(`https?://(?:www\.)?(?:youtube\.com/watch\?v=|youtu\.be/)([A-Za-z0-9_-]{11})(?:[^A-Za-z0-9_-]|$)`)

// view prepares a message for the viewing member. call is the interaction it
// answers, if any.
func (p *Page) view(ctx context.Context, m fakediscord.Message, call string) messageView {
	zone := p.zone(ctx)
	md := markdown{zone: zone, user: p.userName, channel: p.channelName}
	at := m.Sent.In(zone)
	v := messageView{
		ID: m.ID, AuthorID: m.Author.ID, Author: m.Author.Username, Bot: m.Author.Bot, Hue: hueOf(m.Author.ID),
		Own: m.Author.ID == p.member, Ephemeral: m.Ephemeral(), Edited: m.Edited != nil && call == "",
		At: at, Day: at.Format("Monday, 2 January 2006"), Clock: at.Format("15:04"), Unix: at.Unix(), Call: call,
	}
	v.Initial = "?"
	for _, r := range v.Author {
		v.Initial = strings.ToUpper(string(r))
		break
	}
	v.Thinking = m.Author.Bot && m.Empty()
	v.Body = md.html(m.Content)
	if m.Flags&4 == 0 { // embeds are not suppressed
		for _, g := range youtubeLink.FindAllStringSubmatchIndex(m.Content, 5) {
			// A link in angle brackets does not unfold.
			if g[0] > 0 && m.Content[g[0]-1] == '<' {
				continue
			}
			id := m.Content[g[2]:g[3]]
			card, ok := p.unfold(id)
			if !ok {
				continue
			}
			v.Cards = append(v.Cards, card)
		}
	}
	v.Embeds = p.embeds(m, md)
	inEmbed := string(m.Embeds)
	for i, f := range m.Files {
		if !strings.Contains(inEmbed, "attachment://"+f.Name) {
			v.Images = append(v.Images, fmt.Sprintf("/file/%s/%d", m.ID, i))
		}
	}
	v.Rows = p.rows(m.Components)
	v.Reactions = p.reactions(m)
	if m.Author.Bot && !m.Ephemeral() {
		for _, c := range p.commands() {
			if c.Type == 3 {
				v.Apps = append(v.Apps, c.Name)
			}
		}
	}
	return v
}

// embeds prepares a message's embeds.
func (p *Page) embeds(m fakediscord.Message, md markdown) []embedView {
	var embeds []struct {
		Title, Description, URL string
		Color                   int
		Fields                  []struct {
			Name, Value string
			Inline      bool
		}
		Image, Thumbnail struct{ URL string }
		Footer           struct{ Text string }
	}
	// The stand-in checked it when it came; what does not decode shows nothing.
	_ = json.Unmarshal(m.Embeds, &embeds)
	var out []embedView
	for _, e := range embeds {
		v := embedView{Title: e.Title, Text: md.html(e.Description), Footer: e.Footer.Text, Hue: colorHue(e.Color)}
		if strings.HasPrefix(e.URL, "https://") || strings.HasPrefix(e.URL, "http://") {
			v.URL = e.URL
		}
		for _, f := range e.Fields {
			v.Fields = append(v.Fields, fieldView{f.Name, md.html(f.Value), f.Inline})
		}
		image := e.Image.URL
		if image == "" {
			image = e.Thumbnail.URL
		}
		if name, ok := strings.CutPrefix(image, "attachment://"); ok {
			if i := slices.IndexFunc(m.Files, func(f fakediscord.File) bool { return f.Name == name }); i >= 0 {
				v.Image = fmt.Sprintf("/file/%s/%d", m.ID, i)
			}
		}
		out = append(out, v)
	}
	return out
}

// rows prepares a message's buttons and menus.
func (p *Page) rows(data json.RawMessage) []rowView {
	var rows []struct {
		Components []struct {
			Type, Style int
			CustomID    string `json:"custom_id"`
			Label, URL  string
			Emoji       struct{ Name string }
			Disabled    bool
			Placeholder string
			MinValues   *int `json:"min_values"`
			MaxValues   *int `json:"max_values"`
			Options     []struct {
				Label, Value, Description string
				Default                   bool
			}
		}
	}
	_ = json.Unmarshal(data, &rows)
	kinds := map[int]string{1: "primary", 2: "secondary", 3: "success", 4: "danger", 5: "link"}
	var out []rowView
	for _, row := range rows {
		var v rowView
		for _, c := range row.Components {
			switch c.Type {
			case 2:
				v.Buttons = append(v.Buttons, buttonView{c.CustomID, c.Label, c.Emoji.Name, c.URL, kinds[c.Style], c.Disabled})
			case 3, 8:
				menu := &menuView{ID: c.CustomID, Placeholder: c.Placeholder, Min: 1, Max: 1, Disabled: c.Disabled}
				if c.MinValues != nil {
					menu.Min = *c.MinValues
				}
				if c.MaxValues != nil {
					menu.Max = *c.MaxValues
				}
				for _, o := range c.Options {
					menu.Options = append(menu.Options, optionView{o.Value, o.Label, o.Description, o.Default})
				}
				if c.Type == 8 {
					for _, channel := range p.channels() {
						menu.Options = append(menu.Options, optionView{Value: channel.ID, Label: "#" + channel.Name})
					}
				}
				v.Menu = menu
			}
		}
		out = append(out, v)
	}
	return out
}

// reactions counts a message's reactions as the viewing member sees them.
func (p *Page) reactions(m fakediscord.Message) []reactionView {
	var out []reactionView
	for _, emoji := range m.Emojis() {
		v := reactionView{Emoji: emoji}
		var names []string
		for _, r := range m.Reactions {
			if r.Emoji != emoji {
				continue
			}
			v.Count++
			v.Mine = v.Mine || r.UserID == p.member
			if name := p.userName(r.UserID); name != "" && len(names) < 6 {
				names = append(names, name)
			}
		}
		v.Who = strings.Join(names, ", ")
		if v.Count > len(names) {
			v.Who += " and others"
		}
		out = append(out, v)
	}
	return out
}

// hueOf is one of twelve colours for an id.
func hueOf(id string) int {
	h := fnv.New32a()
	h.Write([]byte(id))
	return int(h.Sum32() % 12)
}

// colorHue is the nearest of the twelve colours to an RGB colour; 12 is grey.
func colorHue(rgb int) int {
	r, g, b := rgb>>16&255, rgb>>8&255, rgb&255
	high, low := max(r, g, b), min(r, g, b)
	if high-low < 16 {
		return 12
	}
	span := float64(high - low)
	var h float64
	switch high {
	case r:
		h = float64(g-b) / span
	case g:
		h = float64(b-r)/span + 2
	default:
		h = float64(r-g)/span + 4
	}
	return (int(h*2+12.5) % 12)
}
