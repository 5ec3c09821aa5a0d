package main

import (
	"fmt"
	"runtime"

	"cratedigger/cmd/internal/app"
)

type versionCmd struct{}

// Run prints the version and the build's origin.
func (versionCmd) Run(inv *invocation) error {
	_, err := fmt.Fprintln(inv.out, "cratedigger", app.Version(), runtime.Version(), runtime.GOOS+"/"+runtime.GOARCH)
	return err
}
