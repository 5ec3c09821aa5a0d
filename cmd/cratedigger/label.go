package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"cratedigger/cmd/internal/terminal"
	"cratedigger/pipeline"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/youtube"
)

// labelCmd asks for labels on the terminal.
type labelCmd struct {
	Guild string `placeholder:"GUILD" help:"Guild, by id or name (optional where there is one)."`
	N     int    `short:"n" default:"20" help:"How many videos to ask about."`
}

func (*labelCmd) usesCatalogue() {}

// Help explains the keys.
func (labelCmd) Help() string {
	return `Shows one video after the other, those first whose artists have most songs
without a label and fewest with one. Answer y (👍), n (👎), s to skip, u to
take the last answer back, q to stop. Each answer is kept at once, as a vote of
the fixed voter "import".`
}

// labelBatch is how many videos are chosen at a time, because choosing reads the whole
// catalogue. They are the same ones that would be chosen one by one.
const labelBatch = 5

// Run asks until there is nothing left, or the person stops.
func (c *labelCmd) Run(inv *invocation) error {
	p, id, err := inv.openGuild(c.Guild)
	if err != nil {
		return err
	}
	s := labelSession{inv: inv, guild: id, votes: p.Catalog, answers: bufio.NewScanner(inv.in)}
	var exclude []string
	for s.asked < c.N && !s.over {
		next, err := p.Loop.LabelNext(inv.ctx, id, min(labelBatch, c.N-s.asked), exclude)
		if err != nil {
			return fmt.Errorf("label: %w", err)
		}
		if len(next) == 0 {
			fmt.Fprintln(inv.out, "There are no more videos without a label.")
			break
		}
		for _, r := range next {
			exclude = append(exclude, r.Video.ID)
			if err := s.ask(r); err != nil {
				return err
			}
			if s.over {
				break
			}
		}
	}
	_, err = fmt.Fprintf(inv.out, "%d labels kept. Train with: cratedigger train\n", len(s.given))
	return err
}

// labelSession is one sitting.
type labelSession struct {
	inv   *invocation
	guild string
	votes interface {
		Vote(ctx context.Context, changes ...catalog.VoteChange) ([]catalog.Vote, error)
	}
	answers *bufio.Scanner
	asked   int
	over    bool
	given   []catalog.VoteChange // answers kept, the last at the end
}

// ask shows one video and keeps the answer.
func (s *labelSession) ask(r pipeline.Ranked) error {
	s.asked++
	v := r.Video
	fmt.Fprintf(s.inv.out, "\n%d. %s\n   %s\n   %s\n", s.asked, terminal.OneLine(v.Title), terminal.OneLine(v.Channel), youtube.WatchURL(v.ID))
	for {
		fmt.Fprint(s.inv.out, "   like it? [y/n/s/u/q] ")
		if !s.answers.Scan() {
			s.over = true
			if err := s.answers.Err(); err != nil && !errors.Is(err, io.EOF) {
				return fmt.Errorf("the answer could not be read: %w", err)
			}
			return nil
		}
		switch strings.ToLower(strings.TrimSpace(s.answers.Text())) {
		case "y", "yes", "+", "1":
			return s.keep(v.ID, true)
		case "n", "no", "-", "0":
			return s.keep(v.ID, false)
		case "s", "skip", "":
			return nil
		case "u", "undo":
			if err := s.undo(); err != nil {
				return err
			}
		case "q", "quit":
			s.over = true
			return nil
		}
	}
}

func (s *labelSession) keep(videoID string, up bool) error {
	change := catalog.VoteChange{GuildID: s.guild, VideoID: videoID, MemberID: catalog.ImportVoter,
		Up: up, Set: true, Source: catalog.SourceImport, At: s.inv.now().UTC()}
	if _, err := s.votes.Vote(s.inv.ctx, change); err != nil {
		return fmt.Errorf("the answer could not be kept: %w", err)
	}
	s.given = append(s.given, change)
	return nil
}

func (s *labelSession) undo() error {
	if len(s.given) == 0 {
		fmt.Fprintln(s.inv.out, "   There is nothing to take back.")
		return nil
	}
	last := s.given[len(s.given)-1]
	last.Set, last.At = false, s.inv.now().UTC()
	if _, err := s.votes.Vote(s.inv.ctx, last); err != nil {
		return fmt.Errorf("the answer could not be taken back: %w", err)
	}
	s.given = s.given[:len(s.given)-1]
	fmt.Fprintln(s.inv.out, "   The last answer is taken back.")
	return nil
}
