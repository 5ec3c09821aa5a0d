package main

import "cratedigger/cmd/internal/demo"

type demoCmd struct {
	Days     int     `placeholder:"N" help:"End after so many simulated days (with --headless: 28; else: until Ctrl-C)."`
	Seed     uint64  `default:"1" help:"Decides everything: the videos, the members, the bot. The same seed gives the same run."`
	Headless bool    `help:"Only the terminal: no page, no waiting between days."`
	NoOpen   bool    `help:"Do not open the page in the browser."`
	Listen   string  `default:"127.0.0.1:0" placeholder:"ADDRESS" help:"Loopback address of the page."`
	Speed    float64 `default:"6" help:"Simulated days a minute while the page is shown; 0 is as fast as possible."`
	JSON     bool    `name:"json" help:"Print the result as one last line of JSON."`
	Keep     string  `type:"path" placeholder:"DIR" help:"Keep the demo's data in this folder, to look at afterwards."`
}

// Help says what the demo is.
func (demoCmd) Help() string {
	return `Starts a stand-in for YouTube, a stand-in for Discord, simulated members with
hidden tastes, and between them the same bot that "run" starts. Needs no
account, no network and no set-up. The table at the end compares the bot's
picks with random picks from the same videos.`
}

// Run lives through the days.
func (c *demoCmd) Run(inv *invocation) error {
	return demo.Run(inv.ctx, demo.Options{
		Days: c.Days, Seed: c.Seed, Headless: c.Headless, NoOpen: c.NoOpen, Listen: c.Listen, Speed: c.Speed, JSON: c.JSON, Keep: c.Keep,
		LogLevel: inv.globals.Level, Out: inv.out, ErrOut: inv.errOut, Terminal: inv.terminal,
	})
}
