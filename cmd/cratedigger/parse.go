package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"cratedigger/config"
	"cratedigger/pipeline/youtube"
)

// parseCmd reads saved pages and prints what is on them.
type parseCmd struct {
	Kind   string   `enum:"auto,results,watch,innertube" default:"auto" help:"What the files are: ${enum}. auto looks at each."`
	Beside bool     `help:"Also print what a watch page shows beside its video and of its mix."`
	Files  []string `arg:"" name:"file" help:"Saved pages or bodies, also .gz; - reads standard input."`
}

// Help explains the output.
func (parseCmd) Help() string {
	return `Prints one JSON object a file on one line: what the page is, its organic
videos (of a result page) or its video (of a watch page), and what was passed
over. Values that the page does not state are null.`
}

// parsed is one line of output. Its fields, and those of parsedVideo, are
// written in the order in which they stand here.
type parsed struct {
	File         string            `json:"file"`
	Kind         string            `json:"kind"`
	Layout       *string           `json:"layout"`
	Status       *string           `json:"status"`
	Continuation *string           `json:"continuation"`
	Videos       []parsedVideo     `json:"videos"`
	Video        *parsedVideo      `json:"video"`
	Neighbours   []parsedNeighbour `json:"beside,omitempty"`
	Skipped      map[string]int    `json:"skipped"`
	Error        *string           `json:"error"`
}

type parsedVideo struct {
	ID              string   `json:"id"`
	Title           string   `json:"title"`
	Channel         *string  `json:"channel"`
	ChannelID       *string  `json:"channel_id"`
	Subscribers     *int64   `json:"subscribers"`
	Views           *int64   `json:"views"`
	Viewers         *int64   `json:"viewers"`
	DurationSeconds *int64   `json:"duration_seconds"`
	Published       *string  `json:"published"`
	PublishedText   *string  `json:"published_text"`
	Live            bool     `json:"live"`
	Upcoming        bool     `json:"upcoming"`
	Short           bool     `json:"short"`
	Likes           *int64   `json:"likes"`
	Dislikes        *int64   `json:"dislikes"`
	Width           *int64   `json:"width"`
	Height          *int64   `json:"height"`
	Tags            []string `json:"tags"`
	Category        *string  `json:"category"`
	Description     *string  `json:"description"`
	ThumbnailURL    *string  `json:"thumbnail_url"`
}

// parsedNeighbour is a suggestion on a watch page.
type parsedNeighbour struct {
	ID      string `json:"id"`
	Title   string `json:"title"`
	Channel string `json:"channel"`
}

// maxPage bounds a page after decompression.
const maxPage = 8 << 20

// Run parses each file in turn. It returns an error only for files that cannot be read
// at all, and still parses the others.
func (c *parseCmd) Run(inv *invocation) error {
	out := bufio.NewWriter(inv.out)
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	unread := 0
	for _, name := range c.Files {
		if err := inv.ctx.Err(); err != nil {
			return err
		}
		body, err := readPage(name, inv.in)
		line := parsed{File: name, Kind: c.Kind, Videos: []parsedVideo{}, Skipped: map[string]int{}}
		switch {
		case errors.Is(err, errTooLarge):
			line.Error = text(err.Error())
		case err != nil:
			unread++
			line.Error = text(err.Error())
		default:
			line.parse(body)
			if !c.Beside {
				line.Neighbours = nil
			}
		}
		if err := encoder.Encode(line); err != nil {
			return fmt.Errorf("the output could not be written: %w", err)
		}
		if err := out.Flush(); err != nil {
			return fmt.Errorf("the output could not be written: %w", err)
		}
	}
	if unread > 0 {
		return fmt.Errorf("%d of %d files could not be read; each says why in its line", unread, len(c.Files))
	}
	return nil
}

var errTooLarge = fmt.Errorf("the page is larger than %d MiB and was not parsed", maxPage>>20)

// readPage reads a file, or standard input for "-", unpacking gzip.
func readPage(name string, in io.Reader) ([]byte, error) {
	source := in
	if name != "-" {
		file, err := config.OpenFile(name)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		source = file
	}
	buffered := bufio.NewReader(source)
	source = buffered
	if magic, _ := buffered.Peek(2); bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		unpacked, err := gzip.NewReader(buffered)
		if err != nil {
			return nil, fmt.Errorf("%s is not a whole gzip file: %w", name, err)
		}
		defer unpacked.Close()
		source = unpacked
	}
	body, err := io.ReadAll(io.LimitReader(source, maxPage+1))
	switch {
	case len(body) > maxPage:
		return nil, errTooLarge
	case err != nil && len(body) == 0:
		return nil, fmt.Errorf("%s could not be read: %w", name, err)
	}
	return body, nil // a truncated page is parsed as far as it goes
}

// parse fills the line from a page.
func (p *parsed) parse(body []byte) {
	if p.Kind == "auto" {
		p.Kind = youtube.DetectKind(body)
	}
	switch p.Kind {
	case "results":
		p.results(youtube.ParseResults(body, time.Time{}))
	case "watch":
		p.page(youtube.ParseWatch(body))
	case "innertube":
		results, page := youtube.ParseInnerTube(body, time.Time{})
		if results != nil {
			p.results(*results)
		} else {
			p.page(*page)
		}
	}
}

func (p *parsed) results(r youtube.Results) {
	p.Layout, p.Status, p.Continuation = text(r.Layout), text(string(r.Status)), text(r.Continuation)
	for i := range r.Videos {
		p.Videos = append(p.Videos, *render(&r.Videos[i]))
	}
	for kind, n := range r.Skipped {
		p.Skipped[kind] += n
	}
	for kind, n := range r.Unknown {
		p.Skipped[kind] += n
	}
}

func (p *parsed) page(page youtube.Page) {
	p.Layout, p.Status = text(page.Layout), text(string(page.Status))
	if page.Video != nil {
		p.Video = render(page.Video)
	}
	for _, b := range page.Neighbours {
		p.Neighbours = append(p.Neighbours, parsedNeighbour(b))
	}
}

// render turns a video into its line; what is unknown becomes null.
func render(v *youtube.Video) *parsedVideo {
	line := &parsedVideo{
		ID: v.ID, Title: v.Title, Channel: text(v.Channel), ChannelID: text(v.ChannelID), Subscribers: v.Subscribers,
		Views: v.Views, Viewers: v.Viewers, DurationSeconds: v.DurationSeconds, PublishedText: text(v.PublishedText),
		Live: v.Live, Upcoming: v.Upcoming, Short: v.Short, Likes: v.Likes, Dislikes: v.Dislikes, Width: v.Width, Height: v.Height,
		Tags: v.Tags, Category: text(v.Category), Description: text(v.Description), ThumbnailURL: text(v.ThumbnailURL),
	}
	switch {
	case !v.Published.Known() || v.Published.Precision > 24*time.Hour:
	case v.Published.Precision == 0:
		line.Published = text(v.Published.Time.UTC().Format(time.RFC3339))
	default:
		line.Published = text(v.Published.Time.UTC().Format(time.DateOnly))
	}
	return line
}

// text returns nil for "".
func text(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
