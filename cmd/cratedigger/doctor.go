package main

import (
	"time"

	"cratedigger/cmd/internal/app"
	"cratedigger/cmd/internal/doctor"
)

type doctorCmd struct {
	JSON    bool          `name:"json" help:"Print JSON, whatever is wrong."`
	Quick   bool          `help:"Only ask the running bot whether it is well: for health checks."`
	Offline bool          `help:"Do not ask Discord or YouTube."`
	Strict  bool          `help:"Exit with code 1 on warnings too."`
	Timeout time.Duration `default:"60s" help:"How long all of it may take."`
}

// Help explains the exit codes.
func (doctorCmd) Help() string {
	return `Looks at the configuration, the data folder, the clock, the token, the channels'
permissions, YouTube, the schedules and the models. Beside a running bot it asks
the bot about what only the bot can see. Nothing is changed.

Exit codes: 0 nothing failed (with --strict: and there is nothing to look at), 1
otherwise, 2 a flag is unknown. --json prints an object with "status" (ok, warn
or fail: the worst), "version" and "findings", each with "area", "status",
"text" and "fix".`
}

// Run examines and prints. Exit code 1 says that something does not work.
func (c *doctorCmd) Run(inv *invocation) (err error) {
	o := doctor.Options{Quick: c.Quick, Offline: c.Offline, Timeout: c.Timeout, Settings: inv.configInput(), Now: inv.now}
	var found doctor.Diagnosis
	if inv.served {
		found = doctor.Inside(inv.ctx, inv.parts, o)
	} else if found, err = doctor.Outside(inv.ctx, o); err != nil {
		return err
	}
	write := found.WriteText
	if c.JSON {
		write = found.WriteJSON
	}
	if err := write(inv.out); err != nil {
		return err
	}
	if found.Status == doctor.StatusFail || c.Strict && found.Status == doctor.StatusWarn {
		return app.WithCode(1, nil)
	}
	return nil
}
