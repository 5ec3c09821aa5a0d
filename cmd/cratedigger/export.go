package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"cratedigger/cmd/internal/app"
	"cratedigger/cmd/internal/socket"
	"cratedigger/model/matrix"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/feature"
	"cratedigger/pipeline/taste"
)

// exportCmd writes what other tools can read.
type exportCmd struct {
	Matrix exportMatrixCmd `cmd:"" help:"Write labelled videos as a matrix of features."`
}

type exportMatrixCmd struct {
	Labels  string `xor:"from" placeholder:"FILE" help:"Take videos and labels from a label file."`
	Guild   string `xor:"from" placeholder:"GUILD" help:"Take them from the catalogue, of this guild, by id or name; optional where there is one."`
	Format  string `enum:"libsvm,csv" default:"libsvm" help:"What to write: ${enum}."`
	Learner string `enum:"all,boost,forest" default:"all" help:"Whose columns to write: ${enum}."`
	Seed    uint64 `placeholder:"N" help:"Seed of the latent factors."`
	Out     string `arg:"" name:"out" help:"The file to write; the names of the columns go to OUT.columns."`
}

// Help explains the file.
func (exportMatrixCmd) Help() string {
	return `Writes a row a labelled video: the label (1 for a share of likes of at least one
half), numbers and latent factors, then words; with --learner, the columns that
the boosted trees or the forest of a guild's models read. Vocabulary and scaling
come from all videos, labelled or not; from a catalogue, the rows are those that a
training would read now. Of a configuration, taste.packaging,
taste.built_in_packaging and, with a catalogue, taste.half_life count. In libsvm columns count from 0, what is not
written is 0 and nan is missing.`
}

func (exportMatrixCmd) usesCatalogue() {}

// Run exports.
func (c *exportMatrixCmd) Run(inv *invocation) error {
	cfg, err := inv.config()
	if err != nil {
		return err
	}
	videos, labels, err := c.read(inv)
	if err != nil {
		return err
	}
	m, y, err := featureMatrix(videos, labels, feature.Options{Packaging: app.Packaging(cfg)}, c.Seed, c.views())
	if err != nil {
		return err
	}
	write := matrix.WriteLibSVM
	if c.Format == "csv" {
		write = matrix.WriteCSV
	}
	if err := inv.writeFile(c.Out, socket.Private, func(w io.Writer) error { return write(w, m, y) }); err != nil {
		return err
	}
	if c.Out == "-" {
		return nil
	}
	var names bytes.Buffer
	for _, name := range m.Names() {
		fmt.Fprintln(&names, strings.NewReplacer("\n", " ", "\r", " ").Replace(name))
	}
	if err := inv.writeBytes(c.Out+".columns", socket.Private, names.Bytes()); err != nil {
		return err
	}
	fmt.Fprintf(inv.errOut, "Wrote %d rows of %d columns to %s.\n", m.Rows(), m.Cols(), c.Out)
	return nil
}

// writeFile writes a file of the caller's, whole or not at all.
func (inv *invocation) writeFile(name string, who socket.Audience, write func(io.Writer) error) error {
	f, err := inv.files.Create(name, who)
	if err != nil {
		return fmt.Errorf("%s cannot be written: %w", name, err)
	}
	if err = write(f); err == nil {
		err = f.Close()
	} else if begun, ok := f.(interface{ Cleanup() error }); ok { // the caller of a running bot drops its file itself
		err = errors.Join(err, begun.Cleanup())
	}
	if err != nil {
		return fmt.Errorf("%s was not finished: %w", name, err)
	}
	return nil
}

// writeBytes writes a file of the caller's with these bytes.
func (inv *invocation) writeBytes(name string, who socket.Audience, data []byte) error {
	return inv.writeFile(name, who, func(w io.Writer) error { _, err := w.Write(data); return err })
}

func (c *exportMatrixCmd) read(inv *invocation) ([]catalog.Video, []taste.Label, error) {
	if c.Labels != "" {
		file, err := inv.readLabels(c.Labels)
		if err != nil {
			return nil, nil, err
		}
		videos, labels := file.Labelled()
		return videos, labels, nil
	}
	p, guild, err := inv.openGuild(c.Guild)
	if err != nil {
		return nil, nil, err
	}
	return p.Loop.TrainingData(inv.ctx, guild)
}

// views are what the matrix consists of, side by side.
func (c *exportMatrixCmd) views() []feature.View {
	for _, l := range taste.DefaultLearners() {
		if l.Name == c.Learner {
			return []feature.View{feature.View(l.View)}
		}
	}
	return []feature.View{feature.ViewDense, feature.ViewText}
}

// featureMatrix is the labelled videos in the given views, side by side, and
// their labels.
func featureMatrix(videos []catalog.Video, labels []taste.Label, text feature.Options, seed uint64, views []feature.View) (*matrix.Matrix, []float64, error) {
	at := make(map[string]int, len(videos))
	for i := range videos {
		at[videos[i].ID] = i
	}
	var rows []catalog.Video
	var when []time.Time
	var y []float64
	for _, l := range labels {
		i, ok := at[l.VideoID]
		if !ok {
			continue
		}
		label := 0.0
		if l.Share >= 0.5 {
			label = 1
		}
		rows, when, y = append(rows, videos[i]), append(when, l.KnownAt), append(y, label)
	}
	if len(rows) == 0 {
		return nil, nil, errors.New("there is no labelled video to export")
	}
	cache := feature.NewCache(text)
	space, err := cache.Space(videos, seed)
	if err != nil {
		return nil, nil, fmt.Errorf("features: %w", err)
	}
	docs := cache.Documents(rows, when)
	var m *matrix.Matrix
	for _, view := range views {
		next, err := space.Matrix(docs, view)
		if err == nil && m != nil {
			next, err = matrix.Join(m, next)
		}
		if err != nil {
			return nil, nil, fmt.Errorf("features: %w", err)
		}
		m = next
	}
	return m, y, nil
}
