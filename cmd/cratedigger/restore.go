package main

import (
	"fmt"
	"path/filepath"

	"cratedigger/cmd/internal/app"
)

// restoreCmd puts a backup in the place of the catalogue.
type restoreCmd struct {
	File string `arg:"" optional:"" type:"path" name:"file" help:"The backup; without it, the newest in the data folder."`
}

// Help explains what is kept.
func (restoreCmd) Help() string {
	return `Checks the backup, sets the catalogue aside under another name, and puts the
backup in its place. The bot must not be running. What came after the backup
stays in the file that was set aside.`
}

// Run restores.
func (c *restoreCmd) Run(inv *invocation) error {
	cfg, err := inv.config()
	if err != nil {
		return err
	}
	backup := c.File
	if backup == "" {
		all := app.Backups(cfg)
		if len(all) == 0 {
			return fmt.Errorf("there is no backup in %s", app.BackupFolder(cfg))
		}
		backup = all[0]
	}
	aside, err := app.Restore(inv.ctx, cfg, backup, inv.now)
	if err != nil {
		return err
	}
	if aside != "" {
		fmt.Fprintf(inv.out, "The catalogue that was there is now %s.\n", aside)
	}
	_, err = fmt.Fprintf(inv.out, "Restored %s from %s.\n", filepath.Join(cfg.DataDir, app.CatalogueFile), backup)
	return err
}
