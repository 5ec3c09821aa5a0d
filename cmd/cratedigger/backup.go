package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"cratedigger/cmd/internal/app"
	"cratedigger/cmd/internal/socket"
	"cratedigger/pipeline/catalog"
)

// backupCmd copies the catalogue.
type backupCmd struct {
	Force bool   `help:"Replace FILE also where it is no backup of this catalogue."`
	File  string `arg:"" optional:"" name:"file" help:"Where to write the copy; - is standard output. Without it, the copy joins the daily ones in the data folder."`
}

// Help explains what a backup is.
func (backupCmd) Help() string {
	return `Writes a checked copy of the catalogue: votes, videos, posts, models and
settings. Works while the bot runs. The tokens of the configuration are not in
it; who voted what is. A file that is there already is replaced if it is an earlier
backup of the same catalogue; any other is kept, unless --force is given.`
}

// prepare examines the file that the copy would replace.
func (c *backupCmd) prepare(inv *invocation) error {
	info, err := os.Stat(c.File)
	if c.Force || c.File == "" || c.File == "-" || err != nil || !info.Mode().IsRegular() || info.Size() == 0 {
		return nil
	}
	cfg, err := inv.config()
	if err != nil {
		return err
	}
	mine, err := app.IsBackup(cfg, c.File)
	if err != nil {
		return fmt.Errorf("no backup was made, and %s is as it was: %w", c.File, err)
	}
	if !mine {
		return fmt.Errorf("no backup was made: %s is there already and no backup of this catalogue. Choose another name, or replace it with --force", c.File)
	}
	return nil
}

func (c *backupCmd) usesCatalogue() {}

// turnLimit is how long a backup waits until other commands let go of the file.
const turnLimit = 2 * time.Minute

// openInTurn is open, but waits while another command has the catalogue: a schedule
// that makes backups is not there to try again.
func (inv *invocation) openInTurn() (*app.Parts, error) {
	for began := inv.now(); ; {
		p, err := inv.open()
		if _, busy := errors.AsType[*catalog.BusyError](err); !busy || inv.now().Sub(began) > turnLimit {
			return p, err
		}
		select {
		case <-inv.ctx.Done():
			return nil, inv.ctx.Err()
		case <-time.After(50 * time.Millisecond): // the try itself has waited longer
		}
	}
}

// Run writes the copy and prints where it is.
func (c *backupCmd) Run(inv *invocation) error {
	p, err := inv.openInTurn()
	if err != nil {
		return err
	}
	file, err := p.File()
	if err != nil {
		return fmt.Errorf("no backup was made: %w", err)
	}
	if c.File == "" {
		// A person who asks for a backup gets one, even if no daily ones are made.
		path, err := file.BackupDaily(inv.ctx, max(p.Config.Backup.Keep, 1))
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(inv.out, path)
		return err
	}
	checked, err := file.CheckedCopy(inv.ctx)
	if err != nil {
		return err
	}
	defer os.Remove(checked)
	from, err := os.Open(checked)
	if err != nil {
		return fmt.Errorf("the backup cannot be read again: %w", err)
	}
	defer from.Close()
	if err := inv.writeFile(c.File, socket.Private, func(w io.Writer) error { _, err := io.Copy(w, from); return err }); err != nil {
		return err
	}
	if c.File != "-" {
		_, err = fmt.Fprintln(inv.out, c.File)
	}
	return err
}
