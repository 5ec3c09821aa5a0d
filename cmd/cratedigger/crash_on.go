//go:build crash

package main

import (
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
)

// crashTrace kills the process at the n-th passing of a point, as
// CRATEDIGGER_CRASH=vote:commit:3 says ("any:40" counts all points). Points are
// those of the catalogue's writes and, as rest:begin and rest:done, of the
// requests to Discord. The build that tests of crashes use has it; no other.
func crashTrace() func(point string) {
	spec := os.Getenv("CRATEDIGGER_CRASH")
	i := strings.LastIndexByte(spec, ':')
	if i < 0 {
		return nil
	}
	wanted := spec[:i]
	n, err := strconv.ParseInt(spec[i+1:], 10, 64)
	if err != nil {
		return nil
	}
	return func(point string) {
		if (wanted == "any" || wanted == point) && crashPassed.Add(1) == n {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {} // dead in a moment; nothing more happens here
		}
	}
}

// crashPassed counts over all parts of the process.
var crashPassed atomic.Int64
