// Package pipeline holds the stages that turn YouTube pages into picks, in
// data-flow order:
//
//	scrape   queries → result rows and watch pages → catalogue
//	retrain  votes and posts → labels → ensemble → champion
//	rank     catalogue → features → scores
//	prepare  scores → picks → posts and outbox rows, in one transaction
//	upkeep   delete what is past its retention, then back up the catalogue
//
// A stage uses the catalogue through a small interface of its own, reads a
// guild's posts and votes once and together, reads YouTube through Source, and
// takes its clock and seed as values. Nothing here knows Discord: an outbox row
// says what to send, and the bot decides how it looks.
//
// Every execution of a stage is a run in the catalogue, with counts and an
// outcome, whether the schedule, a member or the command line started it.
package pipeline
