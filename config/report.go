package config

import (
	"fmt"
	"strings"
)

// Origin is where a value came from.
type Origin struct {
	Kind string // "default", "file", "environment" or "flag"
	Name string // the file's path, the variable or the flag
	Line int    // of the file, from 1
}

// String returns the place as a person would name it.
func (o Origin) String() string {
	switch {
	case o.Line > 0:
		return fmt.Sprintf("%s:%d", o.Name, o.Line)
	case o.Name != "":
		return o.Name
	}
	return o.Kind
}

// Value is one setting with its effective value and its origin.
type Value struct {
	Key    string
	Value  string // as the file would hold it; secrets redacted
	Origin Origin
}

// Report tells how a Config came about.
type Report struct {
	File   string // the file that was read, "" for none
	Values []Value
}

// Problem is one thing that is wrong with the settings.
type Problem struct {
	Key    string // "" when it is about the file as a whole
	Origin Origin
	Text   string // a sentence without its end: `must be true or false, not "maybe"`
}

// Error returns the problem as a sentence that begins with its place.
func (p Problem) Error() string {
	var parts []string
	if p.Origin.Kind != "default" && p.Origin.Kind != "" {
		parts = append(parts, p.Origin.String())
	}
	if p.Key != "" {
		parts = append(parts, p.Key)
	}
	return strings.Join(append(parts, p.Text), ": ")
}

// Problems is the error of [Load]: everything that is wrong, in the order of
// the places looked at.
type Problems []Problem

// Error returns one problem a line.
func (ps Problems) Error() string {
	if len(ps) == 1 {
		return "the configuration has a problem: " + ps[0].Error()
	}
	var b strings.Builder
	fmt.Fprintf(&b, "the configuration has %d problems:", len(ps))
	for _, p := range ps {
		b.WriteString("\n  " + p.Error())
	}
	return b.String()
}
