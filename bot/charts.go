package bot

import (
	"bytes"
	"fmt"
	"strings"

	"cratedigger/bot/chart"
	"cratedigger/bot/discord"
	"cratedigger/pipeline"
)

// limitNumbers is how many UTF-16 units the names may take that a chart lacks.
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
		label := discord.Plain(p.Name, 40)
		switch {
		case p.Kind == pipeline.PartRest:
			label = c.l.Say("part.rest")
		case p.Kind == pipeline.PartFact && c.l.Has(factKey(p.Name)):
			label = c.l.Say(factKey(p.Name))
		}
		bars.Bars = append(bars.Bars, chart.Bar{Label: label, Note: c.l.Amount(p.Name, p.Number), Value: p.Weight})
	}
	drawn := chart.Bars(bars)
	png, err := drawn.PNG(chart.Dark, 2)
	if err != nil {
		c.b.log.Warn("a chart could not be drawn", "guild", c.guild.ID, "error", err)
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
