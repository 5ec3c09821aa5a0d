//go:build !windows

package socket

import "github.com/google/renameio/v2"

// newPending begins a file that will be called name.
func newPending(name string) (pending, error) {
	return renameio.NewPendingFile(name, renameio.WithPermissions(0o644))
}
