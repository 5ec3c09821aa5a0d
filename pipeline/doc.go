// Package pipeline holds the stages that turn YouTube pages into picks, in the
// order in which the data passes them:
//
//	scrape   queries → result rows and watch pages → catalogue
//	retrain  votes and posts → labels → ensemble → champion
//	rank     catalogue → features → scores
//	prepare  scores → picks → posts and outbox rows, in one transaction
//	upkeep   what may be forgotten → nothing, the rest → a backup
//
// A stage asks the catalogue for what it needs through a small interface of
// its own, a guild's posts and votes once and together, reads YouTube through
// Source, and takes its clock and seed as values. Nothing here knows Discord: an outbox row says what to send, and
// whoever drains the outbox says how it looks.
//
// Every execution of a stage is a run in the catalogue, with counts and an
// outcome, whoever asked for it: the schedule, a member or the command line.
package pipeline
