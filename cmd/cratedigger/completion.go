package main

import (
	"fmt"
	"os"
	"strings"
)

// completionCmd prints the line that makes a shell ask this program for completions.
type completionCmd struct {
	Shell string `arg:"" enum:"bash,zsh,fish" name:"shell" help:"Which shell: ${enum}."`
}

// Help says where the line goes.
func (completionCmd) Help() string {
	return `The shell then asks this program which commands, flags and values fit what was
typed. Put the line into the shell's start-up file: ~/.bashrc, ~/.zshrc or
~/.config/fish/config.fish.`
}

// Run prints the line.
func (c completionCmd) Run(inv *invocation) error {
	program, err := os.Executable()
	if err != nil {
		return fmt.Errorf("where this program is could not be found out: %w", err)
	}
	quoted := "'" + strings.ReplaceAll(program, "'", `'\''`) + "'"
	line := "complete -C " + quoted + " cratedigger"
	switch c.Shell {
	case "zsh":
		line = "autoload -U +X bashcompinit && bashcompinit && " + line
	case "fish":
		line = fmt.Sprintf("complete -c cratedigger -f -a %q", "(env COMP_LINE=(commandline -cp) "+quoted+")")
	}
	_, err = fmt.Fprintln(inv.out, line)
	return err
}
