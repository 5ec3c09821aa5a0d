package bolt

import (
	"context"
	"errors"
	"testing"

	"cratedigger/pipeline/catalog"
)

// TestAWriteThatWaitedTooLong: a context that ends while its write waits for another one
// keeps the write from beginning.
func TestAWriteThatWaitedTooLong(t *testing.T) {
	going, goOn := make(chan struct{}), make(chan struct{})
	begun := make(chan struct{}, 1)
	c := openTest(t, func(o *Options) {
		o.Trace = func(point string) {
			switch point {
			case "state:commit": // the transaction is open
				close(going)
				<-goOn
			case "counter:begin":
				begun <- struct{}{}
			case "counter:commit", "counter:done":
				t.Error("the write went on in a context that has ended: " + point)
			}
		}
	})
	first, second := make(chan error, 1), make(chan error, 1)
	go func() { first <- c.SetState(context.Background(), "a", []byte("1")) }()
	<-going
	ctx, end := context.WithCancel(t.Context())
	go func() {
		_, err := c.AddCounter(ctx, "n", 1)
		second <- err
	}()
	<-begun // it waits for the file's lock
	end()
	close(goOn)
	if err := <-first; err != nil {
		t.Error(err)
	}
	if err := <-second; !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v", err)
	}
	if n := must(c.Counter(t.Context(), "n"))(t); n != 0 {
		t.Errorf("%d was counted", n)
	}
}

// TestATransactionThatBeganIsWritten: a context that ends in a transaction does not tear
// it.
func TestATransactionThatBeganIsWritten(t *testing.T) {
	ctx, end := context.WithCancel(t.Context())
	c := openTest(t, func(o *Options) {
		o.Trace = func(point string) {
			if point == "vote:commit" {
				end()
			}
		}
	})
	votes, err := c.Vote(ctx, change(true, true, catalog.SourceButton, 1))
	if err != nil || len(votes) != 1 {
		t.Fatalf("votes %+v, %v", votes, err)
	}
	if all := must(c.Votes(t.Context(), "g1"))(t); len(all) != 1 {
		t.Errorf("%d votes are kept", len(all))
	}
	if _, err := c.Votes(ctx, "g1"); !errors.Is(err, context.Canceled) {
		t.Errorf("a read in a context that has ended: %v", err)
	}
}

// TestImportThatCountsIsFinished: once the rows count, a context that ends does not leave
// some of them out.
func TestImportThatCountsIsFinished(t *testing.T) {
	ctx, end := context.WithCancel(t.Context())
	c := openTest(t, func(o *Options) {
		o.NoSync = true
		o.Trace = func(point string) {
			if point == "import:done" {
				end()
			}
		}
	})
	const n = 2*importBatch + 1
	if added, err := c.Import(ctx, someRows(n)); err != nil || added != n {
		t.Errorf("%d added, %v", added, err)
	}
	if votes := must(c.Votes(t.Context(), "g1"))(t); len(votes) != n {
		t.Errorf("%d votes of %d", len(votes), n)
	}
}
