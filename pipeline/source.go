package pipeline

import (
	"context"

	"cratedigger/pipeline/youtube"
)

// Source reads YouTube: its pages, its official API or its channel feeds.
type Source interface {
	// Search reads the result pages of one query. What was read before an
	// error is returned with it.
	Search(ctx context.Context, query youtube.Query) (youtube.Results, error)
	// Read reads the full record of each video and calls each once for every
	// id, in order, as the answers come. It stops at the first error of the
	// source itself (blocked, out of quota) or of each; a video that is gone
	// is an answer, not an error.
	Read(ctx context.Context, ids []string, each func(youtube.Page) error) error
}
