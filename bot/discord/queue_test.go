package discord

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func request(method, path string) *http.Request {
	return &http.Request{Method: method, URL: &url.URL{Path: apiPath + path}}
}

// left is the calls that have left a queue, in their order, and when.
type left struct {
	mu    sync.Mutex
	names []string
	at    []time.Time
}

// call queues a call, which is noted under a name when it leaves.
func (l *left) call(ctx context.Context, q *queue, class int, about, name string) {
	go func() {
		if _, err := q.wait(ctx, class, about); err == nil {
			l.mu.Lock()
			defer l.mu.Unlock()
			l.names, l.at = append(l.names, name), append(l.at, time.Now())
		}
	}()
	synctest.Wait()
}

// busiest is the most calls that left within a second.
func (l *left) busiest() int {
	most := 0
	for i, from := range l.at {
		n := 0
		for _, at := range l.at[i:] {
			if at.Sub(from) < time.Second {
				n++
			}
		}
		most = max(most, n)
	}
	return most
}

// TestQueueOrder: a thousand calls at once leave below the limit, messages before
// reactions before comparisons, and a channel with one call waits for one round, not
// for the channel with hundreds.
func TestQueueOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, out := newQueue(45), &left{}
		for i := range 400 {
			out.call(t.Context(), q, classCompare, "channels/1", "compare")
			if i < 300 {
				out.call(t.Context(), q, classAct, "channels/1", "react")
				out.call(t.Context(), q, classSend, "channels/1", "send")
			}
		}
		for channel := range 20 {
			out.call(t.Context(), q, classSend, fmt.Sprint("channels/", 2+channel), "other")
		}
		begun := time.Now()
		time.Sleep(time.Minute)
		synctest.Wait()
		if len(out.names) != 1020 || out.busiest() > 50 {
			t.Fatalf("%d calls left in a minute, up to %d in a second", len(out.names), out.busiest())
		}
		if took := out.at[len(out.at)-1].Sub(begun); took > 23*time.Second {
			t.Errorf("1,020 calls at 45 a second took %v", took)
		}
		rest := out.names[burst:]
		if at := slices.Index(rest, "other"); at > 2 {
			t.Errorf("another channel's message left as number %d", at+1)
		}
		if last := lastIndex(rest, "other"); last > 50 {
			t.Errorf("the last of the other channels' messages left as number %d", last+1)
		}
		count := func(names []string, name string) (n int) {
			for _, one := range names {
				if one == name {
					n++
				}
			}
			return n
		}
		// While messages wait, an eighth of the calls are others, and none waits for ever.
		sends := rest[:lastIndex(rest, "send")+1]
		if reacts, compares := count(sends, "react"), count(sends, "compare"); reacts < len(sends)/10 || reacts > len(sends)/7 || compares < 3 || compares > len(sends)/32 {
			t.Errorf("of %d calls until the last message %d were reactions and %d comparisons", len(sends), reacts, compares)
		}
		reacts := rest[len(sends) : lastIndex(rest, "react")+1]
		if compares := count(reacts, "compare"); compares > len(reacts)/32 {
			t.Errorf("of %d calls from there to the last reaction %d were comparisons", len(reacts), compares)
		}
	})
}

func lastIndex(names []string, name string) int {
	for i, n := range slices.Backward(names) {
		if n == name {
			return i
		}
	}
	return -1
}

// TestQueuePause: when Discord has said that all must wait, nothing leaves until
// then, and afterwards no faster than before.
func TestQueuePause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, out := newLimiter(45, nil), &left{}
		begun := time.Now()
		l.learn("GET a", &http.Response{StatusCode: http.StatusTooManyRequests, Header: http.Header{
			"Retry-After": {"3"}, "X-Ratelimit-Global": {"true"},
		}}, nil, begun)
		for range 200 {
			out.call(t.Context(), l.queue, classAct, "", "call")
		}
		free := make(chan error, 1)
		go func() { free <- l.wait(t.Context(), request("POST", "interactions/1/token/callback")) }()
		synctest.Wait()
		if err := <-free; err != nil || time.Since(begun) != 0 {
			t.Errorf("an answer to an interaction waited %v (%v)", time.Since(begun), err)
		}
		time.Sleep(20 * time.Second)
		synctest.Wait()
		if len(out.at) != 200 || out.at[0].Sub(begun) < 3*time.Second || out.busiest() > 50 {
			t.Errorf("%d calls left, the first after %v, up to %d in a second", len(out.at), out.at[0].Sub(begun), out.busiest())
		}
	})
}

// TestQueueGone: a caller that waits no more takes nobody's place.
func TestQueueGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, out := newQueue(1), &left{}
		out.call(t.Context(), q, classSend, "", "first")
		ctx, cancel := context.WithCancel(t.Context())
		failed := make(chan error, 100)
		for range cap(failed) {
			go func() {
				_, err := q.wait(ctx, classSend, "")
				failed <- err
			}()
		}
		synctest.Wait()
		out.call(t.Context(), q, classSend, "", "last")
		cancel()
		for range cap(failed) {
			if err := <-failed; !errors.Is(err, context.Canceled) {
				t.Fatal(err)
			}
		}
		time.Sleep(3 * time.Second)
		synctest.Wait()
		if !slices.Equal(out.names, []string{"first", "last"}) {
			t.Errorf("left %q", out.names)
		}
		if _, err := q.wait(ctx, classSend, ""); !errors.Is(err, context.Canceled) {
			t.Error("an ended context was let through:", err)
		}
	})
}

func TestTurn(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		method, path string
		class        int
		about        string
		queued       bool
	}{
		{"POST", "channels/2/messages", classSend, "channels/2", true},
		{"GET", "channels/2/messages", classCompare, "channels/2", true},
		{"PATCH", "channels/2/messages/3", classAct, "channels/2", true},
		{"PUT", "channels/2/messages/3/reactions/x/@me", classAct, "channels/2", true},
		{"GET", "channels/2/messages/3/reactions/x", classCompare, "channels/2", true},
		{"GET", "channels/2/messages/3", classCompare, "channels/2", true},
		{"GET", "guilds/2/members/3", classAct, "guilds/2", true},
		{"GET", "users/@me", classAct, "", true},
		{"POST", "interactions/2/token/callback", 0, "", false},
		{"PATCH", "webhooks/2/token/messages/@original", 0, "", false},
	} {
		class, about, queued := turn(request(c.method, c.path))
		if class != c.class || about != c.about || queued != c.queued {
			t.Errorf("%s %s: class %d, about %q, queued %v", c.method, c.path, class, about, queued)
		}
	}
}
