package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// explainUsage completes what kong says of a mistyped command line: it names the
// command below another that the unknown word is, and the help of the command that
// was meant.
func explainUsage(parser *kong.Kong, args []string, err error) error {
	help := []string{"cratedigger"}
	if parsing, ok := errors.AsType[*kong.ParseError](err); ok && parsing.Context != nil {
		if node := parsing.Context.Selected(); node != nil {
			help = strings.Fields(node.FullPath())
		} else {
			help = append(help, begun(parser, args)...)
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

// begun are the first words of args that name a command which has others below it.
func begun(parser *kong.Kong, args []string) (words []string) {
	node := parser.Model.Node
	for _, arg := range args {
		i := slices.IndexFunc(node.Children, func(n *kong.Node) bool { return n.Name == arg })
		if i < 0 {
			break
		}
		node, words = node.Children[i], append(words, arg)
	}
	return words
}
