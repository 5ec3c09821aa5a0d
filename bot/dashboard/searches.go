package dashboard

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"cratedigger/pipeline/youtube"
)

// searchRow is one search in the form.
type searchRow struct {
	N                    int // on the page, from 0
	From                 int // the number of the page's first search
	Text, Upload, Length string
	Pages                int // 0: as many as the program's default
}

// Count is its number for people.
func (r searchRow) Count() int { return r.From + r.N + 1 }

// PageChoices are the numbers of pages that the menu offers, and the row's own.
func (r searchRow) PageChoices() []int {
	offered := []int{1, 2, 3, 5, 10, youtube.MaxPages}
	if r.Pages > 0 && !slices.Contains(offered, r.Pages) {
		offered = append(offered, r.Pages)
		slices.Sort(offered)
	}
	return offered
}

// showSearches are the rows of a guild's searches from a number on.
func showSearches(queries []youtube.Query, from int) (rows []searchRow) {
	for i, q := range queries {
		r := searchRow{N: i, From: from, Text: strings.Join(strings.Fields(q.Text), " "), Upload: q.Upload, Length: q.Length, Pages: q.Pages}
		if q.Channel != "" {
			r.Text = "youtube.com/channel/" + q.Channel
		}
		rows = append(rows, r)
	}
	return rows
}

// searchesIn reads the rows of a posted form; blank ones are left out. shown are the lines
// that the page showed: a text among them stays a text, though it may look like a channel.
func searchesIn(f url.Values, shown []string) (queries []youtube.Query) {
	for i := 0; ; i++ {
		row := fmt.Sprintf("queries.%d.", i)
		if !f.Has(row + "text") {
			return queries
		}
		q := youtube.Query{Text: strings.TrimSpace(f.Get(row + "text")), Upload: f.Get(row + "upload"), Length: f.Get(row + "length")}
		if q.Text == "" {
			continue
		}
		if pages := f.Get(row + "pages"); pages != "" {
			var err error
			if q.Pages, err = strconv.Atoi(pages); err != nil {
				q.Pages = -1 // the table of limits refuses it
			}
		}
		if id, ok := youtube.ReadChannel(q.Text); ok && !slices.Contains(shown, queryLine(q)) {
			q.Text, q.Channel = "", id
		}
		queries = append(queries, q)
	}
}
