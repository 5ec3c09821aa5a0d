package demopage

import (
	"context"
	"time"
)

// Control is the little world behind the demo's page: its clock, and what
// only the simulation knows. The methods may be called from any goroutine; all but
// Voted return at once.
type Control interface {
	// State is a snapshot. Whoever implements it tells the page of a change
	// with Page.Changed.
	State(context.Context) State
	// Voted is called when the visitor has voted. It returns when the bot has noted the
	// vote, which State then counts, or when ctx ends.
	Voted(ctx context.Context)
	// Pause stops the clock after the step that is going, or lets it go on.
	Pause(paused bool)
	// NextDay lets a paused clock go on until the next morning.
	NextDay(context.Context)
	// Skip lets the clock go on to State.SkipOffer as fast as the machine can,
	// and then as before.
	Skip(context.Context)
	// SetSpeed sets how many simulated days pass in a minute at most; 0 is as
	// fast as the machine can.
	SetSpeed(daysPerMinute float64)
}

// State is what the side panel shows.
type State struct {
	Now    time.Time // the simulated clock, in the guild's zone
	Day    int       // from 1; 0 before the first morning
	Days   int       // after which the demo ends; 0: never
	Paused bool
	Rested bool // paused by itself, because there was enough to see
	Ended  bool
	Speed  float64 // days a minute; 0: as fast as the machine can
	Doing  string  // what goes on, for people: "reading YouTube", "retraining"; "" when nothing

	SkipFrom, SkipTo int // days of the skip that is going, else 0
	SkipOffer        int // the day that Skip goes to; 0: there is none

	Posts, Votes, Labels int
	Model                int    // the version that ranks; 0: the rule does
	Ranks                string // who ranks, in a sentence; "" before the first training

	// Likes and Dislikes are what the members secretly like and dislike, in
	// words, strongest first.
	Likes, Dislikes []string
	// Believed and Doubted are the same by the scores that the bot's model gives;
	// nil before there is a model.
	Believed, Doubted []Belief
	// Rates is the hit rate so far, oldest first: one a day, each over that
	// day's picks.
	Rates []Rate
	// Marks says of the newest picks whether the members would like them,
	// oldest first.
	Marks []Mark
}

// Belief is something that the bot scores higher or lower than other videos.
type Belief struct {
	Words string // "acoustic versions"
	Right bool   // the members like or dislike it at least as much as what is listed of theirs
}

// Rate is a day's hit rate: the share of picks that the hidden taste likes.
type Rate struct {
	Day         int
	Bot, Random float64 // 0 to 1
	Picks       int     // the bot's picks of that day
}

// Mark is what the members' hidden taste says of a pick.
type Mark struct {
	Message string // id
	Liked   bool
}
