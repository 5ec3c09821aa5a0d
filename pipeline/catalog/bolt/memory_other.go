//go:build !linux

package bolt

import (
	"errors"
	"os"
)

// memoryFile fails: this system has no files in memory.
func memoryFile(string, int, os.FileMode) (*os.File, error) {
	return nil, errors.New("this system has no files in memory")
}
