package app

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
)

// TestNotify stands in for systemd: it gives a socket and reads what comes.
func TestNotify(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("systemd is on Linux only")
	}
	path := filepath.Join(t.TempDir(), "notify")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	said := make(chan string, 100)
	go func() {
		buf := make([]byte, 100)
		for {
			n, err := conn.Read(buf)
			if err != nil {
				return
			}
			said <- string(buf[:n])
		}
	}()
	t.Setenv("NOTIFY_SOCKET", path)
	t.Setenv("WATCHDOG_USEC", strconv.Itoa(30_000))
	t.Setenv("WATCHDOG_PID", strconv.Itoa(os.Getpid()))
	log := slog.New(slog.DiscardHandler)

	notify(log, daemon.SdNotifyReady)
	if got := <-said; got != "READY=1" {
		t.Errorf("said %q", got)
	}
	var dead atomic.Bool
	asked := make(chan struct{}, 1000)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		watchdog(ctx, log, func(context.Context) error {
			asked <- struct{}{}
			if dead.Load() {
				return errors.New("the catalogue does not answer")
			}
			return nil
		})
		close(done)
	}()
	for range 3 {
		if got := <-said; got != "WATCHDOG=1" {
			t.Errorf("said %q", got)
		}
	}
	dead.Store(true)
	for range 3 {
		<-asked
	}
	for len(said) > 0 { // said before it died
		<-said
	}
	for range 3 {
		<-asked
	}
	select {
	case got := <-said:
		t.Errorf("a dead bot said %q", got)
	default:
	}
	stop()
	<-done
}

// TestNoWatchdog: without systemd the watchdog ends at once.
func TestNoWatchdog(t *testing.T) {
	t.Setenv("WATCHDOG_USEC", "")
	t.Setenv("NOTIFY_SOCKET", "")
	done := make(chan struct{})
	go func() {
		watchdog(t.Context(), slog.New(slog.DiscardHandler), func(context.Context) error { return nil })
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(10 * time.Second):
		t.Fatal("it goes on")
	}
}
