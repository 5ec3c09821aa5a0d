package bot

import (
	"bytes"

	"cratedigger/bot/chart"
	"cratedigger/bot/discord"
	"cratedigger/pipeline"
)

// partsChart draws contributions as bars to both sides, in the dark colours
// that most of Discord has. It is nil when there is nothing to draw, or when
// drawing fails: the words say the same.
func (c *call) partsChart(name string, parts []pipeline.Part) *discord.File {
	if len(parts) == 0 {
		return nil
	}
	bars := chart.BarChart{Title: name, X: chart.Axis{Label: c.l.Say("chart.weight")}, Signed: true}
	for _, p := range parts {
		label := discord.Plain(p.Name, 40)
		switch {
		case p.Kind == pipeline.PartRest:
			label = c.l.Say("part.rest")
		case p.Kind == pipeline.PartOwn:
			label = c.l.Say("part.own")
		case p.Kind == pipeline.PartFact && c.l.Has(factKey(p.Name)):
			label = c.l.Say(factKey(p.Name))
		}
		bars.Bars = append(bars.Bars, chart.Bar{Label: label, Note: discord.Plain(p.Value, 24), Value: p.Weight})
	}
	drawn := chart.Bars(bars)
	png, err := drawn.PNG(chart.Dark, 2)
	if err != nil {
		c.b.log.Warn("a chart could not be drawn", "guild", c.guild.ID, "error", err)
		return nil
	}
	return &discord.File{Name: "cratedigger.png", ContentType: "image/png", Reader: bytes.NewReader(png)}
}
