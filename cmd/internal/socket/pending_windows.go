package socket

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// newPending begins a file that will be called name. Whoever may read the folder may
// read it, because Windows has no modes. renameio does not support Windows, where a
// file that somebody holds open cannot be replaced; then the old one stays, and the
// error says so.
func newPending(name string, _ Audience, _ fs.FileMode) (pending, error) {
	f, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+"-*")
	if err != nil {
		return nil, err
	}
	return renamed{f, name}, nil
}

type renamed struct {
	*os.File
	name string
}

// CloseAtomicallyReplace gives the file its name.
func (r renamed) CloseAtomicallyReplace() error {
	if err := errors.Join(r.Sync(), r.Close()); err != nil {
		return errors.Join(err, os.Remove(r.Name()))
	}
	return os.Rename(r.Name(), r.name)
}

// Cleanup drops the file.
func (r renamed) Cleanup() error {
	return errors.Join(r.Close(), os.Remove(r.Name()))
}
