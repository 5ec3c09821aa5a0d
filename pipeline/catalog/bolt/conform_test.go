package bolt_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/catalog/bolt"
	"cratedigger/pipeline/catalog/conform"
)

func TestConform(t *testing.T) {
	conform.Test(t, os.Getenv("CRATEDIGGER_LONG") != "", func(t *testing.T) conform.Home {
		path := filepath.Join(t.TempDir(), "catalog.db")
		return func(now func() time.Time) (catalog.Store, error) {
			c, err := bolt.Open(path, bolt.Options{Now: now, NoSync: true})
			return c, err
		}
	})
}
