package youtube_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"cratedigger/internal/fakeyoutube"
	"cratedigger/pipeline/youtube"
)

// endingStates keep nothing in a context that has ended, and end the asker's at a write.
type endingStates struct {
	*memory
	end context.CancelFunc
}

func (s endingStates) State(ctx context.Context, name string) ([]byte, bool, error) {
	if ctx.Err() != nil {
		return nil, false, ctx.Err()
	}
	return s.memory.State(ctx, name)
}

func (s endingStates) SetState(ctx context.Context, name string, data []byte) error {
	s.end()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return s.memory.SetState(ctx, name, data)
}

// TestABlockOutlivesItsRequest: a block is kept though the request that met it was given
// up, and one that was given up does not make the reader forget it.
func TestABlockOutlivesItsRequest(t *testing.T) {
	ctx, end := context.WithCancel(t.Context())
	defer end()
	kept := endingStates{newMemory(), end}
	w := newWorld(t, func(o *youtube.Options) { o.States = kept })
	w.server.BreakFor(fakeyoutube.FaultTooMany, "/results", 1, 600)
	var block *youtube.BlockedError
	if _, err := w.client.Search(ctx, techno); !errors.As(err, &block) || ctx.Err() == nil {
		t.Fatalf("error %v, the request's context %v", err, ctx.Err())
	}
	next := w.newClient(func(o *youtube.Options) { o.States = kept })
	if _, err := next.Search(ctx, techno); err == nil {
		t.Error("a request in a context that has ended was answered")
	}
	if _, err := next.Search(t.Context(), techno); !errors.As(err, &block) || !block.Until.Equal(w.clock().Add(10*time.Minute)) {
		t.Errorf("after a restart: %v", err)
	}
}
