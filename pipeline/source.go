package pipeline

import (
	"context"

	"cratedigger/pipeline/youtube"
)

// Source reads YouTube: its pages, its official API or its channel feeds.
type Source interface {
	// Search reads the result pages of one query. It returns what was read
	// before an error with the error.
	Search(ctx context.Context, query youtube.Query) (youtube.Results, error)
	// Read reads the full record of each video and calls each once for every
	// id, in order, as the answers come. It stops at the first error of the
	// source (blocked, out of quota) or of each. A video that is gone is no
	// error: its page has the status.
	Read(ctx context.Context, ids []string, each func(youtube.Page) error) error
}
