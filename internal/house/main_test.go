package house_test

import (
	"log"
	"os"
	"testing"
)

// TestMain goes to the module's root: the tests name files from there.
func TestMain(m *testing.M) {
	if err := os.Chdir("../.."); err != nil {
		log.Fatal(err)
	}
	os.Exit(m.Run())
}
