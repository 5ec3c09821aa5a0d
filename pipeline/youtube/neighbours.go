package youtube

import (
	"slices"
	"time"
)

// Neighbour is a video that a watch page shows beside its own.
type Neighbour struct{ ID, Title, Channel string }

// maxNeighbours bounds the neighbours of a page; YouTube shows about 20 beside a
// video, and 25 of a mix.
const maxNeighbours = 25

// neighbourList collects neighbours in page order, each id once.
type neighbourList []Neighbour

// read reads a list of suggested videos. It skips playlists, mixes, Shorts and
// advertisements.
func (b *neighbourList) read(c *cursor) {
	c.array(func(int) {
		c.object(func(kind []byte) {
			switch string(kind) {
			case "compactVideoRenderer", "playlistPanelVideoRenderer", "videoWithContextRenderer":
				b.add(readNeighbour(c))
			case "lockupViewModel":
				if v, content := readLockup(c, time.Time{}); content == "VIDEO" {
					b.add(Neighbour{v.ID, v.Title, v.Channel})
				}
			case "compactAutoplayRenderer", "itemSectionRenderer":
				c.into(func() { b.read(c) }, "contents")
			}
		})
	})
}

// readNeighbour reads the three fields of a Neighbour and skips the rest of the
// entry.
func readNeighbour(c *cursor) (n Neighbour) {
	c.object(func(key []byte) {
		switch string(key) {
		case "videoId":
			n.ID = c.string()
		case "title", "headline":
			n.Title = c.text()
		case "longBylineText", "shortBylineText":
			if name := c.text(); n.Channel == "" {
				n.Channel = name
			}
		}
	})
	return n
}

func (b *neighbourList) add(n Neighbour) {
	same := func(have Neighbour) bool { return have.ID == n.ID }
	if validID(n.ID) && len(*b) < maxNeighbours && !slices.ContainsFunc(*b, same) {
		*b = append(*b, n)
	}
}
