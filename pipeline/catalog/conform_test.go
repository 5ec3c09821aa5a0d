package catalog_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/catalog/conform"
)

func TestConform(t *testing.T) {
	conform.Test(t, os.Getenv("CRATEDIGGER_LONG") != "", func(t *testing.T) conform.Home {
		path := filepath.Join(t.TempDir(), "catalog.db")
		return func(now func() time.Time) (conform.Store, error) {
			c, err := catalog.Open(path, catalog.Options{Now: now, NoSync: true})
			return c, err
		}
	})
}
