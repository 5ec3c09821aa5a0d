// Package simguild is a guild of simulated members with hidden tastes, for
// tests and the demo. It drives nothing itself: asked about a post, it answers
// with the reactions that its members would give.
//
// They behave as people do. Most posts get no vote or one; 👍 is common and 👎
// rare; at least 15 % of votes are noise, given without regard to taste;
// members differ, agree in part, and drift a little each day; some reactions
// are taken back. The guild's hidden taste is what its members like on
// average, with a threshold set so that it likes a quarter of a sample.
//
// What a member likes of a video is a sum of normal draws, each correlated by 0.64
// between two members: one for its genre (standard deviation 1.3), mood (0.7), era
// (0.3), language (0.4) and format (0.8), and terms for its energy and quality. Where
// the traits name artists and songs, there is one for each artist, as large as that of a
// genre (1.3), and one for each song, half as large (0.65). So who likes an artist likes
// most of the artist's songs, and any upload of a song about as much as another.
package simguild
