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
		if len(out.names) != 1020 || out.busiest() > 50 {
			t.Fatalf("%d calls left in a minute, up to %d in a second", len(out.names), out.busiest())
		}
		if took := out.at[len(out.at)-1].Sub(begun); took > 23*time.Second {
			t.Errorf("1,020 calls at 45 a second took %v", took)
		}
		others := 0
		for _, name := range out.names[burst:] {
			if name == "other" {
				others++
			} else if others > 0 && others < 20 && name != "send" {
				t.Fatalf("%q left before the other channels' messages", name)
			}
		}
		if at := slices.Index(out.names, "other"); at > burst+2 {
			t.Errorf("another channel's message left as number %d", at+1)
		}
		rest := out.names[burst:]
		if lastSend, firstReact := lastIndex(rest, "send"), slices.Index(rest, "react"); lastSend > firstReact {
			t.Errorf("a message left after a reaction (%d, %d)", lastSend, firstReact)
		}
		if lastReact, firstCompare := lastIndex(rest, "react"), slices.Index(rest, "compare"); lastReact > firstCompare {
			t.Errorf("a reaction left after a comparison (%d, %d)", lastReact, firstCompare)
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
		{"GET", "channels/2/messages", classSend, "channels/2", true},
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
