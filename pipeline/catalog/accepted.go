package catalog

import (
	"context"
	"time"
)

// acceptedLimit is more than a write waits for others on a disk that works.
const acceptedLimit = 30 * time.Second

// Accepted returns the context for writing what has happened already: a vote that was
// received, a message that was sent, a slot or run that ended. It goes on when ctx ends,
// for a bounded time, and carries ctx's values. The caller calls release after the write.
func Accepted(ctx context.Context) (_ context.Context, release context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), acceptedLimit)
}
