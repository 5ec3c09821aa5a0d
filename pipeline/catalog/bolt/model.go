package bolt

import (
	"context"
	"fmt"
	"slices"

	"cratedigger/pipeline/catalog"

	bolt "go.etcd.io/bbolt"
)

func modelKey(guildID string, version int) []byte {
	return append(prefix(guildID), bytes8(uint64(version))...)
}

func (c *Catalog) SaveModel(ctx context.Context, guildID string, card []byte, parts [][]byte, champion bool) (version int, err error) {
	if err := catalog.CheckIDs(guildID); err != nil {
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
		for _, old := range versions[:max(0, len(versions)-catalog.KeptModels)] {
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

func (c *Catalog) Champion(ctx context.Context, guildID string) (m catalog.Model, found bool, err error) {
	return c.champion(ctx, guildID, readModel)
}

func (c *Catalog) ChampionCard(ctx context.Context, guildID string) (m catalog.Model, found bool, err error) {
	return c.champion(ctx, guildID, readCard)
}

func (c *Catalog) ChampionVersion(ctx context.Context, guildID string) (version int, err error) {
	err = c.view(ctx, func(tx *bolt.Tx) error {
		top, _, err := get[storedChampion](tx.Bucket(bucketChampions), key(guildID))
		version = top.Version
		return err
	})
	return version, err
}

// champion reads the model that serves a guild, or as much of it as read does.
func (c *Catalog) champion(ctx context.Context, guildID string, read func(*bolt.Tx, string, int) (catalog.Model, bool, error)) (m catalog.Model, found bool, err error) {
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

func (c *Catalog) Model(ctx context.Context, guildID string, version int) (m catalog.Model, found bool, err error) {
	err = c.view(ctx, func(tx *bolt.Tx) error {
		m, found, err = readModel(tx, guildID, version)
		return err
	})
	return m, found, err
}

func (c *Catalog) Models(ctx context.Context, guildID string) (models []catalog.Model, err error) {
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

func readModel(tx *bolt.Tx, guildID string, version int) (catalog.Model, bool, error) {
	m, found, err := readCard(tx, guildID, version)
	if found && err == nil {
		m.Blob, err = readParts(tx, guildID, version)
	}
	return m, found, err
}

// readCard is readModel without the bytes of the model, which are a thousand times its
// card's.
func readCard(tx *bolt.Tx, guildID string, version int) (catalog.Model, bool, error) {
	row, found, err := get[storedModel](tx.Bucket(bucketModels), modelKey(guildID, version))
	if !found || err != nil {
		return catalog.Model{}, false, err
	}
	top, _, err := get[storedChampion](tx.Bucket(bucketChampions), key(guildID))
	if err != nil {
		return catalog.Model{}, false, err
	}
	return catalog.Model{
		GuildID: guildID, Version: version, CreatedAt: row.Created, Champion: top.Version == version,
		Card: row.Card,
	}, true, nil
}

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
