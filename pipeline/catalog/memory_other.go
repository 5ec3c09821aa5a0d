//go:build !linux

package catalog

import (
	"errors"
	"os"
)

// memoryFile is not to be had on this system.
func memoryFile(string, int, os.FileMode) (*os.File, error) {
	return nil, errors.New("this system has no files in memory")
}
