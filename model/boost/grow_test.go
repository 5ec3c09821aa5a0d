package boost

import (
	"context"
	"errors"
	"testing"

	"cratedigger/model/internal/testdata"
)

// looks counts how often a training looks for its cancellation.
type looks struct {
	context.Context
	n int
}

func (l *looks) Err() error { l.n++; return nil }

func TestLooksForCancellationInEachTree(t *testing.T) {
	m, y := testdata.Sample(3, 800)
	p := Defaults()
	p.Trees = 30
	ctx := &looks{Context: t.Context()}
	if _, err := Train(ctx, m, y, nil, p, 1); err != nil || ctx.n < p.Trees {
		t.Errorf("%d looks in %d trees, %v", ctx.n, p.Trees, err)
	}
	// Also in a tree that has nothing to split.
	p.MinData = len(y)
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Train(cancelled, m, y, nil, p, 1); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
