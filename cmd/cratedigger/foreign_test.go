//go:build unix

package main

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// TestForeignPagesSpendNothing: another site's page, in the browser of whoever runs
// `run --local`, asks the dashboard for predictions, searches and trainings, as images
// and as forms, in browsers new and old. YouTube hears of none; the owner gets one
// prediction, and then a pause.
func TestForeignPagesSpendNothing(t *testing.T) {
	s := newLocalShell(t)
	own := s.starts(0, "run", "--local")
	base := "http://" + own.address("the dashboard is open")
	own.says("run ended") // the first search
	video := s.youtube.Videos()[0].ID
	ask := func(method, path string, header map[string]string) int {
		t.Helper()
		form := url.Values{"video": {video}, "guild": {"local"}, "queries": {"techno"}}.Encode()
		req, err := http.NewRequest(method, base+path, strings.NewReader(form))
		if method == http.MethodGet {
			req, err = http.NewRequest(method, base+path+"?"+form, nil)
		}
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		for name, value := range header {
			req.Header.Set(name, value)
			if name == "Host" {
				req.Host = value
			}
		}
		res, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		return res.StatusCode
	}
	const image, form = http.MethodGet, http.MethodPost
	before := len(s.youtube.Requests())
	for name, foreign := range map[string]struct {
		method string
		header map[string]string
		status int
	}{
		"an image": {image, map[string]string{"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"}, 403},
		"an image of another port of this machine": {image, map[string]string{"Sec-Fetch-Site": "same-site", "Sec-Fetch-Dest": "image"}, 403},
		"a link":                                    {image, map[string]string{"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}, 404},
		"an image in an old browser":                {image, nil, 404},
		"a form":                                    {form, map[string]string{"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document", "Origin": "https://evil.example"}, 403},
		"a form of another port of this machine":    {form, map[string]string{"Sec-Fetch-Site": "same-site", "Origin": "http://127.0.0.1:1"}, 403},
		"a form in an old browser":                  {form, map[string]string{"Origin": "https://evil.example"}, 403},
		"a form of a sandboxed page in an old one":  {form, map[string]string{"Origin": "null"}, 403},
		"a form of a page whose name is ours (DNS)": {form, map[string]string{"Origin": "http://evil.example", "Host": "evil.example"}, 403},
	} {
		for range 60 {
			for _, path := range []string{"/api/v1/predict", "/g/local/retrain", "/g/local/settings"} {
				if foreign.method == image && path == "/g/local/settings" {
					continue // to look at the settings does nothing
				}
				if status := ask(foreign.method, path, foreign.header); status != foreign.status {
					t.Fatalf("%s that asks for %s is answered with %d", name, path, status)
				}
			}
		}
	}
	if n := len(s.youtube.Requests()) - before; n != 0 {
		t.Errorf("YouTube was asked %d times", n)
	}
	if log := own.log.String(); strings.Contains(log, `"kind":"retrain"`) || strings.Count(log, `"msg":"run started"`) != 1 {
		t.Errorf("a run was started:\n%s", log)
	}
	page := map[string]string{"Sec-Fetch-Site": "same-origin", "Origin": base}
	if first, second := ask(form, "/api/v1/predict", page), ask(form, "/api/v1/predict", page); first != 200 || second != 429 {
		t.Errorf("the owner is answered with %d and %d, want 200 and 429", first, second)
	}
	if n := len(s.youtube.Requests()) - before; n != 1 {
		t.Errorf("YouTube was asked %d times, want once", n)
	}
}
