//go:build !unix

package bolt

import "errors"

func freeSpace(string) (uint64, error) {
	return 0, errors.New("free space is not known on this system")
}
