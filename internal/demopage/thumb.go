package demopage

import (
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"strings"
)

// Thumbnail draws a picture for a video, 16 by 9: a record over its sound
// wave, in colours that belong to the id. The same id gives the same picture;
// there is no text in it.
func Thumbnail(videoID string) []byte {
	h := fnv.New64a()
	h.Write([]byte(videoID))
	r := rand.New(rand.NewPCG(h.Sum64(), 1))
	hue := r.IntN(360)
	second := (hue + 30 + r.IntN(150)) % 360
	cx, cy := 70+r.IntN(180), 60+r.IntN(60)
	radius := 52 + r.IntN(34)

	var b strings.Builder
	b.WriteString(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 320 180" width="320" height="180">`)
	fmt.Fprintf(&b, `<defs><linearGradient id="g" x1="0" y1="0" x2="1" y2="1"><stop offset="0" stop-color="hsl(%d 62%% 46%%)"/><stop offset="1" stop-color="hsl(%d 58%% 20%%)"/></linearGradient>`, hue, second)
	fmt.Fprintf(&b, `<radialGradient id="s" cx="%d%%" cy="0%%" r="90%%"><stop offset="0" stop-color="#fff" stop-opacity=".35"/><stop offset="1" stop-color="#fff" stop-opacity="0"/></radialGradient></defs>`, 20+r.IntN(60))
	b.WriteString(`<rect width="320" height="180" fill="url(#g)"/><rect width="320" height="180" fill="url(#s)"/>`)

	// The record: grooves around a label.
	fmt.Fprintf(&b, `<circle cx="%d" cy="%d" r="%d" fill="#0b0b10" fill-opacity=".82"/>`, cx, cy, radius)
	for g := radius - 6; g > radius/2; g -= 7 {
		fmt.Fprintf(&b, `<circle cx="%d" cy="%d" r="%d" fill="none" stroke="#fff" stroke-opacity=".09"/>`, cx, cy, g)
	}
	fmt.Fprintf(&b, `<circle cx="%d" cy="%d" r="%d" fill="hsl(%d 75%% 62%%)"/><circle cx="%d" cy="%d" r="3.5" fill="#0b0b10"/>`, cx, cy, radius*2/5, (second+180)%360, cx, cy)

	// The sound: bars that swell and fade, louder where a slow wave is high.
	phase, speed := r.Float64()*6, 0.12+r.Float64()*0.2
	for i := range 40 {
		loud := math.Abs(math.Sin(phase+float64(i)*speed)) * (0.35 + 0.65*r.Float64())
		height := 5 + loud*52
		fmt.Fprintf(&b, `<rect x="%d" y="%.1f" width="4.6" height="%.1f" rx="2.3" fill="#fff" fill-opacity=".78"/>`, i*8+2, 172-height, height)
	}
	b.WriteString(`</svg>`)
	return []byte(b.String())
}
