package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/alecthomas/kong"
)

// explainUsage adds to kong's error about a mistyped command line: if the unknown word
// is a subcommand of another command it names that, and it names the help of the
// command that was meant.
func explainUsage(parser *kong.Kong, args []string, err error) error {
	help := []string{"cratedigger"}
	if parsing, ok := errors.AsType[*kong.ParseError](err); ok && parsing.Context != nil {
		if node := parsing.Context.Selected(); node != nil {
			help = strings.Fields(node.FullPath())
		}
	}
	var meant []string
	if len(help) == 1 && len(args) > 0 {
		for _, leaf := range parser.Model.Leaves(true) {
			if leaf.Name == args[0] {
				meant = append(meant, leaf.FullPath())
			}
		}
	}
	if len(meant) > 0 {
		return fmt.Errorf("unexpected argument %s, did you mean %s?", args[0], strings.Join(meant, " or "))
	}
	return fmt.Errorf("%w (see %s --help)", err, strings.Join(help, " "))
}
