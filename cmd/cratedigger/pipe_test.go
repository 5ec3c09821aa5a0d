//go:build unix

package main

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestPipesDeafenNobody: a pipe in the place of any file ends the command with a
// sentence. Opening one waits for its other end, and hears no signal.
func TestPipesDeafenNobody(t *testing.T) {
	dir := t.TempDir()
	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		env  []string
		args []string
	}{
		"configuration": {nil, []string{"--config", pipe, "config", "show"}},
		"environment":   {[]string{"CRATEDIGGER_CONFIG=" + pipe}, []string{"run"}},
		"secret":        {[]string{"CRATEDIGGER_DISCORD_TOKEN_FILE=" + pipe}, []string{"run"}},
		"labels":        {nil, []string{"labels", "import", pipe}},
		"evaluate":      {nil, []string{"evaluate", "--labels", pipe}},
		"page":          {nil, []string{"parse", pipe}},
		"backup":        {nil, []string{"backup", pipe}},
		"export":        {nil, []string{"labels", "export", pipe}},
	} {
		t.Run(name, func(t *testing.T) {
			cmd, out := program(t, t.TempDir(), tt.env, tt.args...)
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			late := time.AfterFunc(time.Minute, func() { _ = cmd.Process.Kill() })
			defer late.Stop()
			err := cmd.Wait()
			if err == nil || cmd.ProcessState.ExitCode() < 1 || !strings.Contains(out.String(), pipe) {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
}
