package house_test

import (
	"log"
	"os"
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
