package main

import (
	"os"
	"testing"

	"go.uber.org/goleak"
)

// asProgram in the environment makes the test binary the program.
const asProgram = "CRATEDIGGER_TEST_AS_PROGRAM"

// TestMain lets the test binary be the program too: the catalogue is checked
// in a child process, which is started from the binary that runs, and some
// tests need a process of their own. No test may leave a goroutine behind.
func TestMain(m *testing.M) {
	child := len(os.Args) > 2 && os.Args[1] == "check" && os.Args[2] == "--here"
	if child || os.Getenv(asProgram) != "" {
		main()
	}
	goleak.VerifyTestMain(m)
}
