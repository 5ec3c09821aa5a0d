package bolt

import (
	"context"
	"log/slog"
	"time"

	bolt "go.etcd.io/bbolt"
)

// OpenMemory creates a catalogue in memory, for a demo where nothing can be
// written. It works on Linux only.
func OpenMemory(o Options) (*Catalog, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	o.MinFree = 0 // there is no disk
	const name = "memory"
	var db *bolt.DB
	err := guard(name, func() (err error) {
		db, err = bolt.Open(name, 0o600, &bolt.Options{
			NoSync: true, NoFreelistSync: true, FreelistType: bolt.FreelistMapType, OpenFile: memoryFile,
		})
		return err
	})
	if err != nil {
		return nil, err
	}
	c := newCatalog("", &handle{db: db}, o)
	// As in Open.
	if err := c.begin(context.Background(), ""); err != nil {
		c.abandon()
		return nil, err
	}
	return c, nil
}
