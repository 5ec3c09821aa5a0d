package main

import "fmt"

// logCmd changes the level of the bot that runs on the data folder. Executed
// outside one there is nothing to change.
type logCmd struct {
	Level string `arg:"" enum:"debug,info,warn,error" help:"debug, info, warn or error."`
}

func (*logCmd) usesCatalogue() {}

// Run sets the level until the bot stops or the command is used again.
func (c *logCmd) Run(inv *invocation) error {
	if !inv.served {
		cfg, err := inv.config()
		if err != nil {
			return err
		}
		return fmt.Errorf("no bot is running on %s; set log.level for the next start", cfg.DataDir)
	}
	inv.parts.SetLevel(c.Level)
	_, err := fmt.Fprintf(inv.out, "The running bot now logs from level %s up, until it stops.\n", c.Level)
	return err
}
