package config

import (
	"fmt"
	"io/fs"
	"os"
	"strings"
)

// OpenFile opens a file that somebody named, to read it. A pipe with a name is
// refused, for opening it waits, deaf to every signal, until somebody writes to
// it; what a shell has opened already, as /dev/fd/63, is taken.
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
