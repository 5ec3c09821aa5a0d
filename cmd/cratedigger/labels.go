package main

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"cratedigger/cmd/internal/app"
	"cratedigger/cmd/internal/socket"
	"cratedigger/pipeline/labels"
)

// labelsCmd moves labels between the catalogue and CSV files.
type labelsCmd struct {
	Import labelsImportCmd `cmd:"" help:"Read labels from a CSV file, whole or not at all."`
	Export labelsExportCmd `cmd:"" help:"Write labels as a CSV file."`
}

type labelsImportCmd struct {
	File   string `arg:"" name:"file" help:"The CSV file; - reads standard input."`
	Guild  string `placeholder:"GUILD" help:"The guild whose labels these are, by id or name; optional where there is one."`
	DryRun bool   `help:"Say what would be imported and change nothing."`
	Undo   bool   `help:"Take back what this file of likes brought."`
}

// Help explains the file.
func (labelsImportCmd) Help() string {
	return `The file needs a header line with video_id and y (1 liked, 0 not, empty: no
label); title, channel, published, views and the other columns of an export are
used where they are there. What spreadsheets do to a file is understood:
encodings, line ends, semicolons or tabs, other forms of dates and numbers, yes
and no, TRUE and FALSE in many languages, 👍 and 👎 of any skin.

Rows without a video_id are named with their line, and then nothing of the file
is imported. Importing a file again changes nothing. The labels are the votes of
a voter of their own, "import".

Three files of likes are taken too, and are known by what is in them: a table with
the columns artist and title (and y), a playlist or the liked videos of YouTube
Takeout as CSV, and a CSV of the songs of a Last.fm account. They become
preferences of the server's own, at most 2,000. --undo with the same file takes
them back.`
}

func (labelsImportCmd) usesCatalogue()   {}
func (labelsImportCmd) beginsCatalogue() {}

// Run imports.
func (c *labelsImportCmd) Run(inv *invocation) error {
	f, err := inv.files.Open(c.File) // before a catalogue is begun for nothing
	if err != nil {
		return fmt.Errorf("the label file cannot be opened: %w", err)
	}
	defer f.Close()
	p, guild, err := inv.openGuild(c.Guild)
	if err != nil {
		return err
	}
	if c.Undo {
		return c.undo(inv, p, guild, f)
	}
	report, err := labels.Import(inv.ctx, p.Catalog, f, labels.ImportOptions{GuildID: guild, Now: inv.now().UTC(), DryRun: c.DryRun})
	if err != nil {
		return err
	}
	if len(report.Ignored) > 0 {
		fmt.Fprintf(inv.errOut, "Ignored these columns: %s.\n", strings.Join(report.Ignored, ", "))
	}
	verb := "Imported"
	if c.DryRun {
		verb = "Would import"
	}
	if report.Likes != nil {
		line := fmt.Sprintf("%s %s, for guild %s", verb, report.Likes, guild)
		if !c.DryRun {
			line += fmt.Sprintf("; %d are new", report.New)
		}
		_, err = fmt.Fprintln(inv.out, line+".")
		return err
	}
	_, err = fmt.Fprintf(inv.out, "%s %d labels (%d liked, %d not) from %d rows for guild %s; %d rows have no label, %d videos are new.\n",
		verb, report.Liked+report.Disliked, report.Liked, report.Disliked, report.Rows, guild, report.Unlabelled, report.New)
	return err
}

// undo takes back what a file of likes brought.
func (c *labelsImportCmd) undo(inv *invocation, p *app.Parts, guild string, f io.Reader) error {
	likes, err := labels.ReadLikes(f)
	if err != nil {
		return fmt.Errorf("nothing was taken back: %w", err)
	}
	n, err := p.Catalog.RemovePreferences(inv.ctx, guild, "", likes.Batch)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(inv.out, "Took back %d preferences of guild %s that came with this file.\n", n, guild)
	return err
}

type labelsExportCmd struct {
	File       string `arg:"" optional:"" default:"-" name:"file" help:"Where to write; - is standard output."`
	Guild      string `placeholder:"GUILD" help:"The guild, by id or name; optional where there is one."`
	Unlabelled bool   `help:"Write the videos without a label instead, to fill in y and import."`
}

// Help explains the file.
func (labelsExportCmd) Help() string {
	return `Writes one row a video: y is 1 where all votes are 👍, 0 where all are 👎, and
their share between. Picks that nobody answered, which a training counts as weak
negatives, are not among them. Several tags are joined by |. Who voted is not in
the file. Texts that a spreadsheet would run as a formula begin with an apostrophe, which
the import takes away again.`
}

func (labelsExportCmd) usesCatalogue() {}

// Run exports.
func (c *labelsExportCmd) Run(inv *invocation) error {
	p, guild, err := inv.openGuild(c.Guild)
	if err != nil {
		return err
	}
	var file bytes.Buffer // whole before the file is touched
	rows, err := labels.Export(inv.ctx, p.Catalog, &file, guild, c.Unlabelled)
	if err != nil {
		return err
	}
	if err := inv.writeBytes(c.File, socket.Private, file.Bytes()); err != nil {
		return err
	}
	if c.File != "-" {
		fmt.Fprintf(inv.errOut, "Wrote %d rows to %s.\n", rows, c.File)
	}
	if c.Unlabelled {
		return nil
	}
	_, learned, err := p.Loop.TrainingData(inv.ctx, guild)
	if err != nil {
		return err
	}
	weak := 0
	for _, l := range learned {
		if l.Weak {
			weak++
		}
	}
	if weak > 0 {
		fmt.Fprintf(inv.errOut, "Picks that nobody answered are left out (%d): a training counts them as weak negatives, evaluate of this file does not.\n", weak)
	}
	return nil
}
