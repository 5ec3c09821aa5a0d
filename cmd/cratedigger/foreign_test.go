package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"cratedigger/internal/fakeyoutube"
)

// TestForeignPagesSpendNothing: another site's page asks for 600 predictions, as
// images and as forms, and YouTube hears of none; the owner gets one, and a pause.
func TestForeignPagesSpendNothing(t *testing.T) {
	w := newTown(t, fakeyoutube.Options{}, nil)
	w.start()
	pages, err := w.service.Dashboard()
	if err != nil {
		t.Fatal(err)
	}
	front := httptest.NewServer(pages)
	defer front.Close()
	before := len(w.youtube.Requests())
	ask := func(method, site string) int {
		t.Helper()
		video := "video=" + w.youtube.Videos()[0].ID
		req, err := http.NewRequest(method, front.URL+"/api/v1/predict?"+video, nil)
		if method == http.MethodPost {
			req, err = http.NewRequest(method, front.URL+"/api/v1/predict", strings.NewReader(video))
		}
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Sec-Fetch-Site", site)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		return res.StatusCode
	}
	for range 300 {
		if image, form := ask("GET", "cross-site"), ask("POST", "cross-site"); image != 403 || form != 403 {
			t.Fatalf("an image is answered with %d, a form with %d", image, form)
		}
	}
	if n := len(w.youtube.Requests()) - before; n != 0 {
		t.Errorf("YouTube was asked %d times", n)
	}
	if first, second := ask("POST", "same-origin"), ask("POST", "same-origin"); first != 200 || second != 429 {
		t.Errorf("the owner is answered with %d and %d, want 200 and 429", first, second)
	}
	if n := len(w.youtube.Requests()) - before; n != 1 {
		t.Errorf("YouTube was asked %d times, want once", n)
	}
}
