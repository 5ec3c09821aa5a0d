// Package dashboard is what the owner sees in a browser: the ranked list, the
// models, the votes, the runs, a labelling session by keyboard and the
// settings, and the same as JSON under /api/v1.
//
// Pages are rendered on the server and work without scripts; htmx, vendored
// with its licence, saves reloads where it is there. Nothing is fetched from
// elsewhere but the thumbnails of YouTube.
package dashboard
