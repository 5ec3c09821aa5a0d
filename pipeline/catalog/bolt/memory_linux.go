package bolt

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// memoryFile makes a file that exists in memory alone. bbolt calls it in place of
// os.OpenFile, so it has that signature; the arguments do not matter.
func memoryFile(string, int, os.FileMode) (*os.File, error) {
	fd, err := unix.MemfdCreate("catalogue", unix.MFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("no file can be made in memory: %w", err)
	}
	return os.NewFile(uintptr(fd), "catalogue"), nil
}
