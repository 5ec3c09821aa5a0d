package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"cratedigger/pipeline/catalog"
)

// Exit codes of check, which are also how its child tells the parent.
const (
	exitDamaged = 3
	exitBusy    = 4
	exitNewer   = 5
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

// Run checks the file in a child process, which may die of what it finds.
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
		path = filepath.Join(cfg.DataDir, catalogueFile)
		if !inv.served { // a running bot checks a copy of what it holds
			if code, served := inv.call(cfg.DataDir, []string{"check"}); served {
				return asExit(code)
			}
		}
		if inv.served {
			copied, err := inv.parts.catalog.Copy(inv.ctx)
			if err != nil {
				return err
			}
			defer os.Remove(copied)
			path = copied
		}
	}
	out, err := checkInChild(inv.ctx, path)
	fmt.Fprint(inv.out, out)
	return err
}

// asExit is the exit code of a command that has said its own words.
func asExit(code int) error {
	if code == 0 {
		return nil
	}
	return exitError{code, errors.New("")}
}

// checkHere checks a file in this process and prints what it holds.
func checkHere(inv *invocation, path string) error {
	report, err := catalog.Check(path)
	if _, ok := errors.AsType[*catalog.BusyError](err); ok {
		return exitError{exitBusy, err}
	}
	if _, ok := errors.AsType[*catalog.NewerError](err); ok {
		return exitError{exitNewer, err}
	}
	if _, ok := errors.AsType[*catalog.CorruptError](err); ok {
		for _, p := range report.Problems {
			fmt.Fprintln(inv.out, p)
		}
		return exitError{exitDamaged, err}
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
	_, err = fmt.Fprintf(inv.out, "clean, schema %d: %s\n", report.Schema, strings.Join(rows, ", "))
	return err
}

// checkInChild checks a file in a process of its own and returns what that
// printed. A child that died is a damaged file: that is how bbolt meets one.
func checkInChild(ctx context.Context, path string) (string, error) {
	program, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("the check cannot be started: %w", err)
	}
	var out, errOut bytes.Buffer
	cmd := exec.CommandContext(ctx, program, "check", "--here", "--file", path)
	cmd.Stdout, cmd.Stderr = &out, &errOut
	err = cmd.Run()
	if err == nil {
		return out.String(), nil
	}
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	died, ok := errors.AsType[*exec.ExitError](err)
	if !ok {
		return "", fmt.Errorf("the check cannot be started: %w", err)
	}
	sentence := lastWords(errOut.String())
	switch code := died.ExitCode(); code {
	case exitBusy:
		return "", exitError{code, &catalog.BusyError{Path: path}}
	case exitNewer:
		return "", exitError{code, errors.New(sentence)}
	case exitDamaged:
		problems := strings.Split(strings.TrimSpace(out.String()), "\n")
		return out.String(), exitError{code, &catalog.CorruptError{Path: path, Cause: errors.New(firstOf(problems, "its check failed"))}}
	case 1:
		return "", errors.New(sentence)
	default:
		return "", exitError{exitDamaged, &catalog.CorruptError{Path: path, Cause: errors.New("its check died: " + sentence)}}
	}
}

// firstOf sums up a list of problems.
func firstOf(problems []string, otherwise string) string {
	if len(problems) == 0 || problems[0] == "" {
		return otherwise
	}
	if more := len(problems) - 1; more > 0 {
		return fmt.Sprintf("%s, and %d more", problems[0], more)
	}
	return problems[0]
}

// lastWords is the line of a dead child's output that says why.
func lastWords(stderr string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(stderr), "\n")
	const most = 300
	return strings.TrimPrefix(line[:min(most, len(line))], "cratedigger: ")
}

// verifyInChild is checkInChild for the catalogue, which asks only whether a
// file is good.
func verifyInChild(ctx context.Context, path string) error {
	_, err := checkInChild(ctx, path)
	if e, ok := errors.AsType[exitError](err); ok {
		return e.err
	}
	return err
}
