package main

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"cratedigger/cmd/internal/app"
	"cratedigger/pipeline/catalog"
)

// checkCmd checks the catalogue, or another file.
type checkCmd struct {
	File string `type:"path" placeholder:"FILE" help:"Check this file (a backup, say) instead of the data folder's catalogue."`
	Here bool   `hidden:"" help:"Check in this process."`
}

// Help explains the exit codes.
func (checkCmd) Help() string {
	return `Reads every page and every row of the catalogue and checks that they agree.
Nothing is changed. While the bot runs, a copy of its catalogue is checked.

Exit codes: 0 clean, 1 the file cannot be read, 3 damaged, 4 held by another
process, 5 written by a newer version.`
}

// Run checks the file in a child process: bbolt may crash on a damaged file.
func (c *checkCmd) Run(inv *invocation) error {
	if c.Here {
		return checkHere(inv, c.File)
	}
	path := c.File
	if path == "" {
		cfg, err := inv.config()
		if err != nil {
			return err
		}
		path = filepath.Join(cfg.DataDir, app.CatalogueFile)
		if !inv.served { // a running bot checks a copy of its catalogue
			if code, served := inv.send(cfg.DataDir, []string{"check"}); served {
				return app.WithCode(code, nil)
			}
		}
		if inv.served {
			file, err := inv.parts.File()
			if err != nil {
				return fmt.Errorf("nothing was checked: %w", err)
			}
			copied, err := file.Copy(inv.ctx)
			if err != nil {
				return err
			}
			defer os.Remove(copied)
			path = copied
		} else if begun, err := app.Begun(cfg); err != nil {
			return err
		} else if !begun {
			return c.empty(inv, path)
		}
	}
	out, err := app.CheckInChild(inv.ctx, path)
	fmt.Fprint(inv.out, out)
	return err
}

// empty reports on a data folder whose catalogue does not exist yet, without creating
// it.
func (checkCmd) empty(inv *invocation, path string) error {
	if _, err := os.Stat(path); err != nil {
		return fmt.Errorf("the catalogue cannot be checked: %w", err)
	}
	_, err := fmt.Fprintln(inv.out, "empty: nothing was written to it yet")
	return err
}

// checkHere checks a file in this process and prints what it holds.
func checkHere(inv *invocation, path string) error {
	report, err := app.CheckFile(path)
	if _, ok := errors.AsType[*catalog.BusyError](err); ok {
		return app.WithCode(app.ExitBusy, err)
	}
	if _, ok := errors.AsType[*catalog.NewerError](err); ok {
		return app.WithCode(app.ExitNewer, err)
	}
	if _, ok := errors.AsType[*catalog.CorruptError](err); ok {
		for _, p := range report.Problems {
			fmt.Fprintln(inv.out, p)
		}
		return app.WithCode(app.ExitDamaged, err)
	}
	if err != nil {
		return err
	}
	if report.Schema == 0 {
		_, err := fmt.Fprintln(inv.out, "empty: nothing was written to it yet")
		return err
	}
	var rows []string
	for _, name := range slices.Sorted(maps.Keys(report.Rows)) {
		rows = append(rows, fmt.Sprintf("%d %s", report.Rows[name], name))
	}
	if report.Unread > 0 {
		fmt.Fprintf(inv.out, "%d rows of an import that was cut off cannot be read, and the next start leaves them out; import the file again after it\n", report.Unread)
	}
	_, err = fmt.Fprintf(inv.out, "clean, schema %d: %s\n", report.Schema, strings.Join(rows, ", "))
	return err
}
