// Package fakeyoutube is a YouTube for tests and for the demo: result pages,
// watch pages, search answers, the Data API's two calls and channel feeds,
// in the shapes that YouTube serves in 2026.
//
// It serves a catalogue of music videos generated from a seed. Each video has
// hidden [Traits] (genre, mood, energy, era, …) from which its title, tags,
// channel, length and numbers follow with much noise, as in the world; a
// simulator of listeners reads the traits in-process, the pages never show
// them. With Options.Songs the videos are uploads of songs by 120 artists: official
// videos, Topic tracks, lyric videos, strangers' copies, live and acoustic versions,
// covers, remixes, karaoke and reactions, three or four of a song; and a few mixes.
// Views grow and new videos appear as the clock moves.
//
// It can also serve a folder of recorded pages, and it can fail in the ways
// in which YouTube fails; see [Fault].
package fakeyoutube
