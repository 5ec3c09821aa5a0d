package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"cratedigger/model/sheet"
	"cratedigger/pipeline/song"
)

// songCmd reads artist and song from a title.
type songCmd struct {
	Title   string `arg:"" optional:"" help:"A video's title."`
	Channel string `placeholder:"NAME" help:"The channel of the title's video."`
	CSV     string `name:"csv" placeholder:"FILE" help:"Read many from a CSV file, and write CSV; - reads standard input."`
}

// Help explains both ways.
func (songCmd) Help() string {
	return `Prints artist, song, kind and how sure the answer is. Below a confidence of 0.9
an answer is a guess: it is printed, and the bot would not show it.

A CSV file needs a header with title; channel, description and row are used where
they are there. The answer has the columns row, artist, song, kind, version and
confidence: the row given, or counted from 0; several artists joined by a
semicolon; empty where it is not a song or not known. The titles of a file help
each other, as those of a catalogue do: a name that stands as an artist in one is
one in the next.`
}

// Run answers for the title or the file.
func (c *songCmd) Run(inv *invocation) error {
	switch {
	case c.CSV != "" && c.Title != "":
		return errors.New("give a title or --csv, not both")
	case c.CSV != "":
		return c.file(inv)
	case c.Title == "":
		return errors.New("a title is missing; give one, or a file of them with --csv")
	}
	s := song.Read(song.Upload{Title: c.Title, Channel: c.Channel}, nil)
	_, err := fmt.Fprintf(inv.out, "artist      %s\nsong        %s\nkind        %s\nversion     %s\nconfidence  %.2f (%s)\n",
		s.Artist(), s.Title, s.Kind, s.Version, s.Confidence, s.Evidence)
	return err
}

// maxTitles bounds a file of titles.
const maxTitles = 64 << 20

func (c *songCmd) file(inv *invocation) error {
	rows, uploads, err := readTitles(inv, c.CSV)
	if err != nil {
		return err
	}
	songs, err := song.ReadAll(inv.ctx, uploads)
	if err != nil {
		return err
	}
	out := sheet.NewWriter(inv.out)
	if err := out.Write([]string{"row", "artist", "song", "kind", "version", "confidence"}); err != nil {
		return err
	}
	for i, s := range songs {
		record := []string{rows[i], strings.Join(s.Artists, ";"), s.Title, string(s.Kind), s.Version, strconv.FormatFloat(s.Confidence, 'f', 3, 64)}
		if err := out.Write(record); err != nil {
			return fmt.Errorf("the answers could not be written: %w", err)
		}
	}
	return out.Flush()
}

// readTitles reads a CSV file of titles.
func readTitles(inv *invocation, name string) (rows []string, uploads []song.Upload, err error) {
	f, err := inv.files.Open(name)
	if err != nil {
		return nil, nil, fmt.Errorf("the file of titles cannot be opened: %w", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxTitles+1))
	if err != nil {
		return nil, nil, fmt.Errorf("%s could not be read: %w", name, err)
	}
	if len(data) > maxTitles {
		return nil, nil, fmt.Errorf("%s is larger than %d MiB; split it", name, maxTitles>>20)
	}
	if data, err = sheet.Decode(data); err != nil {
		return nil, nil, fmt.Errorf("%s: %w", name, err)
	}
	records, _ := sheet.NewReader(bytes.TrimSpace(data))
	records.FieldsPerRecord = -1
	header, err := records.Read()
	if err != nil {
		return nil, nil, fmt.Errorf("%s has no header: %w", name, err)
	}
	columns := map[string]int{}
	for i, h := range header {
		columns[strings.ToLower(strings.TrimSpace(h))] = i
	}
	if _, ok := columns["title"]; !ok {
		return nil, nil, fmt.Errorf("%s has no column title; its header is %s", name, strings.Join(header, ", "))
	}
	for {
		record, err := records.Read()
		if errors.Is(err, io.EOF) {
			return rows, uploads, nil
		}
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", name, err)
		}
		field := func(column string) string {
			if i, ok := columns[column]; ok && i < len(record) {
				return sheet.Unescape(strings.TrimSpace(record[i]))
			}
			return ""
		}
		row := field("row")
		if row == "" {
			row = strconv.Itoa(len(rows))
		}
		rows = append(rows, row)
		uploads = append(uploads, song.Upload{Title: field("title"), Channel: field("channel"), Description: field("description"), Category: field("category")})
	}
}
