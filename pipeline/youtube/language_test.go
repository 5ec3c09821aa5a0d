package youtube

import (
	"encoding/json"
	"testing"
)

// The language of a video is that of YouTube's automatic captions, or the one
// that its uploader set, by the API. Captions that people wrote do not count.
func TestLanguageIsWhatIsSpoken(t *testing.T) {
	for captions, want := range map[string]string{
		`{"languageCode":"en","vssId":".en"},{"kind":"asr","languageCode":"pt","vssId":"a.pt"}`: "pt",
		`{"languageCode":"en","vssId":".en"}`:                                                   "",
		`{"kind":"asr"},7`:                                                                      "",
	} {
		page := ParseWatch([]byte(`<html><body><script>var ytInitialPlayerResponse = {"captions":{"playerCaptionsTracklistRenderer":{"captionTracks":[` + captions +
			`],"translationLanguages":[{"languageCode":"de"}]}},"videoDetails":{"videoId":"Yr1mOzC93xs","title":"A","channelId":"UCaaaaaaaaaaaaaaaaaaaaaa"}};</script></body></html>`))
		if page.Video == nil || page.Video.Language != want {
			t.Errorf("%s: %+v, want %q", captions, page.Video, want)
		}
	}
	var item apiVideo
	if err := json.Unmarshal([]byte(`{"id":"Yr1mOzC93xs","snippet":{"title":"A","defaultLanguage":"en","defaultAudioLanguage":"pt-BR"}}`), &item); err != nil {
		t.Fatal(err)
	}
	var page Page
	if item.fill(&page); page.Video.Language != "pt-BR" {
		t.Errorf("the API's language is read as %q", page.Video.Language)
	}
}
