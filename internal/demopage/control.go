package demopage

import "time"

// Control is the little world behind the demo's page: its clock, and what
// only the simulation knows. The methods return at once and may be called
// from any goroutine.
type Control interface {
	// State is a snapshot. Whoever implements it tells the page of a change
	// with Page.Changed.
	State() State
	// Pause stops the clock after the step that is going, or lets it go on.
	Pause(paused bool)
	// NextDay lets a paused clock go on until the next morning.
	NextDay()
	// SetSpeed sets how many simulated days pass in a minute at most; 0 is as
	// fast as the machine can.
	SetSpeed(daysPerMinute float64)
}

// State is what the side panel shows.
type State struct {
	Now    time.Time // the simulated clock, in the guild's zone
	Day    int       // from 1
	Days   int       // after which the demo ends; 0: never
	Paused bool
	Ended  bool
	Speed  float64 // days a minute; 0: as fast as the machine can
	Doing  string  // what goes on, for people: "reading YouTube", "retraining"; "" when nothing

	Posts, Votes, Labels, ModelVersion int

	// Taste is what the members secretly like, strongest first; negative
	// weights are what they dislike.
	Taste []Trait
	// Base is the share of all candidates that the hidden taste likes.
	Base float64
	// Rates is the hit rate so far, oldest first: one a day, each over that
	// day's picks.
	Rates []Rate
}

// Trait is one trait that the simulated members like or dislike.
type Trait struct {
	Name   string  // "acoustic folk"
	Weight float64 // -1 to 1
}

// Rate is a day's hit rate: the share of picks that the hidden taste likes.
type Rate struct {
	Day         int
	Bot, Random float64 // 0 to 1
	Picks       int     // the bot's picks of that day
}
