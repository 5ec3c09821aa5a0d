package main

import (
	"cratedigger/cmd/internal/demo"
	"cratedigger/cmd/internal/doctor"
)

type demoCmd struct {
	Days       int     `placeholder:"N" help:"End after so many simulated days (0, the default: 28 with --headless, else until Ctrl-C)."`
	Seed       uint64  `default:"1" help:"Decides everything: the videos, the members, the bot. The same seed gives the same run."`
	Seeds      int     `placeholder:"N" help:"Live through so many worlds headless, from --seed on, and print the mean of each week with its standard error."`
	Favourites int     `default:"0" placeholder:"N" help:"Tell the bot before the first search so many artists that one of the members likes, as its set-up asks for."`
	Headless   bool    `help:"Only the terminal: no pages, no waiting between days."`
	NoOpen     bool    `help:"Do not open the page in the browser."`
	Listen     string  `default:"127.0.0.1:0" placeholder:"ADDRESS" help:"Loopback address of the page."`
	Dashboard  string  `default:"127.0.0.1:0" placeholder:"ADDRESS" help:"Loopback address of the dashboard."`
	Speed      float64 `default:"30" help:"Simulated days a minute while the page is shown; 0 is as fast as possible."`
	Hostile    bool    `help:"Let one title in twelve try to break a page or to call everybody."`
	JSON       bool    `name:"json" help:"Print the result as one last line of JSON."`
	Keep       string  `type:"path" placeholder:"DIR" help:"Keep the demo's data in this folder, to look at afterwards."`
}

// Help says what the demo is.
func (demoCmd) Help() string {
	return `Starts a stand-in for YouTube, a stand-in for Discord, simulated members with
hidden tastes, and between them the same bot that "run" starts, with its
dashboard. Needs no account, no network and no set-up. After four weeks the page
pauses until you let it go on. The table at the end compares the bot's picks with
random picks from the same videos.`
}

// Run lives through the days.
func (c *demoCmd) Run(inv *invocation) error {
	return demo.Run(inv.ctx, demo.Options{
		Days: c.Days, Seed: c.Seed, Seeds: c.Seeds, Favourites: c.Favourites, Headless: c.Headless, NoOpen: c.NoOpen, Listen: c.Listen, Dashboard: c.Dashboard,
		Speed: c.Speed, Hostile: c.Hostile, JSON: c.JSON, Keep: c.Keep,
		LogLevel: inv.globals.Level, Out: inv.out, ErrOut: inv.errOut, Terminal: inv.terminal, Health: doctor.Health,
	})
}
