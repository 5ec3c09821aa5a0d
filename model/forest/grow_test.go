package forest

import (
	"context"
	"errors"
	"testing"

	"cratedigger/model/internal/testdata"
)

// TestCancelledTreeIsNotBegun: a tree looks for its cancellation before it draws
// its rows and searches all of them for the first split.
func TestCancelledTreeIsNotBegun(t *testing.T) {
	m, y := testdata.Sample(3, 800)
	g := newGrower(newData(m, 1), Defaults())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := g.grow(ctx, 0, y, nil); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if len(g.rows) != 0 {
		t.Errorf("%d rows were drawn", len(g.rows))
	}
}

// looks counts how often a training looks for its cancellation.
type looks struct {
	context.Context
	n int
}

func (l *looks) Err() error { l.n++; return nil }

func TestLooksForCancellationInEachTree(t *testing.T) {
	m, y := testdata.Sample(3, 800)
	p := Defaults()
	p.Trees, p.MaxDepth = 30, 1
	ctx := &looks{Context: t.Context()}
	if _, err := Train(ctx, m, y, nil, p, 1); err != nil || ctx.n < p.Trees {
		t.Errorf("%d looks in %d trees, %v", ctx.n, p.Trees, err)
	}
}
