// Package dashboard serves the owner's pages: the songs, the models, the votes,
// the runs, labelling by keyboard and the settings, and the same as JSON under
// /api/v1.
//
// The server renders the pages, and they work without scripts; htmx, vendored
// with its licence, saves reloads, and a small script of our own adds keys. Pages
// fetch YouTube's thumbnails from elsewhere, and its player after a click that says so;
// nothing else.
package dashboard
