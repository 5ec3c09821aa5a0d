package discord

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// The classes of calls, the most urgent first. A queued call waits for all that are
// before its class.
const (
	classSend    = iota // new messages
	classAct            // reactions of the bot, edits, what is known of guilds and members
	classCompare        // messages and who reacted to them: nobody waits for it
	classes
)

// A full hour of posts must keep no page and no comparison waiting for its end. So every
// eighth call is taken from the second class first, and every sixty-fourth from the third.
const (
	actEvery     = 8
	compareEvery = 64
)

// burst is how many calls may leave at once after a quiet time: with 45 a second that
// makes at most 50 in any second, Discord's limit.
const burst = 4

// queue lets calls out to Discord no faster than its global limit: mostly class by class,
// and in a class one call of each channel or guild in turn, so that one with many calls
// delays no other. It uses real time, as the limiter does.
type queue struct {
	bucket *rate.Limiter

	mu      sync.Mutex
	until   time.Time // Discord's global limit: no call leaves before
	waiting [classes]turns
	number  int  // of calls that have left from here
	leaving bool // a timer lets the next one out
}

// turns are the waiting calls of a class by what they are about, each in its order.
type turns struct {
	order []string // whose turn is next
	calls map[string][]*queued
}

// queued is a call that waits until left is closed. gone says that its caller waits no
// more.
type queued struct {
	left chan struct{}
	gone bool
}

// newQueue returns a queue of so many calls a second; 0 is any number.
func newQueue(perSecond int) *queue {
	q := &queue{bucket: rate.NewLimiter(rate.Inf, burst)}
	if perSecond > 0 {
		q.bucket = rate.NewLimiter(rate.Limit(perSecond), min(burst, perSecond))
	}
	return q
}

// wait returns when the call may leave, or with the context's error, and whether it had
// to wait.
func (q *queue) wait(ctx context.Context, class int, about string) (waited bool, err error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	q.mu.Lock()
	if !q.leaving && !time.Now().Before(q.until) && q.bucket.Allow() {
		q.mu.Unlock()
		return false, nil
	}
	c := &queued{left: make(chan struct{})}
	q.waiting[class].add(about, c)
	if !q.leaving {
		q.leaving = true
		q.next()
	}
	q.mu.Unlock()
	select {
	case <-c.left:
		return true, nil
	case <-ctx.Done():
		q.mu.Lock()
		c.gone = true
		q.mu.Unlock()
		return true, ctx.Err()
	}
}

// pause lets no call leave before a moment: Discord has said so to all.
func (q *queue) pause(until time.Time) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if until.After(q.until) {
		q.until = until
	}
}

// next has leave called when the bucket has its next token. After a pause the calls
// leave one by one again, not all at once. The caller holds mu.
func (q *queue) next() {
	time.AfterFunc(max(q.bucket.Reserve().Delay(), time.Until(q.until)), q.leave)
}

// leave lets out the call whose turn it is.
func (q *queue) leave() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if d := time.Until(q.until); d > 0 {
		time.AfterFunc(d, q.leave)
		return
	}
	first := classSend
	switch q.number++; {
	case q.number%compareEvery == 0:
		first = classCompare
	case q.number%actEvery == 0:
		first = classAct
	}
	for i := range classes {
		if c := q.waiting[(first+i)%classes].next(); c != nil {
			close(c.left)
			q.next()
			return
		}
	}
	q.leaving = false
}

// add puts a call behind those that are about the same.
func (t *turns) add(about string, c *queued) {
	if t.calls == nil {
		t.calls = map[string][]*queued{}
	}
	if len(t.calls[about]) == 0 {
		t.order = append(t.order, about)
	}
	t.calls[about] = append(t.calls[about], c)
}

// next takes the call whose turn it is, nil if none waits.
func (t *turns) next() *queued {
	for len(t.order) > 0 {
		about := t.order[0]
		t.order = t.order[1:]
		c := t.calls[about][0]
		if rest := t.calls[about][1:]; len(rest) > 0 {
			t.calls[about] = rest
			t.order = append(t.order, about)
		} else {
			delete(t.calls, about)
		}
		if !c.gone {
			return c
		}
	}
	return nil
}

// turn says how a call is queued: its class and what it is about, such as
// "channels/2". Answers to interactions are not queued: Discord counts them apart, and
// a person waits.
func turn(r *http.Request) (class int, about string, queued bool) {
	parts := strings.Split(strings.TrimPrefix(r.URL.Path, apiPath), "/")
	if len(parts) > 1 && (parts[0] == "channels" || parts[0] == "guilds") {
		about = parts[0] + "/" + parts[1]
	}
	messages := len(parts) > 2 && parts[0] == "channels" && parts[2] == "messages"
	switch {
	case parts[0] == "interactions", parts[0] == "webhooks":
		return 0, "", false
	case messages && len(parts) == 3 && r.Method == http.MethodPost:
		return classSend, about, true
	case messages && r.Method == http.MethodGet:
		return classCompare, about, true
	}
	return classAct, about, true
}
