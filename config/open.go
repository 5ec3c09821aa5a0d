package config

import (
	"fmt"
	"io/fs"
	"os"
	"strings"
)

// OpenFile opens a file by the name that a person gave, to read it. It refuses named
// pipes: opening one waits until another process writes to it, and no signal ends
// the wait. It takes pipes that a shell has already opened, such as /dev/fd/63.
func OpenFile(path string) (*os.File, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	switch mode := info.Mode(); {
	case mode.IsRegular(), strings.HasPrefix(path, "/dev/") && !mode.IsDir():
		return os.Open(path)
	case mode.IsDir():
		return nil, fmt.Errorf("%s is a folder, not a file", path)
	case mode&fs.ModeNamedPipe != 0:
		return nil, fmt.Errorf("%s is a pipe, not a file; write what comes out of it to a file, and name that", path)
	}
	return nil, fmt.Errorf("%s is not a file that can be read", path)
}
