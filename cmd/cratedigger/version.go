package main

import (
	"fmt"
	"runtime"

	"cratedigger/cmd/internal/app"
)

type versionCmd struct{}

// Run prints the release, the commit and its date, and what built it.
func (versionCmd) Run(inv *invocation) error {
	_, err := fmt.Fprintf(inv.out, "cratedigger %v, %s %s/%s\n", app.TheBuild(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}
