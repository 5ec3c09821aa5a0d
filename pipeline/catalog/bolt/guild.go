package bolt

import (
	"context"
	"fmt"

	"cratedigger/pipeline/catalog"

	bolt "go.etcd.io/bbolt"
)

func (c *Catalog) Guild(ctx context.Context, id string) (g catalog.Guild, found bool, err error) {
	err = c.view(ctx, func(tx *bolt.Tx) error {
		row, ok, err := get[storedGuild](tx.Bucket(bucketGuilds), key(id))
		g, found = row.guild(id), ok
		return err
	})
	if !found || err != nil {
		return catalog.Guild{}, false, err
	}
	return g, true, nil
}

func (c *Catalog) Guilds(ctx context.Context) (guilds []catalog.Guild, err error) {
	err = c.view(ctx, func(tx *bolt.Tx) error {
		return each(tx.Bucket(bucketGuilds), nil, func(k, v []byte) error {
			row, err := decode[storedGuild](k, v)
			if err != nil {
				return err
			}
			guilds = append(guilds, row.guild(string(k)))
			return nil
		})
	})
	return guilds, err
}

func (c *Catalog) SaveGuild(ctx context.Context, g catalog.Guild) error {
	if err := catalog.CheckIDs(g.ID); err != nil {
		return fmt.Errorf("the guild was not saved: %w", err)
	}
	return c.update(ctx, "guild", small, func(tx *bolt.Tx) error {
		return put(tx.Bucket(bucketGuilds), key(g.ID), storeGuild(g))
	})
}

func (c *Catalog) UpdateGuild(ctx context.Context, id string, change func(*catalog.Guild) error) error {
	var panicked any // a panic in change must not be taken for a damaged file
	err := c.update(ctx, "guild", small, func(tx *bolt.Tx) error {
		b := tx.Bucket(bucketGuilds)
		row, found, err := get[storedGuild](b, key(id))
		if err != nil || !found {
			return missing(err, "the guild", id)
		}
		g := row.guild(id)
		err = func() (err error) {
			defer func() {
				if panicked = recover(); panicked != nil {
					err = fmt.Errorf("the change of the guild %s panicked", id)
				}
			}()
			return change(&g)
		}()
		if err != nil {
			return err
		}
		return put(b, key(id), storeGuild(g))
	})
	if panicked != nil {
		panic(panicked)
	}
	return err
}
