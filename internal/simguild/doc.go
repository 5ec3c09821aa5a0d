// Package simguild is a guild of simulated members with hidden tastes, for
// tests and the demo. It drives nothing itself: asked about a post, it answers
// with the reactions that its members would give.
//
// They behave as people do. Most posts get no vote or one; 👍 is common and 👎
// rare; at least 15 % of votes are noise, given without regard to taste;
// members differ, agree in part, and drift a little each day; some reactions
// are taken back. The guild's hidden taste is what its members like on
// average, with a threshold set so that it likes a quarter of a sample.
package simguild
