package bolt

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"testing"

	"cratedigger/pipeline/catalog"

	"go.uber.org/goleak"
)

// TestMain lets the test binary be the child that checks a file, or that does
// what a test must not do in its own process. No test may leave a goroutine
// behind.
func TestMain(m *testing.M) {
	if len(os.Args) > 2 {
		if child, ok := children[os.Args[1]]; ok {
			if err := child(os.Args[2]); err != nil {
				fmt.Println(err)
				os.Exit(3)
			}
			os.Exit(0)
		}
	}
	goleak.VerifyTestMain(m)
}

// children are what the test binary does when its first argument says so.
var children = map[string]func(path string) error{
	"check": func(path string) error { _, err := Check(path); return err },
}

// child runs the test binary as a child and returns its output.
func child(ctx context.Context, name, path string) (string, error) {
	out, err := exec.CommandContext(ctx, os.Args[0], name, path).CombinedOutput()
	return string(out), err
}

// verifyInChild is what a program gives as Options.Verify.
func verifyInChild(ctx context.Context, path string) error {
	out, err := child(ctx, "check", path)
	if _, died := errors.AsType[*exec.ExitError](err); died {
		return &catalog.CorruptError{Path: path, Cause: errors.New(firstLine(out))}
	}
	return err
}

func firstLine(s string) string {
	for i, c := range s {
		if c == '\n' {
			return s[:i]
		}
	}
	return s
}
