package demo

import (
	"context"
	"fmt"
	"io"
	"net"
	"os/exec"
	"runtime"
	"sync"

	"cratedigger/bot/dashboard"
	"cratedigger/cmd/internal/app"
	"cratedigger/internal/demopage"
	"cratedigger/pipeline/catalog"

	"golang.org/x/net/netutil"
)

// serve serves the chat page and the dashboard until end is called.
func (w *world) serve(ctx context.Context, o Options) (end func(), err error) {
	chat, err := listen("--listen", o.Listen)
	if err != nil {
		return nil, err
	}
	board, err := listen("--dashboard", o.Dashboard)
	if err != nil {
		chat.Close()
		return nil, err
	}
	chatURL, boardURL := "http://"+chat.Addr().String()+"/", "http://"+board.Addr().String()+"/"
	owner, err := w.service.Dashboard(func(d *dashboard.Options) {
		d.Listen = board.Addr().String() // on a loopback address it needs no password
		d.Channel = func(catalog.Guild) string { return chatURL }
		d.Thumbnails = chatURL + "thumb/{id}.svg"
	})
	if err == nil {
		w.page, err = demopage.New(demopage.Options{
			Server: w.discord, ChannelID: w.channel, MemberID: w.viewer, Control: w, Dashboard: boardURL,
			Unfold: func(id string) (demopage.Card, bool) {
				v, ok := w.youtube.Video(id)
				return demopage.Card{VideoID: v.ID, Title: v.Title, Channel: v.Channel, Seconds: v.Seconds}, ok
			},
			Log: w.service.Log,
		})
	}
	if err != nil {
		chat.Close()
		board.Close()
		return nil, err
	}
	ctx, stop := context.WithCancel(ctx)
	var served sync.WaitGroup
	const most = 64 // connections
	for _, serve := range []func() error{
		func() error { return w.page.Serve(ctx, netutil.LimitListener(chat, most)) },
		func() error { return owner.Serve(ctx, board) },
	} {
		served.Go(func() {
			if err := serve(); err != nil {
				w.service.Log.Error("a page is no longer served", "error", err)
			}
		})
	}
	fmt.Fprintf(o.Out, "The channel:    %s\nThe dashboard:  %s\nCtrl-C ends the demo.\n\n", chatURL, boardURL)
	if !o.NoOpen {
		openBrowser(chatURL)
	}
	return func() {
		stop()
		w.page.Close()
		served.Wait()
	}, nil
}

// listen opens an address that only this machine reaches.
func listen(flag, address string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil || net.ParseIP(host) == nil || !net.ParseIP(host).IsLoopback() {
		return nil, app.WithCode(2, fmt.Errorf("%s %s is not a loopback address such as 127.0.0.1:8000", flag, address))
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("the page cannot be served: %w", err)
	}
	return l, nil
}

// openBrowser opens an address in the browser, if there is one. The address was
// printed, so a failure is not reported.
func openBrowser(address string) {
	name, args := "xdg-open", []string{address}
	switch runtime.GOOS {
	case "darwin":
		name = "open"
	case "windows":
		name, args = "rundll32", []string{"url.dll,FileProtocolHandler", address}
	}
	cmd := exec.Command(name, args...)
	cmd.Stdout, cmd.Stderr = io.Discard, io.Discard
	if cmd.Start() == nil {
		go cmd.Wait()
	}
}
