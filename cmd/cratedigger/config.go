package main

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"text/tabwriter"

	"cratedigger/cmd/internal/app"
	"cratedigger/config"
)

type configCmd struct {
	Init configInitCmd `cmd:"" help:"Write a configuration file with every key explained."`
	Show configShowCmd `cmd:"" help:"Print the settings in force and where each came from."`

	Password configPasswordCmd `cmd:"" help:"Make a random password for the dashboard, in a file."`
}

type configInitCmd struct {
	File  string `arg:"" optional:"" default:"config.yaml" type:"path" help:"File to write; - is standard output."`
	Force bool   `help:"Overwrite the file if it exists."`
}

// privately makes an open file readable by its owner only.
func privately(f *os.File) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		return f.Chmod(mode &^ 0o077)
	}
	return nil
}

// Run writes the example file. Only its owner may read it, because a token will be in
// it.
func (c *configInitCmd) Run(inv *invocation) error {
	limits, err := app.LimitTexts()
	if err != nil {
		return err
	}
	example := config.Example(limits)
	if c.File == "-" {
		_, err := inv.out.Write(example)
		return err
	}
	flags := os.O_WRONLY | os.O_CREATE | os.O_EXCL
	if c.Force {
		flags = os.O_WRONLY | os.O_CREATE | os.O_TRUNC
	}
	f, err := os.OpenFile(c.File, flags, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s exists already and was left as it is; --force overwrites it", c.File)
	}
	if err != nil {
		return fmt.Errorf("the configuration cannot be written: %w", err)
	}
	if err = privately(f); err == nil {
		_, err = f.Write(example)
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("the configuration was not written whole: %w", err)
	}
	_, err = fmt.Fprintf(inv.out, "Wrote %s. For Discord, put the bot's token into it, then try: cratedigger doctor. Without Discord: cratedigger run --local\n", c.File)
	return err
}

type configShowCmd struct {
	JSON bool `name:"json" help:"Print JSON."`
}

// shownValue is one setting in config show's JSON.
type shownValue struct {
	Key    string `json:"key"`
	Value  string `json:"value"`
	Origin string `json:"origin"`
}

// Run prints the settings, and then all that is wrong with them.
func (c *configShowCmd) Run(inv *invocation) error {
	_, report, problems := config.Load(inv.configInput())
	if c.JSON {
		shown := struct {
			File     string       `json:"file"`
			Values   []shownValue `json:"values"`
			Problems []string     `json:"problems"`
		}{report.File, nil, []string{}}
		for _, v := range report.Values {
			shown.Values = append(shown.Values, shownValue{v.Key, v.Value, v.Origin.String()})
		}
		if list, ok := errors.AsType[config.Problems](problems); ok {
			for _, p := range list {
				shown.Problems = append(shown.Problems, p.Error())
			}
		}
		encoder := json.NewEncoder(inv.out)
		encoder.SetEscapeHTML(false)
		encoder.SetIndent("", "  ")
		return errors.Join(encoder.Encode(shown), problems)
	}
	w := tabwriter.NewWriter(inv.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "KEY\tVALUE\tFROM")
	for _, v := range report.Values {
		fmt.Fprintf(w, "%s\t%s\t%s\n", v.Key, v.Value, v.Origin)
	}
	return errors.Join(w.Flush(), problems)
}

type configPasswordCmd struct {
	File string `arg:"" type:"path" help:"File to write, for CRATEDIGGER_DASHBOARD_PASSWORD_FILE."`
	Show bool   `help:"Print the password."`
}

// Run writes a random password. A file that exists is kept, so that the command
// can run before each start of the bot.
func (c *configPasswordCmd) Run(inv *invocation) error {
	password := rand.Text()
	f, err := os.OpenFile(c.File, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	switch {
	case errors.Is(err, fs.ErrExist):
		if password, err = keptPassword(c.File); err != nil {
			return err
		}
		if password == "" {
			return fmt.Errorf("%s is empty; remove it and try again", c.File)
		}
	case err != nil:
		return fmt.Errorf("the password cannot be written: %w", err)
	default:
		_, err = fmt.Fprintln(f, password)
		if err = errors.Join(err, f.Close()); err != nil {
			return fmt.Errorf("the password was not written: %w", errors.Join(err, os.Remove(c.File)))
		}
	}
	if c.Show {
		_, err = fmt.Fprintln(inv.out, password)
		return err
	}
	_, err = fmt.Fprintf(inv.out, "The dashboard's password is in %s.\n", c.File)
	return err
}

// keptPassword reads the password from an existing file and makes the file readable by
// its owner only.
func keptPassword(name string) (string, error) {
	f, err := os.Open(name)
	if err != nil {
		return "", fmt.Errorf("the password cannot be read: %w", err)
	}
	defer f.Close()
	if err := privately(f); err != nil {
		return "", fmt.Errorf("others can read the password, and that could not be changed: %w", err)
	}
	kept, err := io.ReadAll(f)
	if err != nil {
		return "", fmt.Errorf("the password cannot be read: %w", err)
	}
	return strings.TrimSpace(string(kept)), nil
}
