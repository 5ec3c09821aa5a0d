package main

import (
	"fmt"
	"io"
	"os"

	"cratedigger/cmd/internal/socket"
)

// backupCmd copies the catalogue.
type backupCmd struct {
	File string `arg:"" optional:"" name:"file" help:"Where to write the copy; - is standard output. Without it, the copy joins the daily ones in the data folder."`
}

// Help explains what a backup is.
func (backupCmd) Help() string {
	return `Writes a checked copy of the catalogue: votes, videos, posts, models and
settings. Works while the bot runs. The tokens of the configuration are not in
it; who voted what is.`
}

func (c *backupCmd) usesCatalogue() {}

// Run writes the copy and prints where it is.
func (c *backupCmd) Run(inv *invocation) error {
	p, err := inv.open()
	if err != nil {
		return err
	}
	if c.File == "" {
		// Who asks for a copy gets one, also where no daily ones are made.
		path, err := p.Catalog.BackupDaily(inv.ctx, max(p.Config.Backup.Keep, 1))
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(inv.out, path)
		return err
	}
	checked, err := p.Catalog.CheckedCopy(inv.ctx)
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
