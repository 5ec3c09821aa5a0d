package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"time"

	"cratedigger/config"
	"cratedigger/pipeline/catalog"
	"cratedigger/pipeline/catalog/bolt"
)

// This file alone knows which store keeps the catalogue.

// CatalogueFile is the catalogue's name in the data folder.
const CatalogueFile = "cratedigger.db"

// OpenCatalogue opens the catalogue of the data folder.
func (p *Parts) OpenCatalogue(now func() time.Time) error {
	options := fileOptions(p.Config, now)
	options.Log, options.Trace, options.NoSync = p.Log, crashTrace(), p.Throwaway
	open := func() (*bolt.Catalog, error) {
		return bolt.Open(filepath.Join(p.Config.DataDir, CatalogueFile), options)
	}
	if p.Throwaway && p.Config.DataDir == "" {
		open = func() (*bolt.Catalog, error) { return bolt.OpenMemory(options) }
	}
	c, err := open()
	if errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("%w; give the user of the bot the right to write there, or choose another folder with --data or data_dir", err)
	}
	if err == nil {
		p.Catalog, p.file = c, c
	}
	return err
}

// OpenAsItIs opens the catalogue alone, to examine it. It puts no backup in the place of a
// damaged file, and does not check it: call Verify before.
func OpenAsItIs(cfg *config.Config, now func() time.Time) (*Parts, error) {
	options := fileOptions(cfg, now)
	options.Restore, options.Verify = false, nil
	c, err := bolt.Open(filepath.Join(cfg.DataDir, CatalogueFile), options)
	if err != nil {
		return nil, err
	}
	return &Parts{Config: cfg, Catalog: c, file: c}, nil
}

// fileOptions are the options of the catalogue's file from the configuration.
func fileOptions(cfg *config.Config, now func() time.Time) bolt.Options {
	return bolt.Options{
		Now: now, Verify: Verify,
		MinFree: uint64(cfg.Store.MinFreeBytes), Restore: cfg.Store.OnCorrupt == "restore",
	}
}

// File is what the open catalogue has as one file. The error says that it is none.
func (p *Parts) File() (catalog.File, error) {
	if p.file == nil {
		return nil, errors.New("the catalogue is not kept in one file: its server's own tools back it up, check it and restore it")
	}
	return p.file, nil
}

// Begun reports whether the data folder has a catalogue that is not empty. The error is a
// [catalog.LostError] if it once had one.
func Begun(cfg *config.Config) (bool, error) {
	return bolt.Begun(filepath.Join(cfg.DataDir, CatalogueFile))
}

// CheckFile reads every page and row of a catalogue's file. On a damaged file bbolt may
// crash the process beyond recovery: see CheckInChild.
func CheckFile(path string) (catalog.Report, error) { return bolt.Check(path) }

// Backups are the daily backups of the data folder, the newest first.
func Backups(cfg *config.Config) []string { return bolt.Backups(BackupFolder(cfg)) }

// BackupFolder is where the daily backups lie.
func BackupFolder(cfg *config.Config) string { return filepath.Join(cfg.DataDir, "backups") }

// IsBackup reports whether a file is an earlier backup of the data folder's catalogue.
func IsBackup(cfg *config.Config, file string) (bool, error) {
	return bolt.IsBackupOf(file, filepath.Join(cfg.DataDir, CatalogueFile))
}

// Restore puts a checked copy of a backup in the place of the data folder's catalogue, and
// returns where that is now, "" if there was none.
func Restore(ctx context.Context, cfg *config.Config, backup string, now func() time.Time) (aside string, err error) {
	return bolt.Restore(ctx, backup, filepath.Join(cfg.DataDir, CatalogueFile), bolt.Options{Now: now, Verify: Verify})
}
