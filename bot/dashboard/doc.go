// Package dashboard serves the owner's pages: the ranked list, the models, the
// votes, the runs, labelling by keyboard and the settings, and the same as JSON
// under /api/v1.
//
// The server renders the pages, and they work without scripts; htmx, vendored
// with its licence, only saves reloads. The one thing that pages fetch from
// elsewhere is YouTube's thumbnails.
package dashboard
