package house_test

import (
	"log"
	"os"
	"slices"
	"strings"
	"testing"
)

// scratch is a folder for what tests share; it goes when they end.
var scratch string

// TestMain goes to the module's root: the tests name files from there.
func TestMain(m *testing.M) {
	var err error
	if scratch, err = os.MkdirTemp("", "house"); err != nil {
		log.Fatal(err)
	}
	if err := os.Chdir("../.."); err != nil {
		log.Fatal(err)
	}
	code := m.Run()
	os.RemoveAll(scratch)
	os.Exit(code)
}

// clean is the environment of all commands here that build the program or run it:
// without what would be a setting of the program, or open a browser. Every build
// has the flags with which .ci/run builds for releases, so that Go's cache holds
// each package once; -trimpath keeps the folder of a checkout out of it.
func clean(environ []string) []string {
	kept := slices.DeleteFunc(environ, func(entry string) bool {
		name, _, _ := strings.Cut(entry, "=")
		return strings.HasPrefix(name, "CRATEDIGGER_") || slices.Contains([]string{"PORT", "DISPLAY", "GOFLAGS", "CGO_ENABLED"}, name)
	})
	return append(kept, "GOFLAGS=-trimpath -ldflags=-w", "CGO_ENABLED=0") // -w: linking costs less
}
