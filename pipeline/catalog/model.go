package catalog

import (
	"context"
	"fmt"
	"slices"

	bolt "go.etcd.io/bbolt"
)

// keptModels is how many versions of a guild's model are kept, besides the
// champion if that is older.
const keptModels = 5

func modelKey(guildID string, version int) []byte {
	return append(prefix(guildID), bytes8(uint64(version))...)
}

// SaveModel writes a new version of a guild's model, optionally as the champion,
// and drops the oldest versions. Parts are the model's bytes, cut where other versions
// may have the same. It returns the version's number, from 1.
func (c *Catalog) SaveModel(ctx context.Context, guildID string, card []byte, parts [][]byte, champion bool) (version int, err error) {
	if err := checkIDs(guildID); err != nil {
		return 0, fmt.Errorf("the model was not saved: %w", err)
	}
	packed, err := packParts(parts)
	if err != nil {
		return 0, fmt.Errorf("the model was not saved: %w", err)
	}
	err = c.update(ctx, "model", large, func(tx *bolt.Tx) error {
		champions, models := tx.Bucket(bucketChampions), tx.Bucket(bucketModels)
		top, _, err := get[storedChampion](champions, key(guildID))
		if err != nil {
			return err
		}
		top.Last++
		version = top.Last
		if champion {
			top.Version = version
		}
		if err := put(models, modelKey(guildID, version), storedModel{Created: c.now(), Card: card}); err != nil {
			return err
		}
		if err := writeParts(tx, guildID, version, packed); err != nil {
			return err
		}
		if err := put(champions, key(guildID), top); err != nil {
			return err
		}
		var versions []int
		err = each(models, prefix(guildID), func(k, _ []byte) error {
			versions = append(versions, modelVersion(k))
			return nil
		})
		if err != nil {
			return err
		}
		for _, old := range versions[:max(0, len(versions)-keptModels)] {
			if old == top.Version {
				continue
			}
			if err := dropModel(tx, guildID, old); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return version, nil
}

func modelVersion(k []byte) int { return int(number(k[len(k)-8:])) }

// Champion returns the model that serves a guild, with its bytes.
func (c *Catalog) Champion(ctx context.Context, guildID string) (m Model, found bool, err error) {
	return c.champion(ctx, guildID, readModel)
}

// ChampionCard returns the model that serves a guild without its bytes.
func (c *Catalog) ChampionCard(ctx context.Context, guildID string) (m Model, found bool, err error) {
	return c.champion(ctx, guildID, readCard)
}

// ChampionVersion is the version of the model that serves a guild; 0 if there is none.
func (c *Catalog) ChampionVersion(ctx context.Context, guildID string) (version int, err error) {
	err = c.view(ctx, func(tx *bolt.Tx) error {
		top, _, err := get[storedChampion](tx.Bucket(bucketChampions), key(guildID))
		version = top.Version
		return err
	})
	return version, err
}

// champion reads the model that serves a guild, or as much of it as read does.
func (c *Catalog) champion(ctx context.Context, guildID string, read func(*bolt.Tx, string, int) (Model, bool, error)) (m Model, found bool, err error) {
	err = c.view(ctx, func(tx *bolt.Tx) error {
		top, _, err := get[storedChampion](tx.Bucket(bucketChampions), key(guildID))
		if err != nil || top.Version == 0 {
			return err
		}
		m, found, err = read(tx, guildID, top.Version)
		return err
	})
	return m, found, err
}

// Model returns one version with its bytes.
func (c *Catalog) Model(ctx context.Context, guildID string, version int) (m Model, found bool, err error) {
	err = c.view(ctx, func(tx *bolt.Tx) error {
		m, found, err = readModel(tx, guildID, version)
		return err
	})
	return m, found, err
}

// Models returns the kept versions of a guild without their bytes, newest first.
func (c *Catalog) Models(ctx context.Context, guildID string) (models []Model, err error) {
	err = c.view(ctx, func(tx *bolt.Tx) error {
		return each(tx.Bucket(bucketModels), prefix(guildID), func(k, _ []byte) error {
			m, _, err := readCard(tx, guildID, modelVersion(k))
			models = append(models, m)
			return err
		})
	})
	slices.Reverse(models)
	return models, err
}

func readModel(tx *bolt.Tx, guildID string, version int) (Model, bool, error) {
	m, found, err := readCard(tx, guildID, version)
	if found && err == nil {
		m.Blob, err = readParts(tx, guildID, version)
	}
	return m, found, err
}

// readCard is readModel without the bytes of the model, which are a thousand times its
// card's.
func readCard(tx *bolt.Tx, guildID string, version int) (Model, bool, error) {
	row, found, err := get[storedModel](tx.Bucket(bucketModels), modelKey(guildID, version))
	if !found || err != nil {
		return Model{}, false, err
	}
	top, _, err := get[storedChampion](tx.Bucket(bucketChampions), key(guildID))
	if err != nil {
		return Model{}, false, err
	}
	return Model{
		GuildID: guildID, Version: version, CreatedAt: row.Created, Champion: top.Version == version,
		Card: row.Card,
	}, true, nil
}

// Promote makes a kept version the champion, be it newer or older than the
// current one.
func (c *Catalog) Promote(ctx context.Context, guildID string, version int) error {
	return c.update(ctx, "promote", small, func(tx *bolt.Tx) error {
		if tx.Bucket(bucketModels).Get(modelKey(guildID, version)) == nil {
			return missing(nil, "the model version", fmt.Sprint(version))
		}
		b := tx.Bucket(bucketChampions)
		top, _, err := get[storedChampion](b, key(guildID))
		if err != nil {
			return err
		}
		top.Version = version
		return put(b, key(guildID), top)
	})
}
