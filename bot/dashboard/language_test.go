package dashboard_test

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"cratedigger/bot/dashboard"
	"cratedigger/bot/text"
)

// TestLanguageIsOneFile adds a file to the languages, and a guild can choose it.
func TestLanguageIsOneFile(t *testing.T) {
	english, err := os.ReadFile("../text/en.yaml")
	if err != nil {
		t.Fatal(err)
	}
	dutch := strings.Replace(string(english), `"English"`, `"Nederlands"`, 1)
	texts, err := text.Read(fstest.MapFS{"en.yaml": {Data: english}, "nl.yaml": {Data: []byte(dutch)}})
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, 0, func(o *dashboard.Options) { o.Text = texts })
	if _, body := w.get(t, g+"/settings"); !strings.Contains(body, `<option value="nl">Nederlands</option>`) {
		t.Error("the new language is not offered")
	}
	res, body := w.post(t, g+"/settings", map[string]string{"zone": "UTC", "picks": "5", "min_seconds": "0", "max_seconds": "0", "same_song_days": "0", "exploration": "0", "votes": "both", "language": "nl"})
	if kept, _, err := w.catalog.Guild(t.Context(), guildID); err != nil || res.StatusCode != 303 || kept.Language != "nl" {
		t.Errorf("status %d, %v, kept %q: %s", res.StatusCode, err, kept.Language, body)
	}
	if _, body := w.get(t, g+"/settings"); !strings.Contains(body, `<option value="nl" selected>Nederlands</option>`) {
		t.Error("the language that is set is not the one shown")
	}
}
