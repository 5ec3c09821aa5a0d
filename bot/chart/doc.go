// Package chart draws the project's charts as scenes of lines, areas and labels,
// and renders a scene as SVG for pages or as PNG for Discord and files.
//
// Functions take plain numbers and return a *Chart:
//
//	c := chart.Lines(chart.Plot{Title: "Hit rate", …})
//	c.SVG()               // a file of its own, light and dark by the reader's setting
//	c.Inline()            // for a page that links chart.CSS
//	c.PNG(chart.Dark, 2)  // for Discord
//
// Every chart has a title, axes with units, and a text alternative with its
// numbers. Sizes and counts are bounded, values that are not finite are left out,
// and the output is well-formed whatever the labels are.
package chart
