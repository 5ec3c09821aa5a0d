package chart

import (
	"bytes"
	"fmt"
	"image"
	"image/draw"
	"image/png"
	"math"

	"golang.org/x/image/font"
	"golang.org/x/image/math/fixed"
	"golang.org/x/image/vector"
)

// PNG is the chart as a picture with scale (1 to 4) device pixels per CSS pixel; 2
// is sharp in Discord.
func (c *Chart) PNG(theme Theme, scale int) ([]byte, error) {
	scale = min(max(scale, 1), 4)
	img := image.NewRGBA(image.Rect(0, 0, c.size.Width*scale, c.size.Height*scale))
	draw.Draw(img, img.Bounds(), image.NewUniform(theme.color(surfaceColor)), image.Point{}, draw.Src)
	p := painter{img: img, scale: float64(scale), theme: theme}
	for _, s := range c.shapes {
		if err := p.paint(s); err != nil {
			return nil, fmt.Errorf("draw %q: %w", c.title, err)
		}
	}
	var b bytes.Buffer
	enc := png.Encoder{CompressionLevel: png.DefaultCompression}
	if err := enc.Encode(&b, img); err != nil {
		return nil, fmt.Errorf("encode %q: %w", c.title, err)
	}
	return b.Bytes(), nil
}

// painter draws shapes into a picture.
type painter struct {
	img   *image.RGBA
	scale float64
	theme Theme
	faces map[faceKey]font.Face
}

type faceKey struct {
	size float64
	bold bool
}

func (p *painter) paint(s shape) error {
	switch s.kind {
	case kindArea:
		p.fill(s.color, s.opacity, [][]point{s.points})
	case kindLine:
		p.fill(s.color, s.opacity, stroke(s.points, s.width, s.dash))
	case kindText:
		return p.write(s)
	}
	return nil
}

// fill paints polygons as one shape: it paints an overlap only once.
func (p *painter) fill(color role, opacity float64, polygons [][]point) {
	low, high := point{math.Inf(1), math.Inf(1)}, point{math.Inf(-1), math.Inf(-1)}
	for _, polygon := range polygons {
		for _, q := range polygon {
			low = point{min(low.x, q.x), min(low.y, q.y)}
			high = point{max(high.x, q.x), max(high.y, q.y)}
		}
	}
	box := image.Rect(
		int(math.Floor(low.x*p.scale)), int(math.Floor(low.y*p.scale)),
		int(math.Ceil(high.x*p.scale))+1, int(math.Ceil(high.y*p.scale))+1,
	).Intersect(p.img.Bounds())
	if box.Empty() {
		return
	}
	// The rasterizer covers only the box of the shape, because charts have many
	// small shapes.
	r := vector.NewRasterizer(box.Dx(), box.Dy())
	at := func(q point) (float32, float32) {
		return float32(q.x*p.scale - float64(box.Min.X)), float32(q.y*p.scale - float64(box.Min.Y))
	}
	for _, polygon := range polygons {
		r.MoveTo(at(polygon[0]))
		for _, q := range polygon[1:] {
			r.LineTo(at(q))
		}
		r.ClosePath()
	}
	ink := p.theme.color(color)
	if opacity != 0 {
		ink.A = uint8(math.Round(255 * opacity))
	}
	r.Draw(p.img, box, image.NewUniform(ink), image.Point{})
}

// write draws a text.
func (p *painter) write(s shape) error {
	key := faceKey{s.size, s.bold}
	face, ok := p.faces[key]
	if !ok {
		var err error
		if face, err = newFace(s.size*p.scale, s.bold); err != nil {
			return err
		}
		if p.faces == nil {
			p.faces = map[faceKey]font.Face{}
		}
		p.faces[key] = face
	}
	d := font.Drawer{Dst: p.img, Src: image.NewUniform(p.theme.color(s.color)), Face: face}
	if s.text = drawable(s.text); s.number > 0 {
		s.text = fmt.Sprintf("[%d]", s.number)
	}
	x := fixed.Int26_6(s.points[0].x * p.scale * 64)
	switch width := d.MeasureString(s.text); s.anchor {
	case anchorMiddle:
		x -= width / 2
	case anchorEnd:
		x -= width
	}
	d.Dot = fixed.Point26_6{X: x, Y: fixed.Int26_6(s.points[0].y * p.scale * 64)}
	d.DrawString(s.text)
	return nil
}
