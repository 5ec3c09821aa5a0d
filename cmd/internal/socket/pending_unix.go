//go:build !windows

package socket

import (
	"io/fs"

	"github.com/google/renameio/v2"
)

// newPending begins a file that will be called name. It has its final mode from the
// beginning; the umask applies to a public one.
func newPending(name string, who Audience, mode fs.FileMode) (pending, error) {
	options := []renameio.Option{renameio.WithPermissions(mode)}
	if who == Private {
		options = append(options, renameio.IgnoreUmask())
	}
	return renameio.NewPendingFile(name, options...)
}
