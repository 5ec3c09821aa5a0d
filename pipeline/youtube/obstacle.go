package youtube

import (
	"bytes"
	"slices"
	"strings"

	"github.com/PuerkitoBio/goquery"
)

// maxObstacle bounds what is looked at of a page without data: such pages are
// small, and a hostile one need not be.
const maxObstacle = 256 << 10

// What stands on the pages that Google puts in the way.
const (
	captchaMarks = `#captcha-form, .g-recaptcha, [action*="/sorry/"], [src*="google.com/recaptcha"], [href*="/sorry/index"], [content*="/sorry/index"]`
	consentMarks = `[action*="consent.youtube.com"], [action*="consent.google.com"], [href*="consent.youtube.com"], [href*="consent.google.com"], [content*="consent.youtube.com"]`
)

// The same as words, for scripts.
var (
	captchaWords  = []string{"captcha-form", "g-recaptcha", "/sorry/index", "google.com/recaptcha"}
	consentWords  = []string{"consent.youtube.com", "consent.google.com"}
	obstacleWords = slices.Concat(captchaWords, consentWords, []string{"/sorry/"})
)

// obstacle tells what stands in the way on a page without any data of
// YouTube's: the consent form, a captcha, or nothing at all. It looks at forms,
// links and scripts, not at words, which anybody can write.
func obstacle(page []byte) Status {
	page = page[:min(len(page), maxObstacle)]
	if !containsAny(string(page), obstacleWords...) {
		return StatusStub // most broken pages: no tree is built for them
	}
	doc, err := goquery.NewDocumentFromReader(bytes.NewReader(page))
	if err != nil {
		return StatusStub
	}
	scripts := doc.Find("script").Text()
	switch {
	case doc.Find(captchaMarks).Length() > 0 || containsAny(scripts, captchaWords...):
		return StatusBlocked
	case doc.Find(consentMarks).Length() > 0 || containsAny(scripts, consentWords...):
		return StatusConsent
	}
	return StatusStub
}

func containsAny(s string, marks ...string) bool {
	for _, mark := range marks {
		if strings.Contains(s, mark) {
			return true
		}
	}
	return false
}
